// Short messages, and the module's own clients for HTTP, FTP and MQTT: what other drivers use, and ours does not.

import type { CommandTable } from "../command.js";
import { FTP } from "./ftp.js";
import { HTTP } from "./http.js";
import { MQTT } from "./mqtt.js";
import { SMS } from "./sms.js";

export const OWN_CLIENTS: CommandTable = { ...SMS, ...HTTP, ...FTP, ...MQTT };
