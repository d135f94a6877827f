// What can go wrong with a WebSocket (RFC 6455).

import { type Advice, Failure } from "../platform/failure.js";

export type WsCode =
  | "ws-refused" // the upgrade was answered with another status than 101
  | "ws-handshake" // a 101 that does not fit the request
  | "ws-protocol" // frames that the standard forbids
  | "ws-limit" // a frame passes a named limit
  | "ws-usage"; // more written than there was room for

/** A failed WebSocket. Its orderly end has the code `closed`, as that of any byte stream. */
export class WsError extends Failure {
  declare readonly code: WsCode;
  constructor(code: WsCode, message: string, advice: Advice = "back-off", cause?: unknown) {
    super(code, message, advice, cause);
  }
}

/** Statuses of a close frame (§7.4.1). */
export const NORMAL = 1000;
export const PROTOCOL_ERROR = 1002;
export const UNSUPPORTED_DATA = 1003;
export const INVALID_PAYLOAD = 1007;
export const TOO_BIG = 1009;

/** The peer broke the standard or passed a limit: the connection is failed, and the peer is told why (§7.1.7). */
export class WsViolation extends WsError {
  /** For our close frame. */
  readonly status: number;

  constructor(status: number, what: string, code: "ws-protocol" | "ws-limit" = "ws-protocol") {
    super(code, `WebSocket: ${what}`);
    this.status = status;
  }
}
