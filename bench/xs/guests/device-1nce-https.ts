// The 1NCE device that publishes by HTTPS, where no command reaches it.

import { runDevice } from "./device.js";

runDevice({ cloud: { name: "1nce" }, settings: { transport: "https" }, commands: 0 });
