// One direction of a UART in real time: bytes take as long as the line speed says, and arrive in the order they were sent.

/** Start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;
/** Bytes that may be on their way; more is lost, as in a UART's full transmit ring without flow control. */
export const LINE_LIMIT_BYTES = 262_144;
/** Receivers are woken for about this many bytes at a time (ESP-IDF: 120 of the 128-byte FIFO). */
const WAKE_BYTES = 120;

interface Item {
  bytes: Uint8Array;
  msPerByte: number;
  /** Runs once all before it has arrived. */
  arrived?: () => void;
}

export class PacedLine {
  readonly #arrive: (bytes: Uint8Array) => void;
  #items: Item[] = [];
  #queued = 0;
  /** Bytes of the first item that have arrived. */
  #at = 0;
  /** When the first item's next byte began to move. */
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #held = false;

  /** @param arrive gets the bytes; never called from inside `send` */
  constructor(arrive: (bytes: Uint8Array) => void) {
    this.#arrive = arrive;
  }

  /** Bytes sent and not arrived. */
  get queued(): number {
    return this.#queued;
  }

  /** Sends `bytes` (copied) at `baud` bits per second. */
  send(bytes: Uint8Array, baud: number): void {
    const kept = bytes.slice(0, Math.max(0, LINE_LIMIT_BYTES - this.#queued));
    if (kept.length === 0) return;
    this.#add({ bytes: kept, msPerByte: (BITS_PER_BYTE * 1000) / baud });
  }

  /** Calls `run` once all that was sent has arrived; at once when nothing is under way. */
  after(run: () => void): void {
    if (this.#items.length === 0) run();
    else this.#add({ bytes: new Uint8Array(0), msPerByte: 0, arrived: run });
  }

  /** Holds the line (true) while the receiver cannot take more, or lets it go on. */
  hold(held: boolean): void {
    this.#held = held;
    if (held) clearTimeout(this.#timer);
    else if (this.#items.length > 0) {
      this.#since = performance.now();
      this.#wait();
    }
  }

  /** Drops what is under way. */
  close(): void {
    clearTimeout(this.#timer);
    this.#items = [];
    this.#queued = 0;
    this.#at = 0;
  }

  #add(item: Item): void {
    const idle = this.#items.length === 0;
    this.#items.push(item);
    this.#queued += item.bytes.length;
    if (!idle || this.#held) return;
    this.#since = performance.now();
    this.#wait();
  }

  #wait(): void {
    const first = this.#items[0]!;
    const soon = Math.min(WAKE_BYTES, first.bytes.length - this.#at) * first.msPerByte;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#move(), Math.max(0, this.#since + soon - performance.now()));
  }

  /** Lets arrive what has had its time. */
  #move(): void {
    const now = performance.now();
    for (let first = this.#items[0]; first !== undefined && !this.#held; first = this.#items[0]) {
      const rest = first.bytes.length - this.#at;
      // A hair of tolerance: the timer is exact to the millisecond at best, and may have let a byte go early last time.
      const due = Math.max(0, Math.floor((now - this.#since) / first.msPerByte + 0.01));
      const count = first.msPerByte > 0 ? Math.min(rest, due) : rest;
      if (count < rest && count === 0) break;
      const part = first.bytes.subarray(this.#at, this.#at + count);
      this.#since += count * first.msPerByte;
      this.#at += count;
      this.#queued -= count;
      if (this.#at === first.bytes.length) {
        this.#items.shift();
        this.#at = 0;
      }
      if (part.length > 0) this.#arrive(part);
      first.arrived?.();
    }
    if (this.#items.length > 0 && !this.#held) this.#wait();
  }
}
