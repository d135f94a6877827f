// Composes a whole device as ../compose.ts does, on a board with two slots, each of which keeps its last write alone.

import type { CloudOrder } from "../../../../firmware/cloud/cloud.js";
import { CLOUDS, cloudNamed, loadCloud } from "../../../../firmware/clouds.js";
import { composeDevice } from "../../../../firmware/compose.js";
import { BootRecord } from "../../../../firmware/device/boot-record.js";
import type { Device } from "../../../../firmware/device/device.js";
import type { Platform } from "../../../../firmware/platform/platform.js";
import type { Flash } from "../../../../firmware/platform/storage.js";
import { configure } from "../../../../firmware/settings/configure.js";
import { SLOT, TwoSlots } from "../two-slots.js";

class Slot implements Flash {
  #last: Uint8Array | undefined;
  read(length: number): Uint8Array {
    return this.#last?.length === length ? this.#last : new Uint8Array(length);
  }
  write(bytes: Uint8Array): void {
    this.#last = bytes;
  }
  eraseBlock(): void {}
  status() {
    return SLOT;
  }
}

/** A device of a cloud, not started yet. */
export async function compose(
  platform: Platform,
  order: CloudOrder,
  settings: Readonly<Record<string, unknown>>,
): Promise<Device> {
  const cloud = await loadCloud(order);
  const config = configure({ ...CLOUDS[cloudNamed(order.name)].settings, ...settings });
  const parts = cloud.partsFor({ config, platform });
  const restart = () => {
    host.print(JSON.stringify({ restarted: true }));
    host.end();
  };
  // Not a copy, which the device beside it does not have.
  Object.assign(platform, { update: new TwoSlots(new Slot(), new Slot()), restart });
  return composeDevice(platform, { config, ...parts, boot: new BootRecord(platform) }).device;
}
