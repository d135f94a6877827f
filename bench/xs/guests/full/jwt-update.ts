// A full device with a key of its own that gets an update.

import { BROKER } from "../orders.js";
import { runFull } from "./device.js";

runFull({ cloud: BROKER, isUpdated: true });
