// Updates on the chip: its two slots, by ESP-IDF's boot loader, and the checks that mbedTLS does.

import { readBuild, type UpdateBuild } from "../../../update/build.js";
import { Failure } from "../../failure.js";
import type { ImageIdentity, ImageState, Slot, UpdateKey, UpdatePlatform } from "../../update.js";
import type { NativeUpdate } from "./update-native.js";

/** The partition table, manifests/esp32/partitions.csv, as `simkey release` calls it. */
export const LAYOUT = "4m";

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

/** Opens a slot by its name in the SDK's flash module. */
type OpenSlot = (path: "running" | "nextota") => Slot | undefined;

/**
 * @param board its name in the table of boards
 * @returns undefined where no key is built in, or there is no second slot
 * @throws Failure `config` for a build that says what is not
 */
export function chipUpdate(
  build: UpdateBuild | undefined,
  board: string,
  chip: NativeUpdate,
  open: OpenSlot,
): UpdatePlatform | undefined {
  if (build === undefined || build.keys.length === 0 || !chip.areTwo()) return undefined;
  const { seq, version } = readBuild(build);
  const running = open("running");
  const target = open("nextota");
  if (running === undefined || target === undefined) return undefined;
  const identity = { seq, version, board, chip: chip.chip(), layout: LAYOUT };
  return new ChipUpdate({ identity, running, target }, build, chip);
}

type Fixed = Pick<UpdatePlatform, "identity" | "running" | "target">;

class ChipUpdate implements UpdatePlatform {
  readonly identity: ImageIdentity;
  readonly running: Fixed["running"];
  readonly target: Slot;
  readonly verify: UpdatePlatform["verify"];
  readonly #build: UpdateBuild;
  readonly #chip: NativeUpdate;

  constructor({ identity, running, target }: Fixed, build: UpdateBuild, chip: NativeUpdate) {
    this.identity = identity;
    this.#build = build;
    this.running = running;
    this.target = target;
    this.#chip = chip;
    // The runner hands it on by itself.
    this.verify = chip.verify;
  }
  /** Made of the build's text, which lies in flash, when they are asked for: they are seldom, and would be memory for good. */
  get keys(): readonly UpdateKey[] {
    return readBuild(this.#build).keys;
  }
  get roots(): UpdatePlatform["roots"] {
    return readBuild(this.#build).roots;
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
  sha256() {
    return this.#chip.sha256();
  }
}
