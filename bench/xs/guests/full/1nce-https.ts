// A full 1NCE device by HTTPS.

import { runFull } from "./device.js";

runFull({ cloud: { name: "1nce" }, settings: { transport: "https" } });
