// The models that the driver knows, told apart by AT+CGMM. The only list of them.

import { GPRS_REGISTRATION } from "./sim7070/commands.js";
import { SIM7070 } from "./sim7070/model.js";
import { type Model, SIM7080 } from "./sim7080/model.js";
import { URCS, type UrcTable } from "./sim7080/urcs.js";

/** The first is what a modem is taken for whose name cannot be read. */
export const MODELS: readonly [Model, ...Model[]] = [SIM7080, SIM7070];

/** What any of them prints by itself: the channel reads before it is known which one it is. */
export const ALL_URCS: UrcTable = [...URCS, GPRS_REGISTRATION.change];
