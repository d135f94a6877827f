// The modem's rails on boards with an AXP2101 (datasheet V1.4; register names and codes as its boards use them).
// Rules: each change is read-modify-write and made only when something differs; DC1 feeds the ESP32 itself and is never touched;
// a rail's voltage is set before the rail is switched on.

import type { SMBus } from "../platform/bus.js";
import type { Supply } from "./boards.js";
import { ModemError } from "./sim7080/modem-error.js";

/** Address on the I2C bus. */
export const AXP2101_ADDRESS = 0x34;
/** I2C speed in hertz that it and all that shares its bus knows. */
export const AXP2101_HZ = 100_000;

const CHIP_ID = { register: 0x03, value: 0x4a };

/** Bits of one register: `mask` of them become `value`. */
interface Change {
  readonly register: number;
  readonly mask: number;
  readonly value: number;
}

/** 0x80 bit 2: DC3, the modem. After a loss of all power it comes up off, so it is switched on at every start. */
const DC3_ENABLE = { register: 0x80, mask: 0x04 };

const ON: readonly Change[] = [
  // DC3 3.0 V: code 88 + (3000 - 1600) / 100; bit 7 is kept.
  { register: 0x84, mask: 0x7f, value: 102 },
  // BLDO1 3.3 V, the UART's level shifter, and BLDO2 3.3 V, the antenna: (3300 - 500) / 100.
  { register: 0x96, mask: 0x1f, value: 28 },
  { register: 0x97, mask: 0x1f, value: 28 },
  { register: 0x90, mask: 0x30, value: 0x30 },
  // No thermistor on TS: measured, it would stop the battery from charging.
  { register: 0x50, mask: 0x1f, value: 0x10 },
  { register: 0x30, mask: 0x02, value: 0 },
  { ...DC3_ENABLE, value: DC3_ENABLE.mask },
];

/** DC3 alone: the level shifter stays on, or the UART's lines would feed the modem through its pins. */
const OFF: readonly Change[] = [{ ...DC3_ENABLE, value: 0 }];

/** What is used of the chip's port. */
export type PmuPort = Pick<SMBus, "readUint8" | "writeUint8">;

/**
 * The modem's supply on an AXP2101.
 * @param open opens the chip on the board's I2C bus; called when the supply is first switched, again only after it threw
 * Its methods throw ModemError `modem-supply` when another chip or none answers; what the bus threw is its cause.
 */
export function axp2101Supply(open: () => PmuPort): Supply {
  let pmu: PmuPort | undefined;
  const apply = (changes: readonly Change[]) => {
    try {
      pmu ??= open();
      change(pmu, changes);
    } catch (error) {
      if (error instanceof ModemError) throw error;
      throw new ModemError("modem-supply", "the AXP2101 does not answer on the I2C bus", error);
    }
  };
  return { on: () => apply(ON), off: () => apply(OFF) };
}

function change(pmu: PmuPort, changes: readonly Change[]): void {
  if (pmu.readUint8(CHIP_ID.register) !== CHIP_ID.value)
    throw new ModemError("modem-supply", "no AXP2101 on the I2C bus");
  for (const { register, mask, value } of changes) {
    const before = pmu.readUint8(register);
    const after = (before & ~mask) | value;
    if (after !== before) pmu.writeUint8(register, after);
  }
}
