// What an update stands on: two slots for images, the boot loader's word on them, and the checks that the chip does in C.
// Shaped after ESP-IDF's esp_ota_ops with CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE; absent where a board has one slot.

import type { Flash } from "./storage.js";

/**
 * What the boot loader holds of the image that runs (ESP-IDF, esp_ota_img_states_t):
 * - `new`: it was chosen and has not been started: the running one never is
 * - `pending`: this is its one attempt; whatever resets the chip before `markValid` brings the other image back
 * - `valid`: it was confirmed, or came over a cable
 * - `invalid`, `aborted`: it was undone, by itself or by a reset within its attempt
 * - `undefined`: nobody has said anything
 */
export type ImageState = "new" | "pending" | "valid" | "invalid" | "aborted" | "undefined";

/** A slot of the flash that holds an image. */
export type Slot = Flash;

/** A SHA-256 that grows (FIPS 180-4). */
export interface Digest {
  update(bytes: Uint8Array): void;
  /** 32 bytes; once, and the object is done with. */
  digest(): Uint8Array;
}

/** A public key that releases are signed by. */
export interface UpdateKey {
  /** The `kid` of a manifest: 1 to 32 letters, digits, `.`, `_`, `-`. */
  readonly kid: string;
  /** P-256, uncompressed point, 65 bytes. */
  readonly point: Uint8Array;
}

/** What an image is: built into it. */
export interface ImageIdentity {
  /** Number of the release, 0 or more; 0: it was never released, and any release may follow. */
  readonly seq: number;
  /** For people. */
  readonly version: string;
  /** Name of the board, of the chip (`esp32s3`) and of the partition layout: what a manifest must name. */
  readonly board: string;
  readonly chip: string;
  readonly layout: string;
}

export interface UpdatePlatform {
  /** The image that runs, from its first byte: a delta is applied to it. */
  readonly running: Pick<Slot, "read" | "status">;
  /** The slot that does not run: a new image goes there. */
  readonly target: Slot;
  readonly identity: ImageIdentity;
  /** Two: a release that one of them signed may bring another pair. To be read when they are needed, and not kept. */
  readonly keys: readonly UpdateKey[];
  /** Trust anchors of the build's own for the hosts of images, DER; see the setting `updateRoots`. */
  readonly roots?: readonly Uint8Array[] | undefined;
  /** Charge of the battery, 0 to 100; absent, or undefined: there is none, or it cannot be told. */
  batteryPercent?(): number | undefined;
  /** Of the chip or the board, in °C; the same. */
  temperatureC?(): number | undefined;
  /** Of the image that runs. */
  state(): ImageState;
  /**
   * Chooses the image in the target slot for the next start, as `new`. The boot loader's own check goes first.
   * @throws Failure `update-boot` when the image there is none it would start
   */
  setBoot(): void;
  /** The running image is confirmed: it stays. */
  markValid(): void;
  /** The running image is undone, and the chip restarts into the other one. Never returns on the chip. */
  markInvalid(): void;
  /**
   * Whether a signature holds: ES256 (RFC 7518 §3.4).
   * @param signature R ‖ S, 64 bytes
   * @param point uncompressed, 65 bytes
   */
  verify(message: Uint8Array, signature: Uint8Array, point: Uint8Array): boolean;
  sha256(): Digest;
}
