// Google Cloud IoT Core's dialect, as the table of clouds has it. The order says who the device is, where the heir of
// that service is, and whom to trust there.

import { type KeyCloud, keyFor, lacking, needed, rootsFor, sessionStore } from "../cloud.js";
import { httpsUplink } from "../https-uplink.js";
import { mqttUplink } from "../mqtt-uplink.js";
import { googleBridge } from "./bridge.js";
import { googleProfile } from "./profile.js";

export const cloud: KeyCloud = (order, given, { limits, topics }, key) => {
  const device = needed(order, "project", "location", "registry", "device");
  const roots = rootsFor(order, given);
  if (roots === undefined) throw lacking(order, ["roots"]);
  const { host, port } = order;
  const { transport, keepAliveS } = given.config;
  const https = transport === "https";
  const profile = googleProfile({
    device,
    key: keyFor(order, key),
    roots,
    transport: https ? "https" : "mqtt",
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    topics: topics(device.device),
  });
  const uplink = https
    ? httpsUplink({ bridge: (credentials) => googleBridge(device, credentials), log: given.platform.log })
    : mqttUplink({ limits, keepAliveS, keyValue: sessionStore(given) });
  return { profile, uplink };
};
