// What of a board updates stand on: two slots, their boot loader, the release keys. It outlives each restart.

import { sha256 } from "@noble/hashes/sha2.js";
import { es256 } from "../../firmware/jwt/p256.js";
import { Failure } from "../../firmware/platform/failure.js";
import type { Flash } from "../../firmware/platform/storage.js";
import type { UpdateKey, UpdatePlatform } from "../../firmware/platform/update.js";
import { NorFlash, writeAny } from "../platform/nor-flash.js";
import { type ImageContent, imageBytes, imageIn, imageOf } from "./image.js";
import { BootLoader } from "./loader.js";

/** The code of the image is small: a slot holds its largest with room for a packed one behind it. */
const SLOT_BLOCKS = 32;
const SECTOR_BYTES = 4_096;

export interface SlotsOptions {
  /** What the factory has put in. */
  image: ImageContent;
  /** Bytes of that; default 32 KB. */
  imageBytes?: number | undefined;
  keys: readonly UpdateKey[];
  /** Trust anchors that are built in, DER; see the setting `updateRoots`. */
  roots?: readonly Uint8Array[] | undefined;
  /** Sectors of a slot; default 32. */
  blocks?: number | undefined;
  blockLength?: number | undefined;
  random?: (() => number) | undefined;
  /** The chip has started an image: what it is, its bytes' digest, and whether it is its one attempt. */
  onStart?: ((image: ImageContent, digest: Uint8Array, isTrial: boolean) => void) | undefined;
  /** The image that runs was confirmed. */
  onConfirm?: ((image: ImageContent) => void) | undefined;
  /** Values that the board measures. */
  batteryPercent?: (() => number) | undefined;
  temperatureC?: (() => number) | undefined;
}

/** What the firmware of one life stands on, besides its slots. */
export interface SlotsLife {
  /** The flash as this life has it. */
  flash: (flash: NorFlash) => Flash;
  /** Runs what writes otadata: a power cut ends the life. */
  guarded: <T>(work: () => T) => T;
  /** The chip restarts by itself, because the image has asked for it. */
  restart: () => void;
}

export class Slots {
  readonly slots: readonly [NorFlash, NorFlash];
  readonly otadata: NorFlash;
  readonly loader: BootLoader;
  /** The image that was there first. */
  readonly factory: Uint8Array;
  /** There was a start at which there was nothing to start. */
  isBrick = false;
  readonly #options: SlotsOptions;
  /** Of the life that runs. */
  #running = 0;

  constructor(options: SlotsOptions) {
    const { blocks = SLOT_BLOCKS, blockLength = SECTOR_BYTES, random, image, imageBytes: bytes = 32_768 } = options;
    const noise = random && { random };
    this.#options = options;
    this.slots = [new NorFlash({ blocks, blockLength, ...noise }), new NorFlash({ blocks, blockLength, ...noise })];
    this.otadata = new NorFlash({ blocks: 2, blockLength, ...noise });
    this.loader = new BootLoader({
      otadata: this.otadata,
      isWhole: (slot) => imageIn(this.slots[slot]!) !== undefined,
    });
    this.factory = imageOf(image, bytes);
    writeAny(this.slots[0], this.factory, 0);
  }

  /** All flash that an update writes. */
  get flashes(): readonly NorFlash[] {
    return [...this.slots, this.otadata];
  }

  /** The power is back. */
  powerOn(): void {
    for (const flash of this.flashes) flash.powerOn();
  }

  /** The chip starts. @returns the image that runs; undefined: the chip is a brick @throws PowerCut */
  start(): ImageContent | undefined {
    const slot = this.loader.start();
    if (slot === undefined) {
      this.isBrick = true;
      return undefined;
    }
    this.#running = slot;
    const image = imageIn(this.slots[slot]!)!;
    this.#options.onStart?.(image, sha256(this.running), this.loader.state(slot) === "pending");
    return image;
  }

  /** Bytes of the image that runs. */
  get running(): Uint8Array {
    return imageBytes(this.slots[this.#running]!);
  }

  /** What the image that runs has. */
  platform(image: ImageContent, life: SlotsLife): UpdatePlatform {
    const { loader, slots } = this;
    const running = this.#running;
    const { batteryPercent, temperatureC, keys, roots } = this.#options;
    const { seq, version, board, chip, layout } = image;
    let curve: ReturnType<typeof es256> | undefined;
    return {
      running: life.flash(slots[running]!),
      target: life.flash(slots[1 - running]!),
      identity: { seq, version, board, chip, layout },
      keys: image.keys?.map(({ kid, point }) => ({ kid, point: fromHex(point) })) ?? keys,
      ...(roots && { roots }),
      ...(batteryPercent && { batteryPercent }),
      ...(temperatureC && { temperatureC }),
      state: () => loader.state(running),
      setBoot: () => {
        if (!life.guarded(() => loader.setBoot(1 - running))) {
          throw new Failure("update-boot", "there is no whole image in the other slot", "give-up");
        }
      },
      markValid: () => {
        life.guarded(() => loader.markValid());
        this.#options.onConfirm?.(image);
      },
      markInvalid: () => {
        if (!life.guarded(() => loader.markInvalid())) {
          throw new Failure("update-boot", "there is no other image to go back to", "give-up");
        }
        life.restart();
      },
      verify: (message, signature, point) => {
        curve ??= es256();
        return curve.verify(signature, message, point);
      },
      sha256: () => {
        const hash = sha256.create();
        return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
      },
    };
  }
}

const fromHex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
