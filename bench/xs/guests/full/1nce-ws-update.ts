// A full 1NCE device that gets an update.

import { runFull } from "./device.js";

runFull({ cloud: { name: "1nce" }, settings: { transport: "ws" }, isUpdated: true });
