// The module's GNSS receiver (SIM7080 AT V1.07 §8): power, time to first fix, fixes that move. It shares antenna path and
// baseband with the radio: while a PDP context is up no fix is found, and while it is on no context comes up
// (LilyGo #173, #180; the exact rule of the module is not published).

import type { Job } from "./agenda.js";
import type { DelayName } from "./delays.js";
import type { Fix, GnssPart, GnssStart, Machine } from "./machine.js";
import { moved } from "./motion.js";

const FIRST_FIX: Record<GnssStart, DelayName> = { cold: "gnssCold", warm: "gnssWarm", hot: "gnssHot" };

export class Gnss implements GnssPart {
  readonly #machine: Machine;
  #on = false;
  #fixed = false;
  #search: Job | undefined;
  #start: GnssStart = "cold";
  /** A fix since boot: orbits and time are known. */
  #assisted = false;
  #reports: Job | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get on(): boolean {
    return this.#on;
  }

  reset(): void {
    this.#search?.cancel();
    this.#reports?.cancel();
    this.#on = false;
    this.#fixed = false;
    this.#assisted = false;
  }

  power(on: boolean, start?: GnssStart): void {
    this.#search?.cancel();
    this.#search = undefined;
    this.#reports?.cancel();
    this.#fixed = false;
    this.#on = on;
    this.#start = start ?? (this.#assisted ? "hot" : "cold");
    const restartS = this.#machine.faults.number("gnss-restart");
    if (on && restartS !== undefined && this.#machine.faults.strikes("gnss-restart")) {
      this.#machine.later(restartS * 1000, () => this.#machine.power.boot());
    }
    this.review();
  }

  review(): void {
    const { network, pdp } = this.#machine;
    const hears = this.#on && !pdp.anyActive && network.sky === "open" && !this.#machine.faults.has("gnss-no-fix");
    if (!hears) {
      this.#search?.cancel();
      this.#search = undefined;
      this.#fixed = false;
      return;
    }
    if (this.#fixed || this.#search?.live) return;
    const slowS = this.#machine.faults.number("gnss-slow");
    const ms = slowS === undefined ? this.#machine.delay(FIRST_FIX[this.#start]) : slowS * 1000;
    this.#search = this.#machine.after(ms, () => {
      this.#fixed = true;
      this.#assisted = true;
      this.#start = "hot";
    });
  }

  fix(): Fix | undefined {
    if (!this.#fixed) return undefined;
    const { now, network } = this.#machine;
    return { ...moved(network.position, now), utc: now };
  }

  report(everyMs: number, once: boolean, limitMs: number, tell: (fix: Fix | undefined) => void): void {
    this.#reports?.cancel();
    const until = this.#machine.now + limitMs;
    const look = () => {
      const fix = this.fix();
      if (fix) tell(fix);
      else if (this.#machine.now >= until) tell(undefined);
      if (once && (fix || this.#machine.now >= until)) return;
      this.#reports = this.#machine.later(everyMs, look);
    };
    this.#reports = this.#machine.later(everyMs, look);
  }
}
