// Updates on the chip: its two slots, by ESP-IDF's boot loader, and the checks that mbedTLS does.

import { decodeBase64Url } from "../../../bytes/base64.js";
import { Failure } from "../../failure.js";
import type { ImageIdentity, ImageState, Slot, UpdateKey, UpdatePlatform } from "../../update.js";
import type { NativeUpdate } from "./update-native.js";

/** `config.simkey.update` of a build. */
export interface UpdateBuild {
  /** Number of the release, and its name for people; left out: it was never released. */
  seq?: number;
  version?: string;
  /** Public keys that releases are signed by, as JWKs with a `kid`; none: no update is taken. */
  keys: readonly { kid: string; x: string; y: string }[];
}

/** The partition table, manifests/esp32/partitions.csv, as `simkey release` calls it. */
export const LAYOUT = "4m";
/** Keys that an image has built in at the most. */
const KEYS_MAX = 2;
const COORDINATE_BYTES = 32;

/** Why the boot loader does not take an image, by simkey_slots_result in native/update/update-slots.h. */
const REFUSED: readonly string[] = [
  "",
  "there is no other slot",
  "the slot holds no whole image that the boot loader would start",
  "the image's secure version is below the chip's",
  "the image that runs is on trial itself",
  "the flash does not keep which image is to start",
];
const DONE = 0;
/** Nothing is said of the image that runs: it came over a cable, and there is nothing to confirm. */
const NOTHING_SAID = 1;

/** What there is of slots by their name in the SDK's flash module. */
type OpenSlot = (path: "running" | "nextota") => Slot | undefined;

/**
 * @param board its name in the table of boards
 * @returns undefined where no key is built in, or there is no second slot
 * @throws Failure `config` for keys that are none
 */
export function chipUpdate(
  build: UpdateBuild | undefined,
  board: string,
  chip: NativeUpdate,
  open: OpenSlot,
): UpdatePlatform | undefined {
  if (build === undefined || build.keys.length === 0 || !chip.areTwo()) return undefined;
  const keys = keysOf(build);
  const running = open("running");
  const target = open("nextota");
  if (running === undefined || target === undefined) return undefined;
  const { seq = 0, version = "" } = build;
  return new ChipUpdate({ seq, version, board, chip: chip.chip(), layout: LAYOUT }, keys, running, target, chip);
}

/** The keys that are built in. @throws Failure `config` */
function keysOf({ keys }: UpdateBuild): UpdateKey[] {
  if (keys.length > KEYS_MAX) throw unusable(`there are at most ${KEYS_MAX} of them`);
  return keys.map(({ kid, x, y }) => {
    const point = new Uint8Array(1 + 2 * COORDINATE_BYTES);
    point[0] = 4;
    point.set(coordinate(x, kid), 1);
    point.set(coordinate(y, kid), 1 + COORDINATE_BYTES);
    return { kid, point };
  });
}

function coordinate(text: string, kid: string): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = decodeBase64Url(text);
  } catch {
    // Told below.
  }
  if (bytes?.length === COORDINATE_BYTES) return bytes;
  throw unusable(`of ${kid}, x and y must be those of a JWK on P-256`);
}

const unusable = (what: string) => new Failure("config", `update.keys: ${what}`, "give-up");

class ChipUpdate implements UpdatePlatform {
  readonly identity: ImageIdentity;
  readonly keys: readonly UpdateKey[];
  readonly running: Slot;
  readonly target: Slot;
  readonly #chip: NativeUpdate;

  constructor(identity: ImageIdentity, keys: readonly UpdateKey[], running: Slot, target: Slot, chip: NativeUpdate) {
    this.identity = identity;
    this.keys = keys;
    this.running = running;
    this.target = target;
    this.#chip = chip;
  }
  state(): ImageState {
    return this.#chip.state() as ImageState;
  }
  setBoot(): void {
    const result = this.#chip.choose();
    if (result !== DONE) throw new Failure("update-boot", REFUSED[result] ?? "refused", "give-up");
  }
  markValid(): void {
    const result = this.#chip.confirm();
    if (result === DONE || result === NOTHING_SAID) return;
    throw new Failure("update-boot", REFUSED[result] ?? "refused", "back-off");
  }
  markInvalid(): void {
    this.#chip.undo();
  }
  verify(message: Uint8Array, signature: Uint8Array, point: Uint8Array): boolean {
    return this.#chip.verify(message, signature, point);
  }
  sha256() {
    return this.#chip.sha256();
  }
}
