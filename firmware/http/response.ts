// HTTP/1.1 response parser (RFC 9112): bytes in, head and body out to a consumer as they come; nothing holds a body.
// Framing that two readers could take for two things is refused (RFC 9112 §6.3): contradicting lengths, length plus
// transfer coding, an unknown coding. After an error or `done` the parser takes nothing more.

import { HttpError } from "./errors.js";
import { LineReader } from "./lines.js";
import { everyElement } from "./list.js";

/** Bounds on an answer. */
export interface HttpLimits {
  /** Bytes of the status line. */
  statusLine: number;
  /** Bytes of one header or trailer line. */
  headerLine: number;
  /** Header lines, and again trailer lines. */
  headers: number;
  /** Bytes of all header lines, and again of all trailer lines. */
  headerBytes: number;
  /** Interim answers (1xx) in front of the final one. */
  interim: number;
  /** Bytes of a chunk-size line with its extensions. */
  chunkLine: number;
  /** Bytes of the body, chunking taken off. */
  body: number;
}

/** Ample for a device's small services: AWS's answers have about 10 headers in 500 bytes. */
export const HTTP_LIMITS: HttpLimits = {
  statusLine: 256,
  headerLine: 1024,
  headers: 48,
  headerBytes: 4096,
  interim: 4,
  chunkLine: 256,
  body: 65_536,
};

/** Status line and headers. */
export interface ResponseHead {
  status: number;
  reason: string;
  /** By lower-case name; several lines of one name joined with a comma and a space (RFC 9110 §5.3). */
  headers: ReadonlyMap<string, string>;
}

/** Takes the answer. What it throws goes through `push` to the caller. */
export interface ResponseConsumer {
  onHead?(head: ResponseHead): void;
  /** A piece of the body; the view is valid only during the call. */
  onBody?(piece: Uint8Array): void;
}

export interface ResponseOptions {
  /** Method of the request: an answer to HEAD has no body. `GET` when left out. */
  method?: string;
  limits?: Partial<HttpLimits> | undefined;
  /** Headers that the head is to have besides those of the framing, by lower-case name; left out: all that come. */
  keeps?: readonly string[] | undefined;
  /** True: 101 Switching Protocols ends the answer; what follows belongs to the other protocol (RFC 9110 §15.2.2). */
  upgrade?: boolean;
}

type State =
  | "status"
  | "headers"
  | "length"
  | "until-close"
  | "chunk-size"
  | "chunk"
  | "chunk-end"
  | "trailers"
  | "done";

/** What `framing` looks at. */
const FRAMING: readonly string[] = ["content-length", "transfer-encoding"];

const statusLine = (line: string) => /^HTTP\/1\.([01]) ([1-5][0-9][0-9])(?: (.*))?$/.exec(line);
/** RFC 9110 §5.1, a token. Both ask for what must not be there: XS keeps a state for each character that a `*` or `+` takes. */
const isName = (text: string) => text !== "" && !/[^!#$%&'*+.^_`|~0-9A-Za-z-]/.test(text);
/** RFC 9110 §5.5 */
const isValue = (text: string) => !/[^\t\x20-\x7e\x80-\xff]/.test(text);
const chunkLine = (line: string) => /^([0-9A-Fa-f]{1,8})[ \t]{0,32}(?:;|$)/.exec(line);
const isLength = (text: string) => /^[0-9]{1,15}$/.test(text);

/** Parses one answer, interim ones skipped. */
export class ResponseParser {
  readonly #consumer: ResponseConsumer;
  readonly #method: string;
  readonly #upgrade: boolean;
  readonly #limits: HttpLimits;
  readonly #keeps: readonly string[] | undefined;
  readonly #lines: LineReader;
  #state: State = "status";
  #head: { status: number; reason: string; headers: Map<string, string> } | undefined;
  #minor = 1;
  #interim = 0;
  #headerLines = 0;
  #headerBytes = 0;
  #lastName = "";
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  #bodyBytes = 0;

  constructor(consumer: ResponseConsumer, options: ResponseOptions = {}) {
    this.#consumer = consumer;
    this.#method = options.method ?? "GET";
    this.#upgrade = options.upgrade ?? false;
    // The usual ones lie in flash.
    this.#limits = options.limits === undefined ? HTTP_LIMITS : { ...HTTP_LIMITS, ...options.limits };
    this.#keeps = options.keeps;
    const { statusLine, headerLine, chunkLine } = this.#limits;
    this.#lines = new LineReader(Math.max(statusLine, headerLine, chunkLine));
  }

  /** True once the answer is complete. */
  get done(): boolean {
    return this.#state === "done";
  }

  /**
   * Takes bytes as they arrived.
   * @returns how many belong to the answer; fewer than given only when it is `done`
   * @throws HttpError `http-syntax`, `http-framing` or `http-limit`
   */
  push(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.#state !== "done") at = this.take(bytes, at);
    return at;
  }

  /**
   * The peer ended the connection.
   * @param cause its failure, for the one that may follow
   * @throws HttpError `http-truncated` unless that completes the answer
   */
  end(cause?: unknown): void {
    if (this.#state === "until-close") this.#state = "done";
    if (this.#state !== "done") throw new HttpError("http-truncated", "the connection ended within the answer", cause);
  }

  private take(bytes: Uint8Array, at: number): number {
    switch (this.#state) {
      case "length":
      case "chunk":
      case "until-close":
        return this.takeBody(bytes, at);
      case "status":
        return this.takeLine(bytes, at, this.#limits.statusLine, "status line");
      case "chunk-size":
      case "chunk-end":
        return this.takeLine(bytes, at, this.#limits.chunkLine, "chunk-size line");
      default:
        return this.takeLine(bytes, at, this.#limits.headerLine, "header line");
    }
  }

  private takeBody(bytes: Uint8Array, at: number): number {
    const counted = this.#state !== "until-close";
    // What fits is handed on before the limit is an error, so that the split of the input makes no difference.
    const fits = Math.min(bytes.length, at + this.#limits.body - this.#bodyBytes);
    if (fits === at) this.checkBody(this.#bodyBytes + 1);
    const end = counted ? Math.min(fits, at + this.#left) : fits;
    this.#bodyBytes += end - at;
    if (counted) {
      this.#left -= end - at;
      if (this.#left === 0) this.#state = this.#state === "length" ? "done" : "chunk-end";
    }
    this.#consumer.onBody?.(bytes.subarray(at, end));
    return end;
  }

  private checkBody(length: number): void {
    const limit = this.#limits.body;
    if (length > limit) throw new HttpError("http-limit", `the answer's body is longer than ${limit} bytes`);
  }

  private takeLine(bytes: Uint8Array, at: number, limit: number, what: string): number {
    const line = this.#lines.read(bytes, at, limit, what);
    if (line !== undefined) this.line(line);
    return this.#lines.next;
  }

  private line(line: string): void {
    switch (this.#state) {
      case "status":
        this.statusLine(line);
        break;
      case "headers":
        if (line === "") this.endHeaders();
        else this.headerLine(line);
        break;
      case "chunk-size":
        this.chunkLine(line);
        break;
      case "chunk-end":
        if (line !== "") throw new HttpError("http-syntax", "a chunk is longer than its size says");
        this.#state = "chunk-size";
        break;
      default:
        if (line === "") this.#state = "done";
        else this.countHeader(line);
    }
  }

  private statusLine(line: string): void {
    const match = statusLine(line);
    if (!match) throw new HttpError("http-syntax", "the answer does not begin with an HTTP/1.1 status line");
    this.#minor = Number(match[1]);
    this.#head = { status: Number(match[2]), reason: match[3] ?? "", headers: new Map() };
    this.startHeaders("headers");
  }

  private startHeaders(state: "headers" | "trailers"): void {
    this.#headerLines = 0;
    this.#headerBytes = 0;
    this.#lastName = "";
    this.#state = state;
  }

  private countHeader(line: string): void {
    const { headers, headerBytes } = this.#limits;
    if (++this.#headerLines > headers) throw new HttpError("http-limit", `the answer has more than ${headers} headers`);
    this.#headerBytes += line.length;
    if (this.#headerBytes > headerBytes) {
      throw new HttpError("http-limit", `the answer's headers are longer than ${headerBytes} bytes`);
    }
  }

  private headerLine(line: string): void {
    this.countHeader(line);
    const headers = this.#head!.headers;
    if ((line[0] === " " || line[0] === "\t") && this.#lastName !== "") {
      // Line folding of old: one space in its place (RFC 9112 §5.2).
      this.keep(this.#lastName, `${headers.get(this.#lastName)} ${line.trim()}`);
      return;
    }
    // No space before the colon (RFC 9112 §5.1).
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!isName(name) || !isValue(value))
      throw new HttpError("http-syntax", "the answer holds a malformed header line");
    const before = headers.get(name);
    this.keep(name, before === undefined ? value : `${before}, ${value}`);
    this.#lastName = name;
  }

  private keep(name: string, value: string): void {
    const keeps = this.#keeps;
    if (keeps === undefined || keeps.includes(name) || FRAMING.includes(name)) this.#head!.headers.set(name, value);
  }

  private endHeaders(): void {
    const head = this.#head!;
    if (head.status < 200 && !(head.status === 101 && this.#upgrade)) {
      if (head.status === 101) throw new HttpError("http-syntax", "the server switched protocols unasked");
      const { interim } = this.#limits;
      if (++this.#interim > interim) throw new HttpError("http-limit", `more than ${interim} interim answers`);
      this.#state = "status";
      return;
    }
    this.#state = this.framing(head.status, head.headers);
    this.#consumer.onHead?.(head);
  }

  /** How the body is delimited (RFC 9112 §6.3), by its rules in their order. */
  private framing(status: number, headers: ReadonlyMap<string, string>): State {
    const length = contentLength(headers.get("content-length"));
    const coding = headers.get("transfer-encoding");
    if (this.#method === "HEAD" || status < 200 || status === 204 || status === 304) return "done";
    if (coding !== undefined) {
      if (length !== undefined) throw new HttpError("http-framing", "both a length and a transfer coding");
      if (this.#minor === 0) throw new HttpError("http-framing", "a transfer coding in an HTTP/1.0 answer");
      if (coding.toLowerCase() !== "chunked") throw new HttpError("http-framing", "an unknown transfer coding");
      return "chunk-size";
    }
    if (length === undefined) return "until-close";
    this.checkBody(length);
    this.#left = length;
    return length === 0 ? "done" : "length";
  }

  private chunkLine(line: string): void {
    const match = chunkLine(line);
    if (!match) throw new HttpError("http-syntax", "malformed chunk size");
    this.#left = Number.parseInt(match[1]!, 16);
    this.checkBody(this.#bodyBytes + this.#left);
    if (this.#left === 0) this.startHeaders("trailers");
    else this.#state = "chunk";
  }
}

/** Equal lengths repeated are one length (RFC 9110 §8.6). */
function contentLength(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const first = value.split(",", 1)[0]!.trim();
  if (!everyElement(value, (item) => isLength(item) && item === first)) {
    throw new HttpError("http-framing", "contradicting or malformed content lengths");
  }
  return Number(first);
}
