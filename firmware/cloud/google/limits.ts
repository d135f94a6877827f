// What Google Cloud IoT Core and its heirs allow beyond the standard (Cloud IoT "Quotas", "Publishing over the MQTT bridge").

import { type MqttLimits, STANDARD_LIMITS } from "../../mqtt/limits.js";

/** QoS 2 closes; nothing is retained; 256 KB an event, 100 a second; idle for 20 minutes closes whatever the keep-alive. */
export const GOOGLE_LIMITS: MqttLimits = {
  ...STANDARD_LIMITS,
  qos: 1,
  retain: false,
  payload: 256 * 1024,
  publishesPerSecond: 100,
  keepAlive: [30, 1_200],
};
