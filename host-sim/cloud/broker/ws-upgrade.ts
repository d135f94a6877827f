// The opening handshake of a WebSocket that carries MQTT, at the server's end (RFC 6455 §4.2, MQTT 3.1.1 §6).

import { encodeBase64 } from "../../../firmware/bytes/base64.js";
import { sha1 } from "../../../firmware/bytes/sha1.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";
import type { HttpRequest } from "../http/request.js";
import type { HttpResponse } from "../http/response.js";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const VERSION = "13";
const SUB_PROTOCOL = "mqtt";

/** Whether a request asks for a WebSocket. */
export function wantsWebSocket(request: HttpRequest): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Why an upgrade is refused: status and detail; undefined: it is in order. */
export function upgradeFlaw(request: HttpRequest): { status: 400 | 426; detail: string } | undefined {
  const field = (name: string): string => request.headers.get(name) ?? "";
  const list = (name: string): string[] =>
    field(name)
      .split(",")
      .map((item) => item.trim());
  if (request.method !== "GET") return { status: 400, detail: "the method is not GET" };
  if (!list("connection").some((item) => item.toLowerCase() === "upgrade")) {
    return { status: 400, detail: "no Connection: Upgrade" };
  }
  if (field("sec-websocket-version") !== VERSION) return { status: 426, detail: `the version is not ${VERSION}` };
  if (!/^[A-Za-z0-9+/]{22}==$/.test(field("sec-websocket-key"))) return { status: 400, detail: "no valid key" };
  if (!list("sec-websocket-protocol").includes(SUB_PROTOCOL)) return { status: 400, detail: "no sub-protocol mqtt" };
  return undefined;
}

/** The 101 answer. */
export function upgradeResponse(request: HttpRequest): HttpResponse {
  const key = request.headers.get("sec-websocket-key") ?? "";
  return {
    status: 101,
    headers: [
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Accept", encodeBase64(sha1(encodeUtf8(`${key}${GUID}`)))],
      ["Sec-WebSocket-Protocol", SUB_PROTOCOL],
    ],
    body: new Uint8Array(0),
  };
}
