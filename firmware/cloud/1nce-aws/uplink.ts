// What carries the messages of a 1NCE device, as its settings say: MQTT, over TLS or a WebSocket; HTTPS publish; or MQTT
// with HTTPS publish for the time in which MQTT cannot be had.

import type { MqttLimits } from "../../mqtt/limits.js";
import type { Log } from "../../platform/events.js";
import type { KeyValue } from "../../platform/storage.js";
import type { Config } from "../../settings/table.js";
import { fallbackUplink } from "../fallback-uplink.js";
import { httpsUplink } from "../https-uplink.js";
import { mqttUplink } from "../mqtt-uplink.js";
import type { UplinkFactory } from "../uplink.js";
import { awsBridge, httpsPlanOf } from "./bridge.js";

export interface OneNceUplinkOptions extends Pick<Config, "transport" | "publishForm" | "fallback" | "keepAliveS"> {
  /** What AWS IoT Core takes under 1NCE's policy. */
  limits: MqttLimits;
  /** Where a persistent session is kept; left out: it is clean. */
  keyValue?: KeyValue | undefined;
  log: Log;
}

/** Makes the uplinks of the profile `1nce`. The transport must be the profile's own: its plans are made for it. */
export function oneNceUplink(options: OneNceUplinkOptions): UplinkFactory {
  const { transport, publishForm, fallback, limits, keepAliveS, keyValue, log } = options;
  const https = httpsUplink({ bridge: (credentials) => awsBridge(credentials, publishForm), log });
  if (transport === "https") return https;
  const mqtt = mqttUplink({ limits, keepAliveS, keyValue });
  return fallback === "none" ? mqtt : fallbackUplink({ first: mqtt, second: https, secondPlan: httpsPlanOf, log });
}
