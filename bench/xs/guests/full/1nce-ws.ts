// A full 1NCE device, MQTT in WebSockets.

import { runFull } from "./device.js";

runFull({ cloud: { name: "1nce" }, settings: { transport: "ws" } });
