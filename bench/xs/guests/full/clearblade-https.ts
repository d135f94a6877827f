// A full ClearBlade device, by HTTPS.

import { CLEARBLADE } from "../orders.js";
import { runFull } from "./device.js";

runFull({ cloud: CLEARBLADE, settings: { transport: "https" } });
