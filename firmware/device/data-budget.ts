// The volume that a device may take in a day, where its settings bound it.
//
// Rules: a day is a UTC day; what is moved before the time is known counts with the day that was kept. Payload counts
// and headers, both ways, as the link reckons them. From four fifths on records are spaced so that the rest lasts
// until the day's end; once all is spent none is made but the one that says so, and a connection that breaks is not
// made anew for twelve minutes: commands, which have a bound of their own, and keep-alive go on. What is kept
// in flash lies ahead of what was used, by up to a sixteenth of the budget, or a connection where that is more: so a start
// without a word before it costs some of the day's volume and never begins it anew, and a day has less than 20 writes, or
// one a connection. An end that the device means is exact.

import type { Link } from "../platform/link.js";
import type { Platform } from "../platform/platform.js";
import { keep } from "./memory.js";
import { airBytes } from "./usage.js";

/** A new token and the connection with it take so much at the most. */
export const CONNECTION_BYTES = 16_384;

export type BudgetStatus = "ok" | "near" | "spent";

/** From this share on it is near its end. */
const NEAR = 0.8;
/** What is kept goes ahead by this share. */
const AHEAD = 1 / 16;
/** A record takes this at least, in bytes: some 250 of payload, TLS, acknowledgement and headers. */
const LEAST_RECORD = 500;
/**
 * While all is spent, how long after a failure nothing is tried, in milliseconds: a connection takes 5 to 10 KB. The
 * agent draws it out to a quarter of an hour at most, as it does a wait that a server asks for.
 */
const RETRY_MS = 720_000;
const DAY_MS = 86_400_000;

/** Name in the key-value store: number of the day since 1970, bytes; 32 bits each. */
const KEY = "budget";

export interface DataBudgetParts {
  platform: Pick<Platform, "clock" | "log" | "keyValue">;
  link: Pick<Link, "counters">;
  /** Kilobytes of 1,000 bytes, 1 or more. */
  kbPerDay: number;
  /** What was used before a deep sleep; left out: what is kept counts. */
  usedBytes?: number | undefined;
}

export class DataBudget {
  readonly #parts: DataBudgetParts;
  readonly #limit: number;
  #status: BudgetStatus = "ok";
  /** 0: not known. */
  #day = 0;
  #used = 0;
  /** Bytes that flash holds. */
  #kept = 0;
  /** What the link had counted when it was looked at last. */
  #air = 0;
  /** What was used since the last record, and between the two before. */
  #since = 0;
  #cost = 0;

  constructor(parts: DataBudgetParts) {
    this.#parts = parts;
    this.#limit = parts.kbPerDay * 1_000;
    const bytes = parts.platform.keyValue.read(KEY);
    if (bytes?.length !== 8) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    this.#day = view.getUint32(0);
    this.#kept = view.getUint32(4);
    this.#used = parts.usedBytes ?? this.#kept;
  }

  /** Counts what was moved since the last look. @param coming bytes that may be moved before the next: they are kept ahead */
  look(coming = 0): BudgetStatus {
    const { clock, log } = this.#parts.platform;
    const air = airBytes(this.#parts.link.counters());
    const moved = air - this.#air;
    this.#air = air;
    this.#since += moved;
    this.#used += moved;
    const wall = clock.wall();
    const day = wall === undefined ? this.#day : Math.floor(wall / DAY_MS);
    if (day !== this.#day) {
      if (this.#day !== 0) this.#used = moved;
      this.#day = day;
      this.#kept = 0;
    }
    if (this.#used + coming >= this.#kept && this.#kept < this.#limit) {
      this.write(this.#used + Math.max(coming, this.#limit * AHEAD));
    }
    const share = this.#used / this.#limit;
    const status = share >= 1 ? "spent" : share >= NEAR ? "near" : "ok";
    if (status !== this.#status) {
      this.#status = status;
      log(status === "ok" ? "info" : "warn", "data-budget", {
        status,
        usedKb: this.usedKb,
        budgetKb: this.#parts.kbPerDay,
      });
    }
    return status;
  }

  /** The same, when a record is due. */
  record(): BudgetStatus {
    const status = this.look();
    this.#cost = Math.max(LEAST_RECORD, this.#since);
    this.#since = 0;
    return status;
  }

  /** As of the last look. */
  get status(): BudgetStatus {
    return this.#status;
  }

  /** Used on this day, as of the last look. */
  get usedBytes(): number {
    return this.#used;
  }

  get usedKb(): number {
    return Math.round(this.#used / 1_000);
  }

  /** How long nothing is tried after a failure, in milliseconds. */
  get retryMs(): number {
    return this.#status === "spent" ? RETRY_MS : 0;
  }

  /** Milliseconds from one record to the next. @param intervalMs as the settings have it */
  spacing(intervalMs: number): number {
    if (this.#status === "ok") return intervalMs;
    const left = DAY_MS - ((this.#parts.platform.clock.wall() ?? 0) % DAY_MS);
    // By whole intervals: a fleet whose day ends all at once does not come in step by it.
    const nextDay = Math.ceil(left / intervalMs) * intervalMs;
    if (this.#status === "spent") return nextDay;
    const spaced = Math.floor((left * this.#cost) / (this.#limit - this.#used));
    return Math.max(intervalMs, Math.min(nextDay, spaced));
  }

  /** What comes next is a restart that the device means. */
  keep(): void {
    this.look();
    this.write(this.#used);
  }

  private write(used: number): void {
    this.#kept = used;
    const view = new DataView(new ArrayBuffer(8));
    view.setUint32(0, this.#day);
    view.setUint32(4, Math.min(used, 0xffff_ffff));
    keep(this.#parts.platform, KEY, new Uint8Array(view.buffer));
  }
}
