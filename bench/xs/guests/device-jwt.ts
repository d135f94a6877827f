// A device that signs its own token for a broker. Its key is in the key-value store.

import { runDevice } from "./device.js";
import { BROKER } from "./orders.js";

runDevice({ cloud: BROKER });
