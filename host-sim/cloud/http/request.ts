// HTTP/1.1 requests out of bytes, for the simulated services (RFC 9112). A core: bytes in, whole requests out.
// Bounded: a head or body that passes its limit is refused with the status code that says so.

/** Request line and all header fields. A token in the query makes a request line of more than 1 KB. */
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_HEADERS = 64;
/** Default limit of a body: AWS's largest MQTT payload. */
export const MAX_BODY_BYTES = 128 * 1024;

export interface HttpRequest {
  method: string;
  /** Path without the query, as it was sent. */
  path: string;
  /** What stands behind `?`, as it was sent; empty when there is none. */
  query: string;
  /** True when the connection stays open after the answer (RFC 9112 §9.3). */
  keepAlive: boolean;
  /** By lower-case name; the last of equal names. */
  headers: ReadonlyMap<string, string>;
  body: Uint8Array;
}

/** A request that cannot be taken; `status` is the answer it deserves. The connection ends after it. */
export class HttpRequestError extends Error {
  readonly status: 400 | 411 | 413 | 431 | 505;
  constructor(status: HttpRequestError["status"], message: string) {
    super(message);
    this.name = "HttpRequestError";
    this.status = status;
  }
}

const HEAD_END = Buffer.from("\r\n\r\n");
const REQUEST_LINE = /^([A-Z]{1,16}) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)$/;
const HEADER_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\x20-\x7e\t\x80-\xff]*?)[ \t]*$/;

type Head = Omit<HttpRequest, "body"> & { bodyLength: number };

/** Takes the bytes of one connection. */
export class HttpRequestParser {
  readonly #maxBody: number;
  #bytes: Buffer = Buffer.alloc(0);
  #head: Head | undefined;

  /** @param maxBody largest body, in bytes */
  constructor(maxBody: number) {
    this.#maxBody = maxBody;
  }

  push(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  /**
   * The next whole request, or undefined: more bytes are needed.
   * @throws HttpRequestError; nothing more can be read after it
   */
  next(): HttpRequest | undefined {
    this.#head ??= this.#takeHead();
    if (this.#head === undefined || this.#bytes.length < this.#head.bodyLength) return undefined;
    const { bodyLength, ...head } = this.#head;
    this.#head = undefined;
    return { ...head, body: this.#take(bodyLength) };
  }

  /** All bytes that belong to no request yet: what follows an Upgrade (RFC 9110 §7.8). */
  takeRest(): Uint8Array {
    return this.#take(this.#bytes.length);
  }

  #take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  #takeHead(): Head | undefined {
    // Another protocol's bytes, an MQTT CONNECT for one, may never bring the empty line that ends a head.
    if (this.#bytes.length > 0 && !isLetter(this.#bytes[0]!)) throw new HttpRequestError(400, "this is not HTTP");
    const end = this.#bytes.indexOf(HEAD_END);
    if (end > MAX_HEAD_BYTES || (end < 0 && this.#bytes.length > MAX_HEAD_BYTES)) {
      throw new HttpRequestError(431, "the head of the request is too long");
    }
    if (end < 0) return undefined;
    const [requestLine, ...lines] = Buffer.from(this.#take(end + HEAD_END.length))
      .toString("latin1", 0, end)
      .split("\r\n");
    return parseHead(requestLine!, lines, this.#maxBody);
  }
}

function isLetter(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function parseHead(requestLine: string, lines: string[], maxBody: number): Head {
  const [, method, target, major, minor] = REQUEST_LINE.exec(requestLine) ?? [];
  if (method === undefined || target === undefined) throw new HttpRequestError(400, "malformed request line");
  if (major !== "1") throw new HttpRequestError(505, "only HTTP/1.x is spoken here");
  const headers = parseHeaders(lines);
  if (minor !== "0" && !headers.has("host")) throw new HttpRequestError(400, "no Host");
  if (headers.has("transfer-encoding")) throw new HttpRequestError(411, "a body needs a Content-Length");
  const question = target.indexOf("?");
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  return {
    method,
    path: question < 0 ? target : target.slice(0, question),
    query: question < 0 ? "" : target.slice(question + 1),
    keepAlive: minor === "0" ? connection.includes("keep-alive") : !connection.includes("close"),
    headers,
    bodyLength: bodyLength(headers.get("content-length"), maxBody),
  };
}

function parseHeaders(lines: string[]): Map<string, string> {
  if (lines.length > MAX_HEADERS) throw new HttpRequestError(431, "too many header fields");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new HttpRequestError(400, "malformed header field");
    headers.set(name.toLowerCase(), value);
  }
  return headers;
}

function bodyLength(field: string | undefined, maxBody: number): number {
  if (field === undefined) return 0;
  if (!/^\d{1,10}$/.test(field)) throw new HttpRequestError(400, "malformed Content-Length");
  if (Number(field) > maxBody) throw new HttpRequestError(413, "the body is too long");
  return Number(field);
}
