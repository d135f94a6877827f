// An HTTP/1.1 request as bytes (RFC 9112 §3). Every part from outside is checked, so that none can smuggle in a line.

import { putUtf8 } from "../bytes/utf8.js";
import { HttpError } from "./errors.js";

/** Header fields by name, in the order they are sent. A list, since a name may come from outside (`knownKey` tells why). */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

export interface RequestHead {
  /** RFC 9110 §9, e.g. `GET`. */
  method: string;
  /** For the Host header: name or address, `:port` behind it where that is not the scheme's own. */
  host: string;
  /** Path and query, percent-encoded, beginning with `/`. */
  path: string;
  /** Host, Connection and Content-Length are added and may not be given. */
  headers?: HeaderFields | undefined;
  /** Content-Length; left out: the request has no body. */
  bodyLength?: number | undefined;
  /** Value of the Connection header: `close` unless the connection is to be upgraded. */
  connection?: "close" | "Upgrade";
}

const isMethod = (text: string) => /^[A-Z]{1,16}$/.test(text);
const isHost = (text: string) =>
  /^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?$/.test(text);
const isPath = (text: string) => text.startsWith("/") && !/[^\x21-\x7e]/.test(text);
const isName = (text: string) => text !== "" && !/[^!#$%&'*+.^_`|~0-9A-Za-z-]/.test(text);
/** Visible ASCII, spaces and tabs (RFC 9110 §5.5): no line break, no NUL. */
const isValue = (text: string) => !/[^\t\x20-\x7e]/.test(text);
const OURS: readonly string[] = ["host", "connection", "content-length", "transfer-encoding"];

/**
 * Request line and headers with the empty line behind them.
 * @throws HttpError `http-request`; the message names the part, never its value
 */
export function encodeRequest(request: RequestHead): Uint8Array {
  const { method, host, path, headers = [], bodyLength, connection = "close" } = request;
  check(isMethod(method), "the method is malformed");
  check(isHost(host), "the host name is malformed");
  check(isPath(path), "the path holds a space, a control character or none but ASCII");
  // In parts: the whole of it as one string would be there a second time, and a third.
  const parts = [method, " ", path, " HTTP/1.1\r\nHost: ", host];
  for (const [name, value] of headers) {
    check(isName(name) && !OURS.includes(name.toLowerCase()), "a header name is malformed or reserved");
    check(isValue(value), `the header ${name} holds a line break or none but ASCII`);
    parts.push("\r\n", name, ": ", value);
  }
  parts.push("\r\nConnection: ", connection);
  if (bodyLength !== undefined) parts.push("\r\nContent-Length: ", `${bodyLength}`);
  parts.push("\r\n\r\n");
  return ascii(parts);
}

/** The bytes of texts that hold ASCII alone. */
function ascii(parts: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) at = putUtf8(part, bytes, at);
  return bytes;
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new HttpError("http-request", message);
}
