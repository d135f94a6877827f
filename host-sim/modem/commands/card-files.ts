// Elementary files of the SIM card that drivers read by AT+CRSM (3GPP TS 31.102 §4, TS 27.007 §8.18).

import { CME } from "../errors.js";
import type { Machine } from "../machine.js";
import { fail, type Outcome, ok } from "../outcome.js";
import type { Args } from "../parse.js";

const READ_BINARY = 176;
const STATUS = 242;
const DONE = "144,0";
const NO_FILE = "106,130";

/** Digits in pairs, each pair turned round. */
const swapped = (digits: string) => digits.replace(/(.)(.)/g, "$2$1");

/** By file identifier. */
const FILES: Readonly<Record<number, (m: Machine) => string>> = {
  // ICCID
  12258: (m) => swapped(m.card.iccid.padEnd(20, "F")),
  // IMSI: length, then the digits behind the parity nibble
  28423: (m) => `08${swapped(`9${m.card.imsi}`)}`,
  // HPLMN selector with access technology: the home operator, E-UTRAN
  28514: (m) => {
    const [mcc, mnc] = [m.card.imsi.slice(0, 3), m.card.imsi.slice(3, 5)];
    return `${swapped(`${mcc}F`)}${swapped(mnc)}4000FFFFFF0000`;
  },
};

/** `AT+CRSM=<command>[,<file>[,<P1>,<P2>,<P3>]]`: reading only. */
export function restrictedAccess(m: Machine, args: Args): Outcome {
  const command = args.int(0, 0, 255);
  if (command === STATUS) return ok(`+CRSM: ${DONE},""`);
  if (command !== READ_BINARY) return fail(CME.notSupported);
  const id = args.int(1, 0, 65_535);
  const file = Object.hasOwn(FILES, id) ? FILES[id]!(m) : undefined;
  if (file === undefined) return ok(`+CRSM: ${NO_FILE}`);
  const offset = args.intOr(2, 0, 255, 0) * 256 + args.intOr(3, 0, 255, 0);
  const length = args.intOr(4, 0, 255, 0) || file.length / 2;
  return ok(`+CRSM: ${DONE},"${file.slice(offset * 2, (offset + length) * 2)}"`);
}
