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
