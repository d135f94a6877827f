// The SIM7070: as the SIM7080, and 2G.

import { MODE } from "../sim7080/commands/network.js";
import { type Model, SIM7080 } from "../sim7080/model.js";
import { GPRS_REGISTRATION, readAnyCell } from "./commands.js";

/** LTE-M, NB-IoT and 2G. */
export const SIM7070: Model = {
  ...SIM7080,
  name: "SIM7070",
  modes: { ...SIM7080.modes, any: MODE.automatic },
  registrations: [...SIM7080.registrations, GPRS_REGISTRATION],
  readCell: readAnyCell,
};
