// A full device in Google's dialect, by HTTPS.

import { GOOGLE } from "../orders.js";
import { runFull } from "./device.js";

runFull({ cloud: GOOGLE, settings: { transport: "https" } });
