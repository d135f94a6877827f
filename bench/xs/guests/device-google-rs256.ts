// The same whose key is an RSA key of 2048 bits.

import { runDevice } from "./device.js";
import { GOOGLE } from "./orders.js";

runDevice({ cloud: { ...GOOGLE, alg: "RS256" } });
