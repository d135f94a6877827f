// The 1NCE device while an update comes: to the restart into its image. Records are rare, so that it is over before them.

import { runDevice } from "./device.js";

runDevice({ cloud: { name: "1nce" }, settings: { telemetryIntervalS: 120 } });
