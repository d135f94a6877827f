// The topics of a device by the forms that clouds have; firmware/clouds.ts says which cloud has which.

import type { Topics } from "./profile.js";

/** Topics that begin with the device's own name. 1NCE's policy allows only those below `<iccid>/`. */
export function topicsBelow(base: string): Topics {
  return {
    telemetry: `${base}/telemetry`,
    commands: `${base}/commands/#`,
    responses: `${base}/responses`,
    update: `${base}/update`,
    updateState: `${base}/update/state`,
  };
}

/**
 * Google Cloud IoT Core's topics ("Publishing over the MQTT bridge"), all of which begin with a slash. Commands can be subscribed
 * to only with the wildcard; there is no topic of answers.
 */
export function topicsOfDevice(device: string): Topics {
  const base = `/devices/${device}`;
  return {
    telemetry: `${base}/events`,
    commands: `${base}/commands/#`,
    responses: `${base}/events/responses`,
    config: `${base}/config`,
    state: `${base}/state`,
  };
}
