// Options of the simulated modem, and what holds where one is left out.

import type { Faults } from "./faults.js";
import type { Network } from "./network.js";

/** Which model it is: the SIM7070 has 2G besides. */
export type ModelName = "SIM7080" | "SIM7070";

/** What may differ from modem to modem. */
export interface Sim7080Options {
  /** Default SIM7080. */
  model?: ModelName | undefined;
  /** Number of the SIM in the slot (host-sim/world/sims.ts); null: the slot is empty. Default SIM 1. */
  sim?: number | null | undefined;
  /** Every delay comes from it: the same seed and inputs give the same actions. Default 1. */
  seed?: number | undefined;
  /** 1: realistic delays (default), 0: none, anything between or above. PWRKEY's hold times are not scaled. */
  delayScale?: number | undefined;
  /** True: it has been on and registered for long when time begins. Default false: off. */
  poweredOn?: boolean | undefined;
  /** AT+IPR as saved: 0 follows the host's speed (and prints no RDY), else bits per second. Default 115200. */
  baud?: number | undefined;
  /** What AT+GMR tells behind `Revision:`. Default 1951B16 and the model. */
  firmware?: string | undefined;
  /** What AT+CGMM tells. Default SIMCOM_ and the model with a G behind; some firmware leaves the G out. */
  identity?: string | undefined;
  /** IMEI, 15 digits. Default: made from the seed. */
  imei?: string | undefined;
  network?: Partial<Network> | undefined;
  faults?: Faults | undefined;
}

export const DEFAULT_BAUD = 115_200;
export const DEFAULT_MODEL: ModelName = "SIM7080";
export const DEFAULT_BUILD = "1951B16";
