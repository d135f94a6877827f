// What a record costs a device that is online: the 1NCE device sends one each ten seconds, and nothing else is asked of it.
// Measured is all that it does between two acknowledgements: the sample, the outbox, MQTT, the modem's line, and the log.

import { board } from "./board.js";
import { compose } from "./compose.js";

const INTERVAL_S = 10;
/** Records before the first that counts, and those that do. */
const WARM = 3;
const COUNTED = 8;

let acked = 0;
let began = 0;

function onAcked(): void {
  acked++;
  if (acked === WARM) began = host.meter();
  if (acked !== WARM + COUNTED) return;
  host.print(JSON.stringify({ work: "a record", instructions: Math.round((host.meter() - began) / COUNTED) }));
  host.end();
}

const platform = board((event) => {
  if (event === "acked") onAcked();
});
compose(platform, { name: "1nce" }, { telemetryIntervalS: INTERVAL_S }).then(
  (device) => device.start(),
  (error) => {
    host.print(JSON.stringify({ fault: String(error) }));
    host.end();
  },
);
