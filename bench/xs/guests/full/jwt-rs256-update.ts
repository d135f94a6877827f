// The same with an RSA key.

import { BROKER } from "../orders.js";
import { runFull } from "./device.js";

runFull({ cloud: { ...BROKER, alg: "RS256" }, isUpdated: true });
