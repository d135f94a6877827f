// The 1NCE device as it is by default: over MQTT.

import { runOneNce } from "./one-nce.js";

runOneNce({}, 1);
