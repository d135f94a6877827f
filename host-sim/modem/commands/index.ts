// The command table of the module: what is not in it is an unknown command.

import type { CommandTable } from "../command.js";
import { BEARER } from "./bearer.js";
import { CARD } from "./card.js";
import { CELL } from "./cell.js";
import { DATA_MODE } from "./data-mode.js";
import { FILES } from "./files.js";
import { GENERAL } from "./general.js";
import { GNSS } from "./gnss.js";
import { LOW_POWER } from "./low-power.js";
import { NETWORK } from "./network.js";
import { OWN_CLIENTS } from "./own-clients.js";
import { PDP } from "./pdp.js";
import { POWER } from "./power.js";
import { SOCKETS } from "./sockets.js";
import { TIME } from "./time.js";
import { TLS } from "./tls.js";

export const COMMANDS: CommandTable = {
  ...GENERAL,
  ...POWER,
  ...CARD,
  ...NETWORK,
  ...PDP,
  ...SOCKETS,
  ...TLS,
  ...TIME,
  ...LOW_POWER,
  ...DATA_MODE,
  ...GNSS,
  ...CELL,
  ...BEARER,
  ...FILES,
  ...OWN_CLIENTS,
};
