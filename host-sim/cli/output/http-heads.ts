// What `--trace http` shows of a connection: the heads of its request and answer, line for line, never a body. Only what is
// known to be no secret is shown: the values of other fields and of a query's parameters are taken out. A core: bytes in, lines
// out.

/** A head that is longer is no head: in bytes. */
const HEAD_MAX = 16 * 1024;
const MARK = "[…]";
const HEAD_END = "\r\n\r\n";
const REQUEST = /^(?:GET|POST|PUT|HEAD|DELETE|OPTIONS) /;
const ANSWER = /^HTTP\/1\.[01] \d{3}/;
/** Parameters of a query that are no secret. */
const OPEN_PARAMETERS: ReadonlySet<string> = new Set(["qos", "x-amz-customauthorizer-name"]);
/** Fields whose values are no secret, in lower case. */
const OPEN_FIELDS: ReadonlySet<string> = new Set([
  ...["accept", "accept-encoding", "cache-control", "connection", "content-encoding", "content-length", "content-type"],
  ...["date", "etag", "expires", "host", "range", "retry-after", "server", "transfer-encoding"],
  ...["upgrade", "user-agent", "vary", "sec-websocket-version", "sec-websocket-protocol", "x-amzn-requestid"],
  ...["x-amz-customauthorizer-name", "x-powered-by", "access-control-allow-credentials"],
]);

type Tell = (direction: "tx" | "rx", line: string) => void;

/** One connection; one that speaks something else than HTTP shows nothing. */
export class HttpHeads {
  readonly #tell: Tell;
  readonly #seen = { tx: "", rx: "" };
  /** What each side may still show: its head, until that is there. */
  readonly #open = { tx: true, rx: true };

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Bytes of one side, as they went, in any pieces. */
  push(direction: "tx" | "rx", bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString("latin1");
    // A next request on the same connection begins with a piece of its own.
    if (direction === "tx" && !this.#open.tx && !this.#open.rx && REQUEST.test(text)) this.#again();
    if (!this.#open[direction]) return;
    const seen = this.#seen[direction] + text;
    const end = seen.indexOf(HEAD_END);
    this.#seen[direction] = seen;
    if (end >= 0 || seen.length > HEAD_MAX || !mayBegin(direction, seen))
      this.#show(direction, seen.slice(0, Math.max(end, 0)));
  }

  #again(): void {
    for (const side of ["tx", "rx"] as const) {
      this.#open[side] = true;
      this.#seen[side] = "";
    }
  }

  #show(direction: "tx" | "rx", head: string): void {
    this.#open[direction] = false;
    this.#seen[direction] = "";
    if (!(direction === "tx" ? REQUEST : ANSWER).test(head)) return;
    for (const [at, line] of head.split("\r\n").entries())
      this.#tell(direction, at === 0 ? firstLine(line) : fieldLine(line));
  }
}

/** Whether these may be the first bytes of a head. */
function mayBegin(direction: "tx" | "rx", seen: string): boolean {
  const first = seen.slice(0, 8);
  return direction === "tx" ? /^[A-Z]*( |$)/.test(first) : "HTTP/1.".startsWith(first.slice(0, 7));
}

function firstLine(line: string): string {
  const [method = "", target = "", ...rest] = line.split(" ");
  const at = target.indexOf("?");
  if (!REQUEST.test(`${method} `) || at < 0) return line;
  const query = target
    .slice(at + 1)
    .split("&")
    .map((pair) =>
      OPEN_PARAMETERS.has(pair.split("=", 1)[0]!.toLowerCase()) ? pair : pair.replace(/=.*$/, `=${MARK}`),
    );
  return [method, `${target.slice(0, at)}?${query.join("&")}`, ...rest].join(" ");
}

function fieldLine(line: string): string {
  const at = line.indexOf(":");
  if (at < 0) return MARK;
  return OPEN_FIELDS.has(line.slice(0, at).trim().toLowerCase()) ? line : `${line.slice(0, at)}: ${MARK}`;
}
