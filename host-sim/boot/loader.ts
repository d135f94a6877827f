// ESP-IDF's boot loader with two slots and rollback (CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE), and what an image may say to it:
// bootloader_utility.c, bootloader_common.c, esp_ota_ops.c of v6.0. Both read and write the same two sectors of otadata, an entry
// each; the power may go at any byte of that.
//
//   entry: 0 sequence number · 4 label (20) · 24 state · 28 CRC-32 of the sequence number; little-endian

import { crc32 } from "../../firmware/bytes/crc32.js";
import type { ImageState } from "../../firmware/platform/update.js";
import type { NorFlash } from "../platform/nor-flash.js";

const ENTRY_BYTES = 32;
const STATE_AT = 24;
const CRC_AT = 28;
const UNSET = 0xffff_ffff;
/** esp_ota_img_states_t. */
const STATES = ["new", "pending", "valid", "invalid", "aborted"] as const;

interface Entry {
  seq: number;
  state: ImageState;
}

export interface BootLoaderOptions {
  /** Two sectors. */
  otadata: NorFlash;
  /** Whether a slot, 0 or 1, holds an image that can be started. */
  isWhole: (slot: number) => boolean;
}

export class BootLoader {
  readonly #otadata: NorFlash;
  readonly #isWhole: (slot: number) => boolean;

  constructor({ otadata, isWhole }: BootLoaderOptions) {
    this.#otadata = otadata;
    this.#isWhole = isWhole;
  }

  /**
   * The chip starts.
   * @returns the slot whose image runs; undefined: there is none, and the chip is a brick
   * @throws PowerCut
   */
  start(): number | undefined {
    // An image that had its one attempt and was not confirmed has none more.
    for (const place of [0, 1]) {
      const entry = this.#entry(place);
      if (entry?.state === "pending") this.#write(place, { ...entry, state: "aborted" });
    }
    const active = this.#active();
    const entry = active === undefined ? undefined : this.#entry(active);
    if (active === undefined || entry === undefined) return this.#firstWhole(0, true);
    if (entry.state === "new") this.#write(active, { ...entry, state: "pending" });
    return this.#firstWhole(slotOf(entry), false);
  }

  /** esp_ota_set_boot_partition: its own check first. @returns false: there is no whole image in that slot */
  setBoot(slot: number): boolean {
    if (!this.#isWhole(slot)) return false;
    const active = this.#active();
    const entry = active === undefined ? undefined : this.#entry(active);
    if (active === undefined || entry === undefined) this.#write(0, { seq: slot + 1, state: "new" });
    else if (slotOf(entry) === slot) this.#write(active, { ...entry, state: "new" });
    else this.#write(1 - active, { seq: nextFor(slot, entry.seq), state: "new" });
    return true;
  }

  /** esp_ota_get_state_partition. */
  state(slot: number): ImageState {
    for (const place of [0, 1]) {
      const entry = this.#entry(place);
      if (entry && slotOf(entry) === slot) return entry.state;
    }
    return "undefined";
  }

  /** esp_ota_mark_app_valid_cancel_rollback. */
  markValid(): void {
    this.#mark("valid");
  }

  /** esp_ota_mark_app_invalid_rollback. @returns false: there is no other image to go back to */
  markInvalid(): boolean {
    const active = this.#active();
    const other = active === undefined ? undefined : this.#entry(1 - active);
    if (other === undefined || !isStartable(other) || !this.#isWhole(slotOf(other))) return false;
    this.#mark("invalid");
    return true;
  }

  #mark(state: ImageState): void {
    const active = this.#active();
    const entry = active === undefined ? undefined : this.#entry(active);
    if (active !== undefined && entry && entry.state !== state) this.#write(active, { ...entry, state });
  }

  /** The place of the entry that counts: of those that can be started the one with the higher number. */
  #active(): number | undefined {
    const startable = [0, 1].filter((place) => isStartable(this.#entry(place)));
    startable.sort((a, b) => this.#entry(b)!.seq - this.#entry(a)!.seq);
    return startable[0];
  }

  /** From this slot downwards, then upwards; with otadata as it was delivered the choice is noted. */
  #firstWhole(slot: number, isNoted: boolean): number | undefined {
    const found = [slot, 1 - slot].find((one) => this.#isWhole(one));
    const isDelivered = [0, 1].every((place) => this.#entry(place) === undefined);
    if (found !== undefined && isNoted && isDelivered) this.#write(0, { seq: found + 1, state: "valid" });
    return found;
  }

  #entry(place: number): Entry | undefined {
    const bytes = this.#otadata.read(ENTRY_BYTES, place * this.#otadata.status().blockLength);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const seq = view.getUint32(0, true);
    if (seq === UNSET || view.getUint32(CRC_AT, true) !== crcOf(seq)) return undefined;
    return { seq, state: STATES[view.getUint32(STATE_AT, true)] ?? "undefined" };
  }

  /** rewrite_ota_seq, write_otadata: erased, then written. */
  #write(place: number, { seq, state }: Entry): void {
    const bytes = new Uint8Array(ENTRY_BYTES).fill(0xff);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, seq, true);
    if (state !== "undefined") view.setUint32(STATE_AT, STATES.indexOf(state), true);
    view.setUint32(CRC_AT, crcOf(seq), true);
    this.#otadata.eraseBlock(place);
    this.#otadata.write(bytes, place * this.#otadata.status().blockLength);
  }
}

const slotOf = ({ seq }: Entry) => (seq - 1) % 2;
const isStartable = (entry: Entry | undefined) =>
  entry !== undefined && entry.state !== "invalid" && entry.state !== "aborted";
/** compute_ota_seq_for_target_slot, for two slots. */
const nextFor = (slot: number, seq: number) => {
  const base = (slot + 1) % 2;
  return base + 2 * Math.ceil((seq - base) / 2);
};

/** esp_rom_crc32_le(UINT32_MAX, …). */
function crcOf(seq: number): number {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, seq, true);
  return crc32(bytes, 0xffff_ffff);
}
