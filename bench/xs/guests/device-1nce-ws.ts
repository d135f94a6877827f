// The 1NCE device with MQTT in WebSockets.

import { runDevice } from "./device.js";

runDevice({ cloud: { name: "1nce" }, settings: { transport: "ws" } });
