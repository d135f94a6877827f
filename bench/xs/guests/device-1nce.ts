// The 1NCE device as it is by default: over MQTT.

import { runDevice } from "./device.js";

runDevice({ cloud: { name: "1nce" } });
