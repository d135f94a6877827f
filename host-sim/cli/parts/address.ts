// Addresses on the command line: HOST:PORT, and where a modem is.

import { UsageError } from "../output/errors.js";

export interface Address {
  host: string;
  port: number;
}

/** How to reach the modem. */
export type ModemAddress =
  | { kind: "sim" }
  | ({ kind: "tcp" } & Address)
  | { kind: "serial"; path: string; baud: number };

/** Speed of a serial modem when none is named: the SIM7080G's usual one. */
export const DEFAULT_BAUD = 115_200;

/** Speeds that a UART of the module has (SIM7080 AT V1.07 §2.2.10). */
const BAUD = { least: 300, most: 4_000_000 };

/**
 * Parses HOST:PORT; an IPv6 address stands in brackets.
 * @param option name of the option, for the message
 * @param leastPort 0 where "any free port" makes sense, else 1
 * @throws UsageError
 */
export function parseAddress(text: string, option: string, leastPort = 0): Address {
  const match = /^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65_535 || port < leastPort) {
    throw new UsageError(
      `${option} must be HOST:PORT with a port from ${leastPort} to 65535, e.g. 127.0.0.1:7080; not "${text}"`,
    );
  }
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port };
}

/** Parses `sim`, `tcp:HOST:PORT` or `serial:PATH[@BAUD]`. @throws UsageError */
export function parseModem(text: string): ModemAddress {
  if (text === "sim") return { kind: "sim" };
  if (text.startsWith("tcp:")) return { kind: "tcp", ...parseAddress(text.slice(4), "--modem tcp:", 1) };
  // What stands behind the last @ is the speed; a path may hold others, as those of /dev/serial/by-path do.
  const serial = /^serial:(.+?)(?:@([^@/]*))?$/.exec(text);
  if (serial) return { kind: "serial", path: serial[1]!, baud: speedOf(serial[2], text) };
  throw new UsageError(`--modem must be sim, tcp:HOST:PORT or serial:PATH[@BAUD]; not "${text}"`);
}

/** @param text behind the @, if there is one @throws UsageError */
function speedOf(text: string | undefined, whole: string): number {
  if (text === undefined) return DEFAULT_BAUD;
  const baud = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (baud >= BAUD.least && baud <= BAUD.most) return baud;
  throw new UsageError(
    `--modem ${whole}: the speed behind @ must be ${BAUD.least} to ${BAUD.most} bits a second, such as ${DEFAULT_BAUD}, not "${text}"`,
  );
}

/** Whether an address is one of this machine's loopback addresses. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
