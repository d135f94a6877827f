// What leaves the module on its UART: framed lines (SIM7080 AT V1.07 §1.4), URCs, raw bytes; and the faults of the line.

import { ascii } from "./ascii.js";
import type { Machine, OutputPart } from "./machine.js";
import type { UrcGroup } from "./state.js";

/** Numeric result codes under ATV0 (ITU-T V.25ter §5.7). */
const NUMERIC: Record<string, string> = { OK: "0", ERROR: "4", "NO CARRIER": "3" };

/** Time URCs as a 1951B16 printed them, the odd form included: lines a driver must step over. */
const STORM = ['*PSUTTZ: 23/08/17,11:35:17","+08",1', "DST: 1"];

export class Output implements OutputPart {
  readonly #machine: Machine;
  muted = false;
  #garbled = 0;
  #dropped = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  raw(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.muted || !this.#machine.power.talks) return;
    this.#machine.act({ do: "uart", bytes: this.#spoilt(bytes) });
  }

  line(text: string): void {
    const shown = this.head(text);
    this.raw(ascii(this.#machine.session.verbose ? `\r\n${shown}\r\n` : `${shown}\r\n`));
  }

  head(text: string): string {
    return this.#machine.faults.has("no-blank") ? text.replace(/^([+*][A-Z ]+:) /, "$1") : text;
  }

  result(text: string): void {
    const { quiet, verbose } = this.#machine.session;
    if (quiet) return;
    this.raw(ascii(verbose ? `\r\n${this.head(text)}\r\n` : `${NUMERIC[text] ?? text}\r`));
  }

  urc(group: UrcGroup, text: string): void {
    const { data, settings } = this.#machine;
    if (settings.silenced.has(group) || data.online || this.#loses(group, text)) return;
    this.raw(ascii(`\r\n${this.head(text)}\r\n`));
  }

  /** The faults `lost-cadataind` and `lost-urc`. */
  #loses(group: UrcGroup, text: string): boolean {
    const { faults } = this.#machine;
    const shares = [
      text.startsWith("+CADATAIND") ? faults.number("lost-cadataind") : undefined,
      group === "TCPIP" ? faults.number("lost-urc") : undefined,
    ];
    return shares.some((percent) => percent !== undefined && this.#machine.chance(percent / 100));
  }

  storm(): void {
    if (this.#machine.faults.has("urc-storm")) for (const text of STORM) this.urc("NETWORK", text);
  }

  #spoilt(bytes: Uint8Array): Uint8Array {
    const { faults } = this.#machine;
    const garble = faults.number("garble");
    const drop = faults.number("drop");
    if (garble === undefined && drop === undefined) return bytes;
    const kept: number[] = [];
    for (const byte of bytes) {
      this.#garbled++;
      this.#dropped++;
      if (drop !== undefined && this.#dropped >= drop && faults.strikes("drop")) {
        this.#dropped = 0;
      } else if (garble !== undefined && this.#garbled >= garble && faults.strikes("garble")) {
        this.#garbled = 0;
        kept.push(byte ^ 0x10);
      } else kept.push(byte);
    }
    return Uint8Array.from(kept);
  }
}
