// The 1NCE device with MQTT in WebSockets.

import { runOneNce } from "./one-nce.js";

runOneNce({ transport: "ws" }, 1);
