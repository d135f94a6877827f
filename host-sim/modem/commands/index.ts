// The command table of the module: what is not in it is an unknown command.

import type { CommandTable } from "../command.js";
import { BEARER } from "./bearer.js";
import { CARD } from "./card.js";
import { CELL } from "./cell.js";
import { DATA_MODE } from "./data-mode.js";
import { FILES } from "./files.js";
import { FTP } from "./ftp.js";
import { GENERAL } from "./general.js";
import { GNSS } from "./gnss.js";
import { HTTP } from "./http.js";
import { LOW_POWER } from "./low-power.js";
import { MQTT } from "./mqtt.js";
import { NETWORK } from "./network.js";
import { PDP } from "./pdp.js";
import { POWER } from "./power.js";
import { SMS } from "./sms.js";
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
  ...SMS,
  ...FILES,
  ...HTTP,
  ...FTP,
  ...MQTT,
};
