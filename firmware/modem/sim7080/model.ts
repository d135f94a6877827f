// In what the models of the family differ (SIM7070_SIM7080_SIM7090 Series AT V1.07, one manual for all): a row each,
// in a folder each.

import type { Command } from "../at/command.js";
import type { Urc } from "../at/urc.js";
import { MODE, readRegistration, reportRegistration } from "./commands/network.js";
import { type Cell, readCell } from "./commands/signal.js";
import type { RatChoice } from "./config.js";
import { REGISTRATION_CHANGE, type UrcTarget } from "./urcs.js";

/** A kind of network that the modem registers with, and tells the state of. */
export interface Registration {
  /** Lets changes be told as URCs of `change`. */
  readonly report: Command<void>;
  /** <stat>, see REGISTRATION. */
  readonly read: Command<number>;
  readonly change: Urc<number, UrcTarget>;
}

/** One model. */
export interface Model {
  /** As it stands in the answer to AT+CGMM. */
  readonly name: string;
  /** AT+CNMP for each choice of technologies. */
  readonly modes: Readonly<Record<RatChoice, number>>;
  /** Any of them serves the device. */
  readonly registrations: readonly Registration[];
  /** AT+CPSI?, as this model's technologies answer it. */
  readonly readCell: Command<{ cell: Cell | undefined }>;
}

/** LTE-M and NB-IoT. */
export const SIM7080: Model = {
  name: "SIM7080",
  modes: { "LTE-M": MODE.lte, "NB-IoT": MODE.lte, both: MODE.lte, any: MODE.lte },
  registrations: [{ report: reportRegistration, read: readRegistration, change: REGISTRATION_CHANGE }],
  readCell,
};
