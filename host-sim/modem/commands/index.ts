// The command table of the module: what is not in it is an unknown command.

import type { CommandTable } from "../command.js";
import { CARD } from "./card.js";
import { GENERAL } from "./general.js";
import { NETWORK } from "./network.js";
import { PDP } from "./pdp.js";
import { POWER } from "./power.js";
import { SOCKETS } from "./sockets.js";
import { TIME } from "./time.js";

export const COMMANDS: CommandTable = { ...GENERAL, ...POWER, ...CARD, ...NETWORK, ...PDP, ...SOCKETS, ...TIME };
