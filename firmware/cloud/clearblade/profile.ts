// ClearBlade IoT Core: Google's dialect over MQTT, with its own hosts, roots and HTTP form (bridge.ts).
// It is strict where Google was lax: base64url without padding, which is what jwt/ writes, and the token's end is looked
// at with each packet, so a renewal must come before `exp`. CONNACK code 13 means any refusal without a code of its own.

import { type DeviceName, fullNameOf } from "../google/names.js";
import { type JwtKey, jwtProfile } from "../own-key/profile.js";
import type { Plan } from "../plan.js";
import type { Profile, Topics } from "../profile.js";
import { topicsOfDevice } from "../topics.js";
import { clearBladeRoots } from "./roots.js";

export interface ClearBladeOptions {
  /** `location` is one of ClearBlade's regions (us-central1, europe-west1, asia-east1) unless a host is given. */
  device: DeviceName;
  key: JwtKey;
  /** Trust anchors, DER; the built-in ones when left out. */
  roots?: readonly Uint8Array[];
  /** Host of the MQTT bridge; made of the location when left out. */
  host?: string;
  /** 8883 (443 is possible too), or 443 for HTTP, when left out. */
  port?: number;
  /** Left out: MQTT. Given: publishing by HTTP only. */
  http?: ClearBladeHttp;
  /** Those of Google's dialect when left out. */
  topics?: Topics;
}

/** ClearBlade's HTTP API of one registry. */
export interface ClearBladeHttp {
  host: string;
  /** Names the registry's system: part of the path, and the claim `sk`. */
  systemKey: string;
}

const MQTT_PORT = 8883;
const HTTPS_PORT = 443;
const USERNAME = "unused";
/** Claim `ut`, the type of user: a device. */
const USER_TYPE_DEVICE = 3;

/** The profile `clearblade`. @throws Failure `config` for a name that is none */
export function clearBladeProfile(options: ClearBladeOptions): Profile {
  const { device, key, http, roots = clearBladeRoots(), topics = topicsOfDevice(device.device) } = options;
  const { host = http?.host ?? `${device.location}-mqtt.clearblade.com`, port = http ? HTTPS_PORT : MQTT_PORT } =
    options;
  const way: Omit<Plan, "credentials"> = { host, port, tls: { serverName: host, requireAlpn: false, roots } };
  const clientId = fullNameOf(device);
  return jwtProfile({
    name: "clearblade",
    key,
    claims: {
      aud: device.project,
      extra: http && { sk: http.systemKey, uid: device.device, ut: USER_TYPE_DEVICE },
    },
    way,
    credentials: (token) => ({ clientId, username: USERNAME, password: token }),
    topics,
  });
}
