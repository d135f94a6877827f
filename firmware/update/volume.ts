// The volume of one window of a download, looked at before each piece of it is taken from the socket. Below TLS: a record of
// 16 KB shows what it brings only once it is there.
//
// Rules: what may come is kept before it is taken, and what did not come is given back: a power cut costs volume and never
// gives any. What is counted is what is paid for, so what may lie in the modem unread counts where a window breaks off.

import type { TcpClass } from "../platform/io.js";
import type { CurrentUpdate } from "./current.js";
import { UpdateError } from "./error.js";
import { overAir, TRANSFER_BYTES, UNREAD_BYTES, volumeOf } from "./rules.js";

/** Volume that is kept ahead of what is used: from half of it on it is kept anew, with a sector or without. */
const AHEAD_BYTES = 8_192;
/** The closing alert, which goes out behind the count. */
const GOODBYE_BYTES = 128;

const overBudget = () => new UpdateError("update-budget", "the update has taken the volume that one may take");

/** For one window. */
export class WindowVolume {
  readonly #current: CurrentUpdate;
  readonly #seq: number;
  /** What the update has taken before, and what the link had counted then. */
  readonly #before: number;
  readonly #airBefore: number;
  readonly #budget: number;
  readonly #onOver: () => void;
  #kept = 0;
  /** What is still to come, once the answer tells it: before, a server may send anything. */
  #coming = Number.POSITIVE_INFINITY;
  #hasRead = false;
  #over: unknown;

  /** @param onOver nothing more may be taken: the connection is to be ended. Called in a turn of its own */
  constructor(current: CurrentUpdate, onOver: () => void) {
    const { parts, memory } = current;
    this.#current = current;
    this.#seq = memory.record.seq;
    this.#before = memory.record.usedBytes;
    this.#airBefore = parts.owner.airBytes();
    this.#budget = parts.config.updateBudgetKb * 1_000 || Number.POSITIVE_INFINITY;
    this.#onOver = onOver;
  }

  /** Taken in this window, as the link counts it. */
  get airBytes(): number {
    return this.#current.parts.owner.airBytes() - this.#airBefore;
  }

  /** Why nothing more may be taken; undefined: it may. */
  get over(): unknown {
    return this.#over;
  }

  /** Keeps what the window begins with. @param missing bytes of the file @throws UpdateError `update-budget` */
  begin(missing: number): void {
    // What would be refused at once is not begun either: the same manifest may come again with each connection.
    if (this.#before + volumeOf(missing) > this.#budget) throw overBudget();
    this.#current.memory.change({ usedBytes: this.ahead() });
  }

  /** What is to be kept now as used, with what may come before it is kept again. */
  ahead(): number {
    this.#kept = this.#before + this.airBytes + AHEAD_BYTES + UNREAD_BYTES;
    return this.#kept;
  }

  /** The answer has begun. @param bytes of its body; undefined: they are not told */
  comes(bytes: number | undefined): void {
    if (bytes !== undefined) this.#coming = this.airBytes + overAir(bytes) + TRANSFER_BYTES;
  }

  /** It is one that is wanted. @throws UpdateError `update-budget` where it is too long */
  isWanted(bytes: number): void {
    this.comes(bytes);
    if (this.#before + this.#coming > this.#budget) throw overBudget();
  }

  /** A TCP class whose bytes are taken only as long as they may be. */
  watched(TCP: TcpClass): TcpClass {
    const mayTake = () => this.mayTake();
    return class extends TCP {
      override read(byteLength?: number): ArrayBuffer | undefined {
        return mayTake() ? super.read(byteLength) : undefined;
      }
    };
  }

  /** The window is over: what did not come is given back. @param isWhole the answer was taken to its end */
  end(isWhole: boolean): void {
    const { memory } = this.#current;
    // Another update has begun meanwhile.
    if (memory.record.seq !== this.#seq) return;
    const unread = isWhole || !this.#hasRead ? 0 : this.unread;
    memory.change({ usedBytes: this.#before + this.airBytes + unread + GOODBYE_BYTES });
  }

  private mayTake(): boolean {
    if (this.#over !== undefined) return false;
    this.#hasRead = true;
    try {
      this.look();
      return true;
    } catch (error) {
      this.#over = error;
      // Not from inside a `read`.
      Promise.resolve().then(this.#onOver);
      return false;
    }
  }

  private look(): void {
    const used = this.#before + this.airBytes;
    if (used + this.unread > this.#budget) throw overBudget();
    if (this.#current.parts.owner.day() !== "ok")
      throw new UpdateError("update-day", "the day's volume is near its end");
    if (used + AHEAD_BYTES / 2 + UNREAD_BYTES > this.#kept) this.#current.memory.change({ usedBytes: this.ahead() });
  }

  /** The most that may have come, or come yet, beyond what is counted. */
  private get unread(): number {
    const left = this.#coming - this.airBytes;
    // More came than was told, or in pieces that are mostly headers: so may anything.
    return left < 0 ? UNREAD_BYTES : Math.min(UNREAD_BYTES, left);
  }
}
