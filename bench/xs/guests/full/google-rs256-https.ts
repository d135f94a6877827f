// The same with an RSA key.

import { GOOGLE } from "../orders.js";
import { runFull } from "./device.js";

runFull({ cloud: { ...GOOGLE, alg: "RS256" }, settings: { transport: "https" } });
