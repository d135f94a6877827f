// Data mode: what a modem is stuck in when its host was reset within PPP. Just enough of PPP to be recognized, and the
// guarded escape: a second of silence, `+++` and nothing else, a second of silence (ITU-T V.250 §6.1; SIMCom Linux note).

import type { Job } from "./agenda.js";
import type { Carried, DataModePart, Machine } from "./machine.js";

/** Silence before and after `+++`, in milliseconds. */
const GUARD_MS = 1000;
const PLUS = 0x2b;
/** How often an LCP Configure-Request is repeated, and how many times, until the module hangs up (RFC 1661 §4.6). */
const LCP_INTERVAL_MS = 3000;
const LCP_TIMES = 100;
/** Configure-Request 1 with ACCM, magic number, PFC and ACFC (RFC 1661 §5.1, RFC 1662 §4). */
const LCP_REQUEST = Uint8Array.from([
  0x7e, 0xff, 0x7d, 0x23, 0xc0, 0x21, 0x7d, 0x21, 0x7d, 0x21, 0x7d, 0x20, 0x7d, 0x34, 0x7d, 0x22, 0x7d, 0x26, 0x7d,
  0x20, 0x7d, 0x20, 0x7d, 0x20, 0x7d, 0x20, 0x7d, 0x25, 0x7d, 0x26, 0x7d, 0x32, 0x34, 0x56, 0x78, 0x7d, 0x27, 0x7d,
  0x22, 0x7d, 0x28, 0x7d, 0x22, 0x4c, 0xef, 0x7e,
]);

export class DataMode implements DataModePart {
  readonly #machine: Machine;
  #state: "none" | "online" | "suspended" = "none";
  /** When the host last sent something other than an escape. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #pluses = 0;
  #escape: Job | undefined;
  #frames: Job | undefined;
  #carried: { to: Carried; of: object } | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get online(): boolean {
    return this.#state === "online";
  }

  reset(): void {
    this.#state = "none";
    this.#pluses = 0;
    this.#heardAt = Number.NEGATIVE_INFINITY;
    this.#escape?.cancel();
    this.#frames?.cancel();
    this.#carried = undefined;
  }

  join(to: Carried, of: object): void {
    this.reset();
    this.#carried = { to, of };
    this.#state = "online";
    this.#heardAt = this.#machine.now;
    to.resumed();
  }

  carries(of: object): boolean {
    return this.online && this.#carried?.of === of;
  }

  leave(of: object): void {
    if (this.#carried?.of !== of) return;
    const told = this.online;
    this.reset();
    if (told) this.#machine.out.result("NO CARRIER");
  }

  enter(): void {
    this.#state = "online";
    this.#pluses = 0;
    this.#heardAt = this.#machine.now;
    this.#request(LCP_TIMES);
  }

  resume(): boolean {
    if (this.#state !== "suspended") return false;
    this.#state = "online";
    this.#heardAt = this.#machine.now;
    this.#carried?.to.resumed();
    return true;
  }

  hangUp(): void {
    const told = this.online;
    this.reset();
    if (told) this.#machine.out.result("NO CARRIER");
  }

  receive(bytes: Uint8Array): void {
    const { now } = this.#machine;
    this.#escape?.cancel();
    const begins = this.#pluses > 0 || now - this.#heardAt >= GUARD_MS;
    const plain = begins && bytes.every((byte) => byte === PLUS);
    this.#pluses = plain ? this.#pluses + bytes.length : 0;
    if (!plain || this.#pluses > 3) {
      this.#pluses = 0;
      this.#heardAt = now;
      this.#carried?.to.send(bytes.slice());
    } else if (this.#pluses === 3) {
      this.#escape = this.#machine.later(GUARD_MS, () => this.#suspend());
    }
  }

  #suspend(): void {
    this.#state = "suspended";
    this.#pluses = 0;
    this.#machine.out.result("OK");
  }

  /** Nobody answers the request: the host at the other end speaks no PPP. */
  #request(left: number): void {
    if (left === 0) {
      this.hangUp();
      return;
    }
    if (this.online) this.#machine.out.raw(LCP_REQUEST);
    this.#frames = this.#machine.later(LCP_INTERVAL_MS, () => this.#request(left - 1));
  }
}
