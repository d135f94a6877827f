// TLS as an ECMA-419 class over any TCP class. The server is always verified: chain, name and dates. There is no off switch.

import type { Clock } from "./clock.js";
import { type Advice, Failure } from "./failure.js";
import type { ByteStream, TcpClass, TcpOptions } from "./io.js";

/**
 * Keeps the sessions that servers gave, for later connections: few, one for each host. What is kept is a secret, and bound by
 * the class that gave it to server name, protocols, roots, and the dates of the certificates behind it: where one of these is
 * another, it is not offered. A server that does not go on from one gets a full handshake in the same connection.
 */
export interface TlsSessions {
  /**
   * The session to offer to a host, at the beginning of a handshake. Where that handshake does not end well, it is not offered
   * again: it may be what the server, or something on the way to it, chokes on.
   */
  take(host: string): Uint8Array | undefined;
  /** The host has given one, at any time behind the handshake. The bytes are the class's own again when this returns. */
  keep(host: string, session: Uint8Array): void;
  /**
   * A handshake has passed every check.
   * @param resumed whether it went on from the session that was taken, which may be offered again then: not every server gives
   *   another
   */
  opened(resumed: boolean): void;
}

/** Options of a TLS client class. `host` and `port` are where to dial. */
export interface TlsOptions extends TcpOptions {
  /** The class that carries the records. */
  TCP: { io: TcpClass };
  secure: {
    /** SNI and the name that the certificate must bear (RFC 6066 §3, RFC 9525). No trailing dot, no port. */
    serverName: string;
    /** Protocol names offered, most wanted first (RFC 7301); none offered when left out. */
    applicationLayerProtocolNegotiation?: readonly string[] | undefined;
    /** True: a server that selects none of them is refused with `tls-alpn`. */
    requireAlpn?: boolean | undefined;
    /** Trust anchors, DER. Trust ends at the first certificate whose name and key are an anchor's. */
    roots: readonly Uint8Array[];
    /** Certificate dates are checked against its wall clock; an unset clock fails with `tls-clock`. */
    clock: Clock;
    /** Left out: each handshake is a full one. */
    sessions?: TlsSessions | undefined;
  };
}

/** A TLS connection. `onWritable` is first called once the handshake has passed every check. */
export interface TlsStream extends ByteStream {
  /** The protocol the server selected, or undefined. Known from the first `onWritable`. */
  readonly alpn: string | undefined;
}

export type TlsClass = new (options: TlsOptions) => TlsStream;

/**
 * Why a TLS connection failed. Only `tls-clock` and `tls-closed` may pass by themselves; the others stay until somebody
 * mends the server, the network or the configuration, but a device in the field still tries again later (`back-off`).
 */
export type TlsCode =
  | "tls-untrusted" // no anchor, a bad signature, or a certificate that is no CA used as issuer
  | "tls-chain-length" // more authorities in a row than can be checked
  | "tls-critical-extension" // a certificate says that it must not be used without understanding what we do not
  | "tls-usage" // a certificate or its key is meant for something else
  | "tls-constraint" // an authority of the chain may not speak for the names below it
  | "tls-name" // the certificate is for another host
  | "tls-expired"
  | "tls-not-yet-valid"
  | "tls-clock" // the device does not know the time
  | "tls-alpn" // a server that selected no protocol or refused ours
  | "tls-version"
  | "tls-alert" // any other alert by the server
  | "tls-protocol" // malformed or unexpected records
  | "tls-closed" // the connection ended within the handshake, or later without a closing alert
  | "tls-local"; // this side could not go on: no memory or no random numbers

/** A failed TLS connection. One that was cut short asks for what its carrier asks for. */
export class TlsError extends Failure {
  declare readonly code: TlsCode;
  constructor(code: TlsCode, message: string, cause?: unknown) {
    super(code, message, adviceFor(code, cause), cause);
  }
}

function adviceFor(code: TlsCode, cause: unknown): Advice {
  if (code === "tls-closed" && cause instanceof Failure) return cause.advice;
  return code === "tls-clock" ? "retry" : "back-off";
}
