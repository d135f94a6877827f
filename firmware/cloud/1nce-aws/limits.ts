// What AWS IoT Core allows beyond the standard.

import type { MqttLimits } from "../../mqtt/limits.js";
import { KEEP_ALIVE_S } from "../../settings/rules.js";

/** AWS IoT Core (its developer guide, "AWS IoT Core endpoints and quotas" and "MQTT"). */
export const AWS_IOT_LIMITS: MqttLimits = {
  qos: 1,
  retain: true,
  payload: 128 * 1024,
  topic: 256,
  slashes: 7,
  clientId: 128,
  filters: 8,
  subscriptions: 50,
  inFlight: 100,
  publishesPerSecond: 100,
  keepAlive: KEEP_ALIVE_S,
  connectIntervalMs: 1000,
  // A custom authorizer's `disconnectAfterInSeconds` is a day at most.
  connectionLifeMs: (24 * 60 - 10) * 60_000,
};
