// The slots of the emulated chip: ESP-IDF's boot loader, which starts one of them, and what the firmware does with them (as
// firmware/platform/moddable/esp32/update.ts).

import { createHash } from "node:crypto";
import { es256 } from "../../../dist/firmware/jwt/p256.js";
import { Failure } from "../../../dist/firmware/platform/failure.js";
import { readBuild } from "../../../dist/firmware/update/build.js";
import { BootLoader } from "../../../dist/host-sim/boot/loader.js";
import { textIn } from "./flash.js";

const HEAD = { bytes: 24, magic: 0xe9 };
const NAMES = ["ota_0", "ota_1"];
const IDENTITY = { board: "esp32c3-breakout", chip: "esp32c3", layout: "4m" };

/** What is in a slot, as the build put it there; undefined: nothing that can be started. */
function imageIn(slot) {
  if (slot.read(1, 0)[0] !== HEAD.magic) return undefined;
  const text = textIn(slot, HEAD.bytes);
  try {
    return JSON.parse(text.slice(text.indexOf("{")));
  } catch {
    return undefined;
  }
}

export class ChipSlots {
  #slots;
  #loader;

  /** @param flash a ChipFlash */
  constructor(flash) {
    this.#slots = NAMES.map((name) => flash.partition(name));
    const otadata = flash.partition("otadata");
    this.#loader = new BootLoader({ otadata, isWhole: (slot) => imageIn(this.#slots[slot]) !== undefined });
    const isNew = [0, 1].every((slot) => this.#loader.state(slot) === "undefined");
    if (isNew && textIn(otadata) !== "otadata") throw new Error("no otadata where the table says");
  }

  /** The chip starts. @returns `image`, which runs, and the slot that it is in */
  start() {
    const slot = this.#loader.start();
    if (slot === undefined) throw new Error("no slot has an image");
    return { image: imageIn(this.#slots[slot]), slot };
  }

  /** What the firmware in a slot has of updates; undefined: its build says nothing. */
  platform({ image, slot }, restart) {
    const { update } = image.config.simkey;
    if (update === undefined) return undefined;
    const { seq, version, keys, roots } = readBuild(update);
    return {
      ...{
        running: this.#slots[slot],
        target: this.#slots[1 - slot],
        identity: { seq, version, ...IDENTITY },
        keys,
        roots,
      },
      state: () => this.#loader.state(slot),
      setBoot: () => {
        if (!this.#loader.setBoot(1 - slot)) throw new Failure("update-boot", "no whole image", "give-up");
      },
      markValid: () => this.#loader.markValid(),
      markInvalid: () => {
        this.#loader.markInvalid();
        restart();
      },
      verify: (message, signature, point) => es256().verify(signature, message, point),
      sha256: () => {
        const hash = createHash("sha256");
        return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) };
      },
    };
  }
}
