// Servers that ask to be left alone (Retry-After with 429 and 503, RFC 9110 §10.2.3), as the device read it: the heads of all
// answers that are HTTP.

/** What was read, and when. */
export interface AskedWait {
  /** Milliseconds from the first power-on. */
  at: number;
  host: string;
  status: number;
  ms: number;
}

/** Bytes of a head that are gathered. */
const HEAD_MOST = 4_096;
const HEAD_END = "\r\n\r\n";
const BUSY = /^HTTP\/1\.1 (429|503) [\s\S]*\r\nRetry-After: (\d{1,9})\r\n/i;
const HTTP = "HTTP/";

export class AskedWaits {
  readonly all: AskedWait[] = [];
  /** Connections whose first head is not whole yet. */
  readonly #lines = new Map<number, { host: string; text: string }>();

  dialled(connection: number, host: string): void {
    this.#lines.set(connection, { host, text: "" });
  }

  /** Bytes that the device has read. */
  read(connection: number, bytes: Uint8Array, at: number): void {
    const line = this.#lines.get(connection);
    if (line === undefined) return;
    line.text += String.fromCharCode(...bytes.subarray(0, HEAD_MOST - line.text.length));
    const { host, text } = line;
    const end = text.indexOf(HEAD_END);
    const isNone = !text.startsWith(HTTP.slice(0, text.length)) || text.length >= HEAD_MOST;
    if (end < 0 && !isNone) return;
    this.#lines.delete(connection);
    const [, status, seconds] = BUSY.exec(end < 0 ? "" : text.slice(0, end + 2)) ?? [];
    if (seconds !== undefined) this.all.push({ at, host, status: Number(status), ms: Number(seconds) * 1_000 });
  }

  ended(connection: number): void {
    this.#lines.delete(connection);
  }
}
