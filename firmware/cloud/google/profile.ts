// Google Cloud IoT Core (retired in August 2023) as a profile: the dialect that its heirs still speak.
// The token is the MQTT password, or goes with each HTTP request; the user name is ignored but must be there.

import { type JwtKey, jwtProfile } from "../own-key/profile.js";
import type { Plan } from "../plan.js";
import type { Profile, Topics } from "../profile.js";
import { topicsOfDevice } from "../topics.js";
import { type DeviceName, fullNameOf } from "./names.js";

export interface GoogleOptions {
  device: DeviceName;
  key: JwtKey;
  /** Trust anchors, DER. None is built in: the service is gone. */
  roots: readonly Uint8Array[];
  /** `https` publishes only; see bridge.ts. `mqtt` when left out. */
  transport?: "mqtt" | "https";
  /** `mqtt.googleapis.com` or `cloudiotdevice.googleapis.com` when left out. */
  host?: string;
  /** 8883 (443 is possible too), or 443 for `https`, when left out. */
  port?: number;
  /** Those of Google's dialect when left out. */
  topics?: Topics;
}

const GOOGLE_MQTT_HOST = "mqtt.googleapis.com";
const GOOGLE_HTTP_HOST = "cloudiotdevice.googleapis.com";
const MQTT_PORT = 8883;
const HTTPS_PORT = 443;
/** Ignored, but MQTT 3.1.1 knows no password without a user name [MQTT-3.1.2-22]. */
const USERNAME = "unused";

/** The profile `google`. @throws Failure `config` for a name that is none */
export function googleProfile(options: GoogleOptions): Profile {
  const { device, key, roots, transport = "mqtt", topics = topicsOfDevice(device.device) } = options;
  const mqtt = transport === "mqtt";
  const { host = mqtt ? GOOGLE_MQTT_HOST : GOOGLE_HTTP_HOST, port = mqtt ? MQTT_PORT : HTTPS_PORT } = options;
  const way: Omit<Plan, "credentials"> = { host, port, tls: { serverName: host, requireAlpn: false, roots } };
  const clientId = fullNameOf(device);
  return jwtProfile({
    name: "google",
    key,
    claims: { aud: device.project },
    way,
    credentials: (token) => ({ clientId, username: USERNAME, password: token }),
    topics,
  });
}
