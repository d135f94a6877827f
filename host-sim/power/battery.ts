// From seconds and bytes to charge and years: currents that others have published, and nothing that was measured here.

import type { Taken } from "./rhythm.js";

/** Currents at 3.3 V in milliamperes, and what else the reckoning stands on. Each can be given otherwise. */
export interface Assumptions {
  /** The chip awake, its radio off. */
  chipMa: number;
  /** The chip in deep sleep, and what of the board never sleeps. */
  chipSleepMa: number;
  boardSleepMa: number;
  /** The modem registered and listening, on the mean of connection and tail. */
  modemMa: number;
  /** What it takes more while it sends, and how fast that is, in bytes a second. */
  sendMa: number;
  sendBytesPerS: number;
  /** The modem asleep or off. */
  modemSleepMa: number;
  /** What a converter to 3.3 V loses: its efficiency, 0 to 1. */
  converter: number;
  /** Energy of the cells in watt-hours: two lithium, and two alkaline ones. */
  lithiumWh: number;
  alkalineWh: number;
}

const VOLTS = 3.3;
const HOURS_A_YEAR = 8_766;
const S_PER_HOUR = 3_600;

/** With where each comes from. */
export const ASSUMED: { readonly [N in keyof Assumptions]: { readonly value: number; readonly from: string } } = {
  chipMa: {
    value: 30,
    from: "ESP32 Series Datasheet, power consumption by power modes: modem-sleep at 160 MHz, 27 to 34 mA",
  },
  chipSleepMa: { value: 0.01, from: "the same: deep sleep with RTC timer and RTC memory, 10 µA" },
  boardSleepMa: {
    value: 0.02,
    from: "assumed: a regulator made for batteries, and level shifters; a ready-made board takes 0.24 to 1.2 mA (LilyGo-T-SIM7080G, issues 13, 117, 152, 168)",
  },
  modemMa: {
    value: 40,
    from: "assumed, and the least certain: between SIM7080G's 10 mA idle (SIMCom) and what a user's whole board took, 1.7 C a connection (LilyGo-T-SIM7080G, issue 168)",
  },
  sendMa: {
    value: 130,
    from: "SIM7000 Hardware Design: 167 mA while LTE-M sends at 23 dBm; less what it takes anyway",
  },
  sendBytesPerS: { value: 37_000, from: "host-sim/world/link.ts: half of LTE-M's rate" },
  modemSleepMa: { value: 0.0035, from: "SIMCom: PSM 3.2 to 3.5 µA; off is taken for as much" },
  converter: { value: 0.85, from: "assumed" },
  lithiumWh: { value: 9, from: "assumed: two FR6 cells of 3.0 Ah at 1.5 V, as makers print them" },
  alkalineWh: {
    value: 4.8,
    from: "assumed: two LR6 cells of 2.0 Ah at 1.2 V; their inner resistance bears 0.5 A badly when cold",
  },
};

/** Names of all assumptions. */
export const ASSUMPTIONS = Object.keys(ASSUMED) as readonly (keyof Assumptions)[];

/** All of them, some given. */
export function assumptions(given: Partial<Assumptions> = {}): Assumptions {
  const all = Object.fromEntries(ASSUMPTIONS.map((name) => [name, ASSUMED[name].value])) as unknown as Assumptions;
  return { ...all, ...given };
}

/** What a rhythm costs. */
export interface Cost {
  /** Microampere-hours at 3.3 V for one record, the sleep before it included. */
  chargeUah: number;
  /** Of these, what sleeping takes. */
  sleepUah: number;
  yearsLithium: number;
  yearsAlkaline: number;
}

/** Charge of a record, and years on two cells. Self-discharge is not in it: beyond ten years a figure means little. */
export function costOf({ chipMs, modemMs, airTxBytes, everyS }: Taken, by: Assumptions): Cost {
  const awake = (by.chipMa * chipMs + by.modemMa * modemMs) / 1_000 + (by.sendMa * airTxBytes) / by.sendBytesPerS;
  const asleep = (by.chipSleepMa + by.boardSleepMa + by.modemSleepMa) * everyS;
  // Milliampere-seconds to microampere-hours.
  const chargeUah = ((awake + asleep) * 1_000) / S_PER_HOUR;
  const watts = (((awake + asleep) / everyS / 1_000) * VOLTS) / by.converter;
  const years = (wattHours: number) => wattHours / watts / HOURS_A_YEAR;
  return {
    chargeUah,
    sleepUah: (asleep * 1_000) / S_PER_HOUR,
    yearsLithium: years(by.lithiumWh),
    yearsAlkaline: years(by.alkalineWh),
  };
}
