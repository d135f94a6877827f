// Every point at which the power can go in one whole update, of each format and with an image that is undone again: before each
// write and each erase of slot, otadata and outbox and in the middle of it, and before each write of the key-value store.
// `SIMKEY_CUTS=100`: at so many points of each.

import { describe, expect, test } from "@jest/globals";
import type { FormatName } from "../../../firmware/update/manifest.js";
import type { Act } from "../../../host-sim/boot/acts.js";
import { imageOf } from "../../../host-sim/boot/image.js";
import type { NorFlash } from "../../../host-sim/platform/nor-flash.js";
import { ERASE_STEPS, PowerCut } from "../../../host-sim/platform/nor-flash.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { FAST } from "../../../host-sim/world/link.js";
import { HOUR, updating } from "../../support/updating.js";

const IMAGE_BYTES = 8_192;

/** Counts what is done to storage, and takes the power away at one point of it. */
class Cutter {
  /** Steps of each operation so far. */
  readonly steps: number[] = [];
  /** The operation and the step of it before which the power goes. */
  at: readonly [operation: number, step: number] | undefined;
  isOn = false;

  /** @returns after how many steps of the operation that begins the power goes; undefined: it does not */
  begins(steps: number): number | undefined {
    if (!this.isOn) return undefined;
    this.steps.push(steps);
    return this.at?.[0] === this.steps.length - 1 ? this.at[1] : undefined;
  }

  watch(flash: NorFlash): void {
    const { write, eraseBlock } = flash;
    const cut = (steps: number) => {
      const after = this.begins(steps);
      if (after !== undefined) flash.cutAfter(after);
    };
    flash.write = (bytes, offset) => {
      cut(bytes.length);
      write.call(flash, bytes, offset);
    };
    flash.eraseBlock = (block) => {
      cut(ERASE_STEPS);
      eraseBlock.call(flash, block);
    };
  }
}

/** A desk on which the power goes at one point of an update. */
function cutting(at?: readonly [operation: number, step: number]) {
  const cutter = new Cutter();
  cutter.at = at;
  const keyValue = new MemoryKeyValue();
  const { write, delete: remove } = keyValue;
  const atomic = (work: () => void) => {
    if (cutter.begins(1) === undefined) work();
    else {
      made.desk.unit.dip(3_000);
      throw new PowerCut();
    }
  };
  keyValue.write = (key, value) => atomic(() => write.call(keyValue, key, value));
  keyValue.delete = (key) => atomic(() => remove.call(keyValue, key));
  const made = updating({ board: { up: FAST, down: FAST, keyValue }, updates: { blocks: 4, imageBytes: IMAGE_BYTES } });
  for (const flash of [...made.desk.slots!.flashes, made.desk.flash]) cutter.watch(flash);
  return { ...made, cutter };
}

/** Plays one whole update. */
async function play(act: Act, format: FormatName, at?: readonly [operation: number, step: number]) {
  const { desk, told, lines, content, send, cutter } = cutting(at);
  desk.start();
  await desk.online();
  cutter.isOn = true;
  const next = content(2, act, { afterMs: 100 });
  send(desk.updates!.releaseOf(imageOf(next, IMAGE_BYTES), next, {}, { format, base: desk.slots!.running }), true);
  // What lost its power in its trial is tried again.
  const isLast = (line: string) => /confirmed|refused|rolled-back/.test(line) && !line.endsWith("update-power");
  const isOver = () => told.some(isLast);
  await desk.run(isOver, 12 * HOUR);
  // The last word arrives, too.
  await desk.run(() => desk.snapshot().outbox?.waiting === 0, HOUR);
  const { outbox } = desk.snapshot();
  return {
    told,
    lines,
    boots: desk.unit.boots,
    steps: cutter.steps,
    seq: desk.unit.image?.seq,
    outbox,
    isBrick: desk.slots!.isBrick,
  };
}

/** What becomes of an image, and how many operations and points there are: docs/updates.md says how many. */
const SCENES: readonly [act: Act, format: FormatName, last: string, seq: number, operations: number, points: number][] =
  [
    ["good", "image", "confirmed", 2, 43, 68],
    ["good", "deflate", "confirmed", 2, 50, 81],
    ["good", "delta", "confirmed", 2, 44, 72],
    ["sick", "image", "rolled-back", 1, 51, 82],
    ["crash", "image", "rolled-back", 1, 45, 70],
  ];

describe("the power that goes at any point of an update", () => {
  test.each(SCENES)(
    "leaves a device whole, and what comes of it the same: an image that is %s, as %s, is %s",
    async (act, format, last, seq, operations, count) => {
      const whole = await play(act, format);
      const isSo = (told: readonly string[]) => told.some((line) => line.startsWith(`2 ${last}`));
      expect(isSo(whole.told)).toBe(true);
      const each = Number(process.env.SIMKEY_CUTS ?? 2);
      const points = whole.steps.flatMap((steps, operation) => {
        const at = Array.from({ length: each }, (_, i) => Math.floor((i * steps) / each));
        return [...new Set(at)].map((step) => [operation, step] as const);
      });
      const wrong: string[] = [];
      for (const at of points) {
        const { told, seq: runs, outbox, isBrick, boots } = await play(act, format, at);
        const isGood = isSo(told) && runs === seq && !isBrick;
        const isWhole = outbox?.dropped === 0 && outbox.waiting === 0;
        // A cut as an image is given up is the restart that it waits for.
        if (!isGood || !isWhole || boots < whole.boots + (seq === 2 ? 1 : 0))
          wrong.push(`${at.join("/")}: ${boots} boots, release ${runs}, ${told.join(", ")}`);
      }
      expect(wrong).toEqual([]);
      if (each === 2) expect([whole.steps.length, points.length]).toEqual([operations, count]);
    },
    3_600_000,
  );
});
