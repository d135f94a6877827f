// Packed updates. Where the slot does not hold file and image beside each other, the image grows over what of the file has been
// read. The power goes at each erase of the slot, in its middle.

import { describe, expect, test } from "@jest/globals";
import { imageOf } from "../../../host-sim/boot/image.js";
import { manifestFor } from "../../../host-sim/cloud/updates/release.js";
import { ERASE_STEPS } from "../../../host-sim/platform/nor-flash.js";
import { RELEASE_KEYS } from "../../../host-sim/simulation/virtual-updates.js";
import { deflated } from "../../../host-sim/update/files.js";
import { FAST } from "../../../host-sim/world/link.js";
import { base64Url, sha256 } from "../../support/updates.js";
import { HOUR, updating } from "../../support/updating.js";

const BLOCKS = 4;
/** Three sectors; what it is packed into has as many, as it does not pack. */
const IMAGE_BYTES = 12_000;

/** @param cut at which erase of the slot the power goes, and after how many of its steps */
async function play(cut?: readonly [erase: number, step: number]) {
  const { desk, told, served, content } = updating({
    board: { up: FAST, down: FAST },
    updates: { blocks: BLOCKS, imageBytes: 8_192 },
  });
  const [, slot] = desk.slots!.flashes;
  const { eraseBlock } = slot!;
  let erases = 0;
  slot!.eraseBlock = (block) => {
    if (erases++ === cut?.[0]) slot!.cutAfter(cut[1]);
    eraseBlock.call(slot, block);
  };
  desk.start();
  await desk.online();
  const next = content(2);
  const image = imageOf(next, IMAGE_BYTES);
  const file = deflated(image);
  const { seq, version, board, chip, layout } = next;
  const packed = { format: "deflate", fileSha256: base64Url(sha256(file)), length: file.length };
  const release = { seq, version, board, chip, layout, url: desk.updates!.files.put("/2/packed", file), ...packed };
  desk.updates!.send(desk.iccid, manifestFor(image, release, RELEASE_KEYS[0]), true);
  await desk.run(() => told.some((line) => /confirmed|refused|rolled-back/.test(line)), 12 * HOUR);
  return { told, erases, fetched: served.filter(({ from }) => from === 0).length, seq: desk.unit.image?.seq };
}

describe("an image that grows over its file", () => {
  test("is made, and fetched once", async () => {
    const { told, erases, fetched, seq } = await play();
    expect(told.at(-1)).toBe("2 confirmed");
    expect([erases, fetched, seq]).toEqual([6, 1, 2]);
  });

  test("is made whenever the power goes: what was grown over is fetched again", async () => {
    const fetches: number[] = [];
    for (let erase = 0; erase < 6; erase++) {
      const { told, fetched, seq } = await play([erase, ERASE_STEPS / 2]);
      expect([erase, told.at(-1), seq]).toEqual([erase, "2 confirmed", 2]);
      fetches.push(fetched);
    }
    // The image's first sector lies before the file, the second one over its begin.
    expect(fetches.slice(3)).toEqual([1, 2, 2]);
  });
});

describe("a patch", () => {
  test.each([
    ["another image", 8_192],
    ["more than the slot has", BLOCKS * 4_096 + 1],
  ])("for %s than the one that runs is refused before a byte of it is fetched", async (_what, baseSize) => {
    const { desk, told, served, content } = updating({ updates: { blocks: BLOCKS, imageBytes: 8_192 } });
    desk.start();
    await desk.online();
    const next = content(2);
    const image = imageOf(next, 8_192);
    const file = deflated(image);
    const { seq, version, board, chip, layout } = next;
    const packed = { format: "delta", fileSha256: base64Url(sha256(file)), length: file.length };
    const base = { baseSha256: base64Url(sha256(image)), baseSize };
    const url = desk.updates!.files.put("/2/packed", file);
    const release = { seq, version, board, chip, layout, url, ...packed, ...base };
    desk.updates!.send(desk.iccid, manifestFor(image, release, RELEASE_KEYS[0]));
    await desk.run(() => told.some((line) => line.includes("refused")), HOUR);
    expect(told.at(-1)).toBe("2 refused update-base");
    expect(served).toEqual([]);
  });
});

test("a retained manifest that is taken back is nothing", async () => {
  const { desk, told, lines } = updating();
  desk.start();
  await desk.online();
  desk.updates!.send(desk.iccid, "", true);
  await desk.run(HOUR);
  expect(told).toEqual([]);
  expect(lines.filter((line) => line.includes(" failure "))).toEqual([]);
});
