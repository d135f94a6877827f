// Composes a whole device as ../compose.ts does, on a board with two slots. What the chip does in C takes nothing of XS's heap
// there, and so does nothing here: a slot that keeps its last write alone, a signature that holds, the digest that is wanted.

import type { CloudOrder } from "../../../../firmware/cloud/cloud.js";
import { CLOUDS, cloudNamed, loadCloud } from "../../../../firmware/clouds.js";
import { composeDevice } from "../../../../firmware/compose.js";
import { BootRecord } from "../../../../firmware/device/boot-record.js";
import type { Device } from "../../../../firmware/device/device.js";
import type { Platform } from "../../../../firmware/platform/platform.js";
import type { Flash } from "../../../../firmware/platform/storage.js";
import type { UpdatePlatform } from "../../../../firmware/platform/update.js";
import { configure } from "../../../../firmware/settings/configure.js";

const STATUS = { size: 1_835_008, blockLength: 4_096, blocks: 448, writeAlign: 16, eraseValue: 0xff };

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
    return STATUS;
  }
}

class Board implements UpdatePlatform {
  readonly running = new Slot();
  readonly target = new Slot();
  readonly identity = { seq: 1, version: "1.0.0", board: "esp32-breakout", chip: "esp32", layout: "4m" };
  /** Made when they are asked for, as the chip makes them. */
  get keys() {
    return ["release-1", "release-2"].map((kid) => ({ kid, point: new Uint8Array(65) }));
  }
  state() {
    return "valid" as const;
  }
  setBoot(): void {}
  markValid(): void {}
  markInvalid(): void {}
  verify(): boolean {
    return true;
  }
  sha256() {
    return { update: () => {}, digest: () => new Uint8Array(32) };
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
  Object.assign(platform, { update: new Board(), restart });
  return composeDevice(platform, { config, ...parts, boot: new BootRecord(platform) }).device;
}
