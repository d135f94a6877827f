// What a window does with a file that is whole: it is held against its digest, an image is made of it, and that is held
// against its own.
//
// Rules: what is ready is what was signed, byte for byte as it lies in flash; others have their turn after each sector; work
// whose window is over ends.

import { sameBytes } from "../bytes/equal.js";
import type { Flash } from "../platform/storage.js";
import type { CurrentUpdate } from "./current.js";
import { UpdateError } from "./error.js";
import { FORMATS } from "./formats.js";
import type { Manifest } from "./manifest.js";
import type { Reports } from "./reports.js";
import { fileOffset, overlaps, TRIES_MOST } from "./rules.js";
import { digestOf } from "./transfer.js";
import { Unpacking } from "./unpack.js";

/** For one window. */
export class ImageMaking {
  readonly #current: CurrentUpdate;
  readonly #reports: Reports;
  readonly #manifest: Manifest;
  readonly #isOpen: () => boolean;

  /** @param isOpen whether the window is not over */
  constructor(current: CurrentUpdate, reports: Reports, manifest: Manifest, isOpen: () => boolean) {
    this.#current = current;
    this.#reports = reports;
    this.#manifest = manifest;
    this.#isOpen = isOpen;
  }

  /**
   * Whether the image that runs is the one that a delta is for.
   * @returns false: the window was over before
   * @throws UpdateError `update-base`
   */
  async hasBase(): Promise<boolean> {
    const { base } = this.#manifest;
    if (base === undefined) return true;
    const { running } = this.#current.parts.update;
    const isThere = base.size <= running.status().size;
    const isBase = isThere && (await this.check([0, base.size], base.sha256, running));
    if (isBase === false) throw new UpdateError("update-base", "the delta is for another image than the one that runs");
    return isBase === true;
  }

  /**
   * The whole file is there: it is checked, and made an image of.
   * @throws UpdateError `update-base`, `update-format`, `update-size`, `update-flash`
   */
  async complete(): Promise<void> {
    const manifest = this.#manifest;
    const { memory, parts } = this.#current;
    const { size, blockLength } = parts.update.target.status();
    if (memory.record.stage === "fetching") {
      const at = fileOffset(manifest, size, blockLength);
      const isWhole = await this.check([at, manifest.length], manifest.fileSha256);
      if (isWhole === undefined) return;
      if (!isWhole) {
        this.again();
        return;
      }
      if (manifest.format === "image") {
        memory.change({ stage: "ready" });
        return;
      }
      // Where the image grows over the file, the file is held against its digest before each beginning.
      if (!overlaps(manifest, size, blockLength)) memory.change({ stage: "packed" });
    }
    if (memory.record.stage !== "ready") await this.unpack();
  }

  /** What came is not what was signed: all of it is fetched again, a few times. */
  private again(): void {
    const { memory } = this.#current;
    const tries = memory.record.tries + 1;
    const error = new UpdateError("update-digest", "what was fetched is not what was signed");
    memory.change({ tries, done: 0, etag: 0, overs: 0, toldPercent: 0 });
    if (tries >= TRIES_MOST) this.#reports.give(error);
  }

  private async unpack(): Promise<void> {
    const manifest = this.#manifest;
    const { memory, parts } = this.#current;
    const { target, running } = parts.update;
    if (!(await this.hasBase())) return;
    const { decoders } = parts;
    const decoder = decoders?.[manifest.format] ?? (await FORMATS[manifest.format]?.())?.decoder;
    if (decoder === undefined) throw new UpdateError("update-format", "the image that runs cannot unpack it");
    const unpacking = new Unpacking(manifest, target, running, decoder);
    while (this.#isOpen() && !unpacking.step()) await this.rest();
    if (!this.#isOpen()) return;
    const isWhole = await this.check([0, manifest.size], manifest.sha256);
    if (isWhole === undefined) return;
    if (!isWhole) throw new UpdateError("update-format", "the file makes another image than was signed for");
    memory.change({ stage: "ready" });
  }

  /** Whether a part of a slot has this digest; undefined: the window was over before. */
  private async check(
    part: readonly [at: number, length: number],
    digest: Uint8Array,
    flash: Pick<Flash, "read" | "status"> = this.#current.parts.update.target,
  ): Promise<boolean | undefined> {
    const { platform, update } = this.#current.parts;
    const found = await digestOf(flash, part, update.sha256(), () => this.rest());
    if (found === undefined) return undefined;
    const ok = sameBytes(found, digest);
    platform.log("info", "update-check", { ok, bytes: part[1] });
    return ok;
  }

  /** Lets others have their turn. @returns whether to go on */
  private rest(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#current.parts.platform.timer.set(() => resolve(this.#isOpen()), 0);
    });
  }
}
