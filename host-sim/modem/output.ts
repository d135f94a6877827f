// What leaves the module on its UART: framed lines (SIM7080 AT V1.07 §1.4), URCs, raw bytes; and the faults of the line.

import type { Machine } from "./machine.js";
import type { UrcGroup } from "./state.js";

/** Bytes of text that is known to be Latin-1. */
export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Numeric result codes under ATV0 (ITU-T V.25ter §5.7). */
const NUMERIC: Record<string, string> = { OK: "0", ERROR: "4", "NO CARRIER": "3" };

/** Time URCs as a 1951B16 printed them, the odd form included: lines a driver must step over. */
const STORM = ['*PSUTTZ: 23/08/17,11:35:17","+08",1', "DST: 1"];

export class Output {
  readonly #machine: Machine;
  /** True while nothing is printed: what happened before time began. */
  muted = false;
  #garbled = 0;
  #dropped = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Sends bytes as they are. The view is kept: nobody writes to it afterwards. */
  raw(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.muted || !this.#machine.power.talks) return;
    this.#machine.act({ do: "uart", bytes: this.#spoilt(bytes) });
  }

  /** An information line of an answer. */
  line(text: string): void {
    this.raw(ascii(this.#machine.session.verbose ? `\r\n${text}\r\n` : `${text}\r\n`));
  }

  /** A final result. */
  result(text: string): void {
    const { quiet, verbose } = this.#machine.session;
    if (quiet) return;
    this.raw(ascii(verbose ? `\r\n${text}\r\n` : `${NUMERIC[text] ?? text}\r`));
  }

  /** An unsolicited line, unless its group is switched off (AT+CURCCFG) or the line is in data mode. */
  urc(group: UrcGroup, text: string): void {
    const { data, settings } = this.#machine;
    if (settings.silenced.has(group) || data.online) return;
    this.raw(ascii(`\r\n${text}\r\n`));
  }

  /** The lines of the fault `urc-storm`. */
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
