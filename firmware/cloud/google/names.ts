// Names of a device of Google Cloud IoT Core and of its heirs: the full name (Cloud IoT "Publishing over the MQTT bridge").

import { Failure } from "../../platform/failure.js";

/** A device in its registry. */
export interface DeviceName {
  project: string;
  location: string;
  registry: string;
  device: string;
}

const isPart = (text: string) => /^[A-Za-z0-9][A-Za-z0-9._:~+-]{0,254}$/.test(text);
/** First a letter, then 2 to 254 of letters, digits and `- . _ + ~ %`; not beginning with `goog`. */
const isDevice = (text: string) => /^(?!goog)[A-Za-z][A-Za-z0-9._+~%-]{2,254}$/.test(text);

/**
 * The full name, which is the MQTT client id: projects/P/locations/R/registries/G/devices/D.
 * @throws Failure `config` for a part that is none
 */
export function fullNameOf({ project, location, registry, device }: DeviceName): string {
  for (const [name, value] of Object.entries({ project, location, registry })) {
    if (!isPart(value)) throw new Failure("config", `"${value}" is no ${name}`, "give-up");
  }
  if (!isDevice(device)) throw new Failure("config", `"${device}" is no device id`, "give-up");
  return `projects/${project}/locations/${location}/registries/${registry}/devices/${device}`;
}
