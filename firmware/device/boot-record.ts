// What the device knows of its own starts: why the last one ended and in which phase, how many came without a proof, and what
// follows from it. A word in memory that outlives a restart has it, the counts also in the key-value store for when that is lost.
//
// Rules: before each restart that the device means it notes why; what comes without such a note was none of its own: the engine
// ended, the chip broke, its supply failed. These are counted until a life has come from a proven connection to its sleep, or has
// lasted ten minutes. From the second on the device waits before it does anything, ever longer: what kills it may lie in its
// flash, or in what its broker keeps. From the fifth on it starts safely: the settings that are stored are left out, and the
// persistent session. A safe start that does not lead to a proof is given up at the next restart of the device's own; one that
// does is over after a while, ever longer too, and the next start is an ordinary one.

import type { Platform } from "../platform/platform.js";
import { type ResetCause, unit } from "../platform/system.js";
import { PHASES, type Phase } from "./agent.js";
import { backoffMs } from "./ladder.js";
import { keep, type Memory } from "./memory.js";

/** Why a device restarts or sleeps by itself. `safe-end`: the safe start has done its work. */
export type Intent = "command" | "ladder" | "console" | "update" | "sleep" | "safe-end";

/** How a modem rests that its key wakes. */
export type ModemRest = "psm" | "off";

/** Starts without a proof from which on one is safe. */
export const SAFE_FROM = 5;
/** How long a safe start goes on behind its proof, in milliseconds: at first, and at most. */
export const SAFE_MS = 600_000;
export const SAFE_MAX_MS = 86_400_000;

/** How a life ended, by number. Nothing: unforeseen. `fault`: an error that nobody caught. */
const ENDS = ["", "command", "ladder", "console", "update", "sleep", "safe-end", "fault"] as const;
type End = (typeof ENDS)[number];
const isMeant = (end: End) => end !== "" && end !== "fault";

/** Name in the key-value store. */
const KEY = "starts";
/** Fields of the word: phase (5 bits), end (4), starts (8), relapses (4), safe (1), how the modem rests (2). */
const [END_AT, STARTS_AT, RELAPSES_AT, SAFE_AT, REST_AT] = [5, 9, 17, 21, 22];
/** How the modem rests, by number; nothing: it does not, or it is not known. */
const RESTS = [undefined, "psm", "off"] as const;
const [MOST_STARTS, MOST_RELAPSES] = [0xff, 0xf];
const PHASE_BITS = 0x1f;
const END_BITS = 0xf;

type Parts = Memory & Pick<Platform, "resetMemory">;

export class BootRecord {
  /** Why the device started, and in which phase it was where that was not its own doing: `command`, `engine:online`. */
  readonly reset: string;
  /** Whether this is a safe start. */
  readonly safe: boolean;
  /** How the modem rests since the sleep that is over; undefined: after any other start. */
  readonly modemRests: ModemRest | undefined;
  readonly #parts: Parts;
  readonly #isForeseen: boolean;
  #phase = 0;
  #end = 0;
  #rest = 0;
  #starts: number;
  #relapses: number;

  /** Counts this start. Once a start. */
  constructor(parts: Parts) {
    const { resetMemory, keyValue } = parts;
    const cause = resetMemory?.cause ?? "power";
    const noted = resetMemory?.read();
    const kept = noted ?? wordOf(keyValue.read(KEY));
    const end = endOf(cause, noted);
    const phase = noted === undefined ? undefined : PHASES[noted & PHASE_BITS];
    const wasSafe = ((kept >> SAFE_AT) & 1) === 1;
    const starts = (kept >> STARTS_AT) & MOST_STARTS;
    const relapses = (kept >> RELAPSES_AT) & MOST_RELAPSES;

    this.#parts = parts;
    this.modemRests = cause === "sleep" && noted !== undefined ? RESTS[(noted >> REST_AT) & 0x3] : undefined;
    this.#starts = isMeant(end) ? starts : counted(starts, cause);
    this.safe = this.#starts >= SAFE_FROM && !(isMeant(end) && wasSafe);
    this.#relapses = this.safe && !wasSafe ? Math.min(relapses + 1, MOST_RELAPSES) : relapses;
    this.#isForeseen = isMeant(end) || cause === "power";
    // XS that ends restarts the chip as the program does, but nothing is noted then.
    const name = cause === "software" ? end || "engine" : cause;
    this.reset = this.#isForeseen || phase === undefined ? name : `${name}:${phase}`;
    this.write();
    this.keep();
  }

  /** Says in the log how the device has started. */
  tell(): void {
    const level = this.safe ? "error" : this.#isForeseen ? "info" : "warn";
    const fields = { reset: this.reset, starts: this.#starts, ...(this.safe && { safe: true }) };
    this.#parts.log(level, "start", fields);
  }

  /** Starts of which none led to a proof, this one among them. */
  get starts(): number {
    return this.#starts;
  }

  /**
   * Goes on once this start may: at once, or after a wait. For whoever composes the device: what it is made of may be
   * what kills it.
   */
  pause({ timer, random }: Pick<Platform, "timer" | "random">, goOn: () => void): void {
    const ms = this.#starts < 2 ? 0 : backoffMs(this.#starts - 1, unit(random));
    if (ms === 0) {
      goOn();
      return;
    }
    this.#parts.log("warn", "pausing", { ms, starts: this.#starts });
    timer.set(goOn, ms);
  }

  /** How long a safe start goes on from its proof, in milliseconds. @param random a fresh random number, 0 <= random < 1 */
  safeMs(random: number): number {
    const longest = Math.min(SAFE_MAX_MS, SAFE_MS * 2 ** Math.max(0, this.#relapses - 1));
    return Math.floor((longest * (1 + random)) / 2);
  }

  /** The device is in another phase. */
  enter(phase: Phase): void {
    this.#phase = PHASES.indexOf(phase);
    this.write();
  }

  /** What comes next is a sleep, in which the modem rests so. @param how as the link tells it */
  sleeps(how: string | undefined): void {
    this.#rest = how === "psm" || how === "off" ? RESTS.indexOf(how) : 0;
    this.end("sleep");
  }

  /** What comes next is a restart or a sleep of the device's own. */
  intend(intent: Intent): void {
    this.end(intent);
  }

  /** What comes next is a restart because of an error that nobody caught. */
  fault(): void {
    this.end("fault");
  }

  /** This life has proven itself and lasted: the starts before it are forgotten. */
  proven(): void {
    if (this.#starts === 0 && (this.safe || this.#relapses === 0)) return;
    this.#starts = 0;
    if (!this.safe) this.#relapses = 0;
    this.write();
    this.keep();
  }

  private end(end: End): void {
    this.#end = ENDS.indexOf(end);
    this.write();
  }

  private get counts(): number {
    return (this.#starts << STARTS_AT) | (this.#relapses << RELAPSES_AT) | ((this.safe ? 1 : 0) << SAFE_AT);
  }

  private write(): void {
    this.#parts.resetMemory?.write(this.counts | (this.#rest << REST_AT) | (this.#end << END_AT) | this.#phase);
  }

  /** Flash is written only where it has something else. */
  private keep(): void {
    const { counts } = this;
    if (wordOf(this.#parts.keyValue.read(KEY)) === counts) return;
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, counts);
    keep(this.#parts, KEY, bytes);
  }
}

/** What is stored; nothing counts as no starts. */
function wordOf(bytes: Uint8Array | undefined): number {
  if (bytes?.length !== 4) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) & 0x7fff_ffff;
}

/** How the last life ended. A note counts only where the chip says what it foretold. */
function endOf(cause: ResetCause, noted: number | undefined): End {
  if (cause === "sleep") return "sleep";
  return (cause === "software" && noted !== undefined && ENDS[(noted >> END_AT) & END_BITS]) || "";
}

/** Somebody who takes the power away again and again is no reason to leave his settings out. */
function counted(starts: number, cause: ResetCause): number {
  const most = cause === "power" ? Math.max(starts, SAFE_FROM - 1) : MOST_STARTS;
  return Math.min(starts + 1, most);
}
