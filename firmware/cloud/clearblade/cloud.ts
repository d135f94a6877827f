// ClearBlade IoT Core, as the table of clouds has it. The order says who the device is; by HTTPS, where the API is
// and by which key.

import { type KeyCloud, keyFor, needed, rootsFor, sessionStore } from "../cloud.js";
import { httpsUplink } from "../https-uplink.js";
import { mqttUplink } from "../mqtt-uplink.js";
import { clearBladeBridge } from "./bridge.js";
import { clearBladeProfile } from "./profile.js";

export const cloud: KeyCloud = (order, given, { limits, topics }, key) => {
  const device = needed(order, "project", "location", "registry", "device");
  const { host, port } = order;
  const { transport, keepAliveS } = given.config;
  const roots = rootsFor(order, given);
  const http = transport === "https" ? needed(order, "host", "systemKey") : undefined;
  const profile = clearBladeProfile({
    device,
    key: keyFor(order, key),
    ...(roots && { roots }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(http && { http }),
    topics: topics(device.device),
  });
  const uplink = http
    ? httpsUplink({
        bridge: (credentials) => clearBladeBridge(device.device, http.systemKey, credentials),
        log: given.platform.log,
      })
    : mqttUplink({ limits, keepAliveS, keyValue: sessionStore(given) });
  return { profile, uplink };
};
