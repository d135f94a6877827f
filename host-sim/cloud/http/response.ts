// HTTP/1.1 responses as bytes (RFC 9112), with the three ways a body may end.

export const REASON: Readonly<Record<number, string>> = {
  101: "Switching Protocols",
  200: "OK",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  411: "Length Required",
  413: "Payload Too Large",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** How a body's end is told: Content-Length, chunked (RFC 9112 §7.1), or the connection's end. */
export type Framing = "length" | "chunked" | "close";

export interface HttpResponse {
  status: number;
  /** In the order they are sent. Those that concern the body's framing and the connection are added. */
  headers: readonly (readonly [name: string, value: string])[];
  body: Uint8Array;
  framing?: Framing;
}

/** Chunks are this long, so that a client meets several of them in one answer. */
const CHUNK_BYTES = 700;

/**
 * Bytes of a response.
 * @param keepAlive whether the connection stays open; with `framing: "close"` it never does
 * @param headOnly true for HEAD: the header fields of the answer to GET, without its body (RFC 9110 §9.3.2)
 */
export function responseBytes(response: HttpResponse, keepAlive: boolean, headOnly = false): Uint8Array {
  const { status, headers, body, framing = "length" } = response;
  const bodiless = status === 204 || status < 200;
  const added = bodiless
    ? []
    : framing === "length"
      ? [`Content-Length: ${body.length}`]
      : framing === "chunked"
        ? ["Transfer-Encoding: chunked"]
        : [];
  const connection = status === 101 ? [] : [`Connection: ${keepAlive && framing !== "close" ? "keep-alive" : "close"}`];
  const lines = [
    `HTTP/1.1 ${status} ${REASON[status] ?? "Unknown"}`,
    ...added,
    ...connection,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  if (bodiless || headOnly) return head;
  return Buffer.concat([head, framing === "chunked" ? chunked(body) : body]);
}

/** A date as HTTP writes it (RFC 9110 §5.6.7). */
export function httpDate(now: number): string {
  return new Date(now).toUTCString();
}

function chunked(body: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    const piece = body.subarray(at, at + CHUNK_BYTES);
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}
