// What `npm run bench:device` measures with. It stands still: a figure that moves tells of the firmware, not of the world around
// it. test/bench/device pins it, and what of the simulation it stands on.

import { type LinkProfile, LTE_M } from "../../host-sim/world/link.js";

/** Of the world, modem, and radio. */
export const SEED = 1;
/** Milliseconds between two records. */
export const EVERY_MS = 1_800_000;
/** How long it runs: two tokens' lives. */
export const HOURS = 48;
/** Each wake has ten records to tell, as far as the firmware can: what a device does that is made to last. */
export const RECORDS_A_WAKE = 10;
export const RADIO: LinkProfile = LTE_M;

/** The settings of the device that sleeps with its modem between records. */
export const ASLEEP = {
  power: "psm",
  telemetryIntervalS: EVERY_MS / 1_000,
  listenS: 2,
  recordsPerWake: RECORDS_A_WAKE,
  recordForm: "compact",
  modemBaud: 921_600,
  psmPeriodS: 43_200,
} as const;
