// What differs from device to device before anything goes wrong: settings, radio, flash, and the harmless oddities of modems.

import type { FaultName } from "../modem/faults.js";
import { type LinkProfile, LTE_M } from "../world/link.js";
import type { Prng } from "../world/prng.js";

/** A device and its surroundings. Plain data. */
export interface Setup {
  /** Settings as in a device's configuration file. */
  config: {
    telemetryIntervalS: number;
    keepAliveS: number;
    power: "always-on" | "psm";
    psmPeriodS?: number;
    transport: "mqtt" | "ws" | "https";
    fallback: "none" | "https";
    session: "clean" | "persistent";
    modemBaud: number;
  };
  /** Factor on all delays of the modem and its network. */
  delayScale: number;
  radio: LinkProfile;
  /** False: the board has no power key; its modem is on from the start. */
  powerKey: boolean;
  /** Oddities of modems that are no faults: the firmware must take each. */
  quirks: FaultName[];
  /** Blocks of 4 KB in the outbox's partition. */
  flashBlocks: number;
  /** Parts per million that the board's quartz is off. */
  driftPpm: number;
  tokenLifeS: number;
  /** Nothing restarts its chip, the device itself neither: what its memory holds is then seen over the whole run. */
  steady: boolean;
  /** Seconds between two commands from the cloud. */
  commandEveryS: number;
}

const LTE_M_POOR: LinkProfile = { ...LTE_M, latencyMs: 150, jitterMs: 250, bytesPerSecond: 9_000, loss: 0.03 };
const NB_IOT: LinkProfile = { latencyMs: 900, jitterMs: 700, bytesPerSecond: 2_500, loss: 0.02, recoveryMs: 3_000 };
const DESK: LinkProfile = { ...LTE_M, latencyMs: 3, jitterMs: 2, bytesPerSecond: 125_000 };

/** Radio, speed of the modem's line, and how quick modem and network are: from the edge of a cell to a simulator on a desk. */
const SURROUNDINGS: readonly (Pick<Setup, "radio" | "delayScale"> & Pick<Setup["config"], "modemBaud">)[] = [
  { radio: LTE_M, modemBaud: 115_200, delayScale: 1 },
  { radio: LTE_M, modemBaud: 921_600, delayScale: 1 },
  { radio: LTE_M_POOR, modemBaud: 115_200, delayScale: 1 },
  { radio: NB_IOT, modemBaud: 115_200, delayScale: 1.5 },
  { radio: DESK, modemBaud: 921_600, delayScale: 0.02 },
];
const QUIRKS: readonly FaultName[] = [
  "iccid-f",
  "iccid-prefix",
  "carecv-max",
  "carecv-empty-ok",
  "carecv-two-crlf",
  "identity-odd",
  "no-blank",
  "cdnsgip-first",
  "no-power-down-text",
];
const FLASH_BLOCKS: readonly number[] = [3, 3, 4, 6, 16, 64];
const TRANSPORTS: readonly Setup["config"]["transport"][] = [
  "mqtt",
  "mqtt",
  "mqtt",
  "mqtt",
  "mqtt",
  "ws",
  "ws",
  "https",
];
const HOUR_S = 3_600;
const TOKEN_LIVES: readonly number[] = [HOUR_S, 4 * HOUR_S, 24 * HOUR_S];

/** From so many virtual hours on, every second device is steady. */
const STEADY_FROM_H = 72;

/** Draws a setup. @param hours length of the run */
export function drawSetup(random: Prng, hours: number): Setup {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const between = (least: number, most: number) => least + random.below(most - least + 1);
  const { radio, modemBaud, delayScale } = pick(SURROUNDINGS);
  const psm = random.chance(0.12);
  const way = {
    transport: pick(TRANSPORTS),
    fallback: random.chance(0.15) ? "https" : "none",
    session: random.chance(0.3) ? "persistent" : "clean",
    modemBaud,
  } as const;
  return {
    config: psm
      ? { ...way, telemetryIntervalS: between(600, 1_800), keepAliveS: 600, power: "psm", psmPeriodS: 4 * HOUR_S }
      : { ...way, telemetryIntervalS: between(10, 150), keepAliveS: between(30, 1_200), power: "always-on" },
    delayScale,
    radio,
    powerKey: random.chance(0.9),
    quirks: QUIRKS.filter(() => random.chance(0.2)),
    flashBlocks: pick(FLASH_BLOCKS),
    driftPpm: between(-60, 60),
    tokenLifeS: pick(TOKEN_LIVES),
    commandEveryS: between(600, 3_600),
    steady: hours >= STEADY_FROM_H && random.chance(0.5),
  };
}
