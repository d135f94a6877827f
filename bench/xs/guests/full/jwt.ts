// A full device with a key of its own.

import { BROKER } from "../orders.js";
import { runFull } from "./device.js";

runFull({ cloud: BROKER });
