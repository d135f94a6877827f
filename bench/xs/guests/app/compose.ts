// Composes a whole device as ../compose.ts does, with an app of its own that does and says nothing.

import type { CloudOrder } from "../../../../firmware/cloud/cloud.js";
import { CLOUDS, cloudNamed, loadCloud } from "../../../../firmware/clouds.js";
import { composeDevice } from "../../../../firmware/compose.js";
import { BootRecord } from "../../../../firmware/device/boot-record.js";
import type { Device } from "../../../../firmware/device/device.js";
import type { Platform } from "../../../../firmware/platform/platform.js";
import { configure } from "../../../../firmware/settings/configure.js";
import * as app from "./silent.js";

/** A device of a cloud, not started yet. */
export async function compose(
  platform: Platform,
  order: CloudOrder,
  settings: Readonly<Record<string, unknown>>,
): Promise<Device> {
  const cloud = await loadCloud(order);
  const config = configure({ ...CLOUDS[cloudNamed(order.name)].settings, ...settings });
  const parts = cloud.partsFor({ config, platform });
  return composeDevice(platform, { config, app, ...parts, boot: new BootRecord(platform) }).device;
}
