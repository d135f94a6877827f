// Names of a device of Google Cloud IoT Core and of its heirs: full name, topics (Cloud IoT "Publishing over the MQTT bridge").

import { Failure } from "../../platform/failure.js";
import type { Topics } from "../profile.js";

/** A device in its registry. */
export interface DeviceName {
  project: string;
  location: string;
  registry: string;
  device: string;
}

/** Time service whose clock the token's rules were made for. */
export const GOOGLE_NTP_HOST = "time.google.com";

const PART = /^[A-Za-z0-9][A-Za-z0-9._:~+-]{0,254}$/;
/** First a letter, then 2 to 254 of letters, digits and `- . _ + ~ %`; not beginning with `goog`. */
const DEVICE = /^(?!goog)[A-Za-z][A-Za-z0-9._+~%-]{2,254}$/;

/**
 * The full name, which is the MQTT client id: projects/P/locations/R/registries/G/devices/D.
 * @throws Failure `config` for a part that is none
 */
export function fullNameOf({ project, location, registry, device }: DeviceName): string {
  for (const [name, value] of Object.entries({ project, location, registry })) {
    if (!PART.test(value)) throw new Failure("config", `"${value}" is no ${name}`, "give-up");
  }
  if (!DEVICE.test(device)) throw new Failure("config", `"${device}" is no device id`, "give-up");
  return `projects/${project}/locations/${location}/registries/${registry}/devices/${device}`;
}

/** All topics begin with a slash. Commands can be subscribed to only with the wildcard; there is no topic of answers. */
export function googleTopicsOf(device: string): Topics {
  const base = `/devices/${device}`;
  return {
    telemetry: `${base}/events`,
    commands: `${base}/commands/#`,
    responses: `${base}/events/responses`,
    config: `${base}/config`,
    state: `${base}/state`,
  };
}
