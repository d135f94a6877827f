// What brokers allow beyond the standard; firmware/clouds.ts says which cloud has which.

import { type MqttLimits, STANDARD_LIMITS } from "../mqtt/limits.js";
import { KEEP_ALIVE_S } from "../settings/rules.js";

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

/** AWS IoT Core under 1NCE's policy, which has no iot:RetainPublish. */
export const ONE_NCE_LIMITS: MqttLimits = { ...AWS_IOT_LIMITS, retain: false };

/**
 * Google Cloud IoT Core and its heirs (Cloud IoT "Quotas", "Publishing over the MQTT bridge"): QoS 2 closes; nothing is retained;
 * 256 KB an event, 100 a second; idle for 20 minutes closes whatever the keep-alive.
 */
export const GOOGLE_LIMITS: MqttLimits = {
  ...STANDARD_LIMITS,
  qos: 1,
  retain: false,
  payload: 256 * 1024,
  publishesPerSecond: 100,
  keepAlive: [30, 1_200],
};
