// How a socket over the modem ends. CAOPEN's results as a table (SIM7080 AT V1.07 §12).

import { type Advice, Failure } from "../../platform/failure.js";
import { isHost } from "../../settings/rules.js";
import { AtError } from "../at/error.js";

/** How a socket ends. */
export type SocketCode =
  | "closed" // orderly end by the peer
  | "socket-host" // a host name that is none or does not fit, or a bad port
  | "socket-link" // the modem is not up, or its PDP context is gone
  | "socket-limit" // all ids are in use
  | "output-full" // the caller wrote more than the room it was told
  | "socket-timeout" // no result of the open in time
  | "socket-send" // the modem refused bytes; what became of them is not known
  | "socket-receive"
  | "socket-memory"
  | "socket-parameter"
  | "socket-state"
  | "socket-connect"
  | "socket-refused"
  | "socket-dns"
  | "socket-tls"
  | "socket-error";

/** A socket that could not be opened, or has ended. */
export class SocketError extends Failure {
  declare readonly code: SocketCode;
  /** CAOPEN's result, when that is what failed. */
  readonly result: number | undefined;
  constructor(code: SocketCode, message: string, advice: Advice, details: { result?: number; cause?: unknown } = {}) {
    super(code, message, advice, details.cause);
    this.result = details.result;
  }
}

const RESULTS: Readonly<Record<number, readonly [code: SocketCode, text: string, advice: Advice]>> = {
  1: ["socket-error", "socket error", "back-off"],
  2: ["socket-memory", "no memory in the modem, or no data credit on the SIM", "back-off"],
  3: ["socket-limit", "connection limit", "back-off"],
  4: ["socket-parameter", "invalid parameter", "give-up"],
  6: ["socket-parameter", "invalid IP address", "give-up"],
  7: ["socket-parameter", "not supported", "give-up"],
  8: ["socket-state", "session type mismatch", "reset-modem"],
  9: ["socket-state", "closed but not released", "retry"],
  10: ["socket-state", "illegal operation", "reset-modem"],
  11: ["socket-state", "unable to close a socket", "reset-modem"],
  12: ["socket-state", "cannot bind the port", "back-off"],
  13: ["socket-state", "cannot listen", "back-off"],
  18: ["socket-connect", "connect failed", "back-off"],
  20: ["socket-dns", "the host name does not resolve", "back-off"],
  21: ["socket-link", "the PDP context is not active", "reset-modem"],
  23: ["socket-refused", "the remote side refused", "back-off"],
  24: ["socket-tls", "certificate expired or clock wrong", "back-off"],
  25: ["socket-tls", "certificate for another name", "back-off"],
  26: ["socket-tls", "certificate expired and for another name", "back-off"],
  27: ["socket-connect", "connect failed", "back-off"],
};

/** The error for a result of AT+CAOPEN other than 0. */
export function openError(result: number, host: string, port: number): SocketError {
  const [code, text, advice] = RESULTS[result] ?? ["socket-error", "unknown result", "back-off"];
  return new SocketError(code, `${host}:${port}: ${text} (CAOPEN ${result})`, advice, { result });
}

/** Why a connection cannot even be asked for; undefined: it can. */
export function targetError(host: string, port: number): SocketError | undefined {
  if (!isHost(host)) {
    return new SocketError("socket-host", `not a host name of at most 64 characters (${host.length} given)`, "give-up");
  }
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535;
  return isPort ? undefined : new SocketError("socket-host", "the port is not 1 to 65535", "give-up");
}

/** The orderly end. */
export function peerClosed(): SocketError {
  return new SocketError("closed", "closed by the peer", "back-off");
}

/** The failure of a socket for one of the AT line underneath it, with the advice that this one asks for. */
export function socketFailure(
  code: "socket-error" | "socket-send" | "socket-receive" | "socket-timeout",
  message: string,
  cause: unknown,
): Error {
  if (cause instanceof SocketError) return cause;
  const advice = cause instanceof AtError && cause.code === "at-timeout" ? "reset-modem" : "back-off";
  const detail = cause instanceof Error ? `: ${cause.message}` : "";
  return new SocketError(code, message + detail, advice, { cause });
}
