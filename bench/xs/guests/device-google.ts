// A device that signs its own token for Google's dialect, by MQTT. Its P-256 key is in the key-value store.

import { runDevice } from "./device.js";
import { GOOGLE } from "./orders.js";

runDevice({ cloud: GOOGLE });
