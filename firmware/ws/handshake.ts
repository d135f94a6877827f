// The opening handshake of a WebSocket (RFC 6455 §4.1) at the client's end.

import { encodeBase64 } from "../bytes/base64.js";
import { sha1 } from "../bytes/sha1.js";
import { encodeUtf8 } from "../bytes/utf8.js";
import { everyElement } from "../http/list.js";
import { encodeRequest, type HeaderFields } from "../http/request.js";
import type { ResponseHead } from "../http/response.js";
import { retryAfterMs } from "../http/retry-after.js";
import type { Advice } from "../platform/failure.js";
import type { Random } from "../platform/system.js";
import { WsError } from "./errors.js";

/** Where and as what to upgrade. */
export interface WsTarget {
  /** Value of the Host header. */
  host: string;
  /** Path and query, percent-encoded. */
  path: string;
  /** Sub-protocol; MQTT's is `mqtt`. */
  protocol: string;
  /** Further headers, e.g. an authorizer's. */
  headers?: HeaderFields | undefined;
}

/** §1.3 */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** What a refusal with this status asks for; all others: back off. */
const REFUSAL_ADVICE: Readonly<Record<number, Advice>> = { 401: "new-credentials", 403: "new-credentials" };

/** A fresh key: 16 random bytes in base64. */
export function newKey(random: Random): string {
  const nonce = new Uint8Array(16);
  random(nonce);
  return encodeBase64(nonce);
}

/** The upgrade request. @throws HttpError `http-request` for a header that must not be sent */
export function encodeUpgrade({ host, path, protocol, headers = [] }: WsTarget, key: string): Uint8Array {
  return encodeRequest({
    method: "GET",
    host,
    path,
    connection: "Upgrade",
    headers: [
      ...headers,
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", key],
      ["Sec-WebSocket-Protocol", protocol],
    ],
  });
}

/** What the server must answer to a key (§4.2.2). */
export function acceptOf(key: string): string {
  return encodeBase64(sha1(encodeUtf8(key + GUID)));
}

/**
 * Checks the answer to an upgrade (§4.1).
 * @param wallMs wall time, for a wait that a refusal asks for by a date
 * @throws WsError `ws-refused` or `ws-handshake`
 */
export function checkUpgrade(head: ResponseHead, key: string, protocol: string, wallMs?: number | undefined): void {
  const { status, headers } = head;
  if (status !== 101) {
    const advice = REFUSAL_ADVICE[status] ?? "back-off";
    const refusal = new WsError("ws-refused", `the WebSocket was refused with status ${status}`, advice);
    refusal.retryAfterMs = retryAfterMs(head, wallMs);
    throw refusal;
  }
  const upgrade = headers.get("upgrade")?.toLowerCase() === "websocket";
  const connection = !everyElement(headers.get("connection") ?? "", (option) => option.toLowerCase() !== "upgrade");
  const accept = headers.get("sec-websocket-accept") === acceptOf(key);
  if (!upgrade || !connection || !accept) throw new WsError("ws-handshake", "the answer to the WebSocket does not fit");
  if (headers.has("sec-websocket-extensions")) throw new WsError("ws-handshake", "a WebSocket extension, unasked");
  if (headers.get("sec-websocket-protocol") !== protocol) {
    throw new WsError("ws-handshake", `the server does not speak ${protocol} over WebSocket`);
  }
}
