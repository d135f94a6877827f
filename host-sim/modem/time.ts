// The module's clock: counts from the GPS epoch until the network (NITZ), NTP or the host sets it; tells local time.

import type { ClockPart, Machine } from "./machine.js";

/** What a clock that was never set counts from. */
const NEVER_SET = Date.UTC(1980, 0, 6);
const QUARTER_MS = 15 * 60_000;

export class ModemTime implements ClockPart {
  readonly #machine: Machine;
  /** UTC less `now`, while known. */
  #offset: number | undefined;
  #zone = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get known(): boolean {
    return this.#offset !== undefined;
  }

  reset(): void {
    this.#offset = undefined;
    this.#zone = 0;
  }

  networkTime(): void {
    const { faults, network, out } = this.#machine;
    if (!this.#machine.nitz || faults.has("no-network-time")) return;
    this.#offset = network.timeOffsetMs;
    this.#zone = network.zoneQuarters;
    const [mcc, mnc] = network.plmn.split("-");
    const zone = signed(this.#zone);
    const utc = new Date(this.#machine.now + this.#offset);
    const parts = [utc.getUTCFullYear() % 100, utc.getUTCMonth() + 1, utc.getUTCDate()];
    parts.push(utc.getUTCHours(), utc.getUTCMinutes(), utc.getUTCSeconds());
    out.urc("NETWORK", `*PSNWID: "${mcc}","${mnc}","${network.operator}",0,"${network.operator}",0`);
    out.urc("NETWORK", `*PSUTTZ: ${parts.join(",")},"${zone}",0`);
    out.urc("NETWORK", `+CTZV: "${zone}"`);
    out.urc("NETWORK", "DST: 0");
  }

  ntp(zone: number): void {
    this.#offset = 0;
    this.#zone = zone;
  }

  set(text: string): boolean {
    const match = /^(\d\d)\/(\d\d)\/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d\d)$/.exec(text);
    if (!match) return false;
    const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, ...number[]];
    this.#zone = Number(match[7]);
    const local = Date.UTC(2000 + year, month! - 1, day, hour, minute, second);
    this.#offset = local - this.#zone * QUARTER_MS - this.#machine.now;
    return true;
  }

  text(): string {
    const { now, power } = this.#machine;
    const utc = this.#offset === undefined ? NEVER_SET + (now - power.bootedAt) : now + this.#offset;
    const iso = new Date(utc + this.#zone * QUARTER_MS).toISOString();
    return `${iso.slice(2, 10).replaceAll("-", "/")},${iso.slice(11, 19)}${signed(this.#zone)}`;
  }
}

function signed(quarters: number): string {
  return `${quarters < 0 ? "-" : "+"}${String(Math.abs(quarters)).padStart(2, "0")}`;
}
