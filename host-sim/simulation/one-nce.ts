// The 1NCE device, as the virtual worlds of storm, bench and tests have it.

import { cloud } from "../../firmware/cloud/1nce-aws/cloud.js";
import type { CloudParts } from "../../firmware/cloud/cloud.js";
import type { Topics } from "../../firmware/cloud/profile.js";
import { CLOUDS } from "../../firmware/clouds.js";
import { type Composition, composeDevice } from "../../firmware/compose.js";
import type { Platform } from "../../firmware/platform/platform.js";

/** What may differ from device to device; profile and uplink too. */
export interface OneNceComposition extends Omit<Composition, keyof CloudParts>, Partial<CloudParts> {
  /** The topics of a client id; left out: 1NCE's, of which none is for a configuration. */
  topics?: ((clientId: string) => Topics) | undefined;
}

/** A device of 1NCE's on `platform`, not started yet. It is there at once: nothing is loaded for it. */
export function composeOneNce(platform: Platform, composition: OneNceComposition): ReturnType<typeof composeDevice> {
  const { config, topics = CLOUDS["1nce"].topics, ...rest } = composition;
  const row = { ...CLOUDS["1nce"], topics };
  return composeDevice(platform, { ...cloud({ name: "1nce" }, { config, platform }, row), config, ...rest });
}
