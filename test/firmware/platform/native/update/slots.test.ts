// The C of the slots on a fake ESP-IDF (test/support/fake-idf): lives of a chip, one process each, on a flash that is a file. Its
// boot loader, otadata and esp_ota_ops are told after ESP-IDF's own.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { describeWith } from "../../../../support/peers.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const fake = join(root, "test/support/fake-idf");
const update = join(root, "firmware/platform/native/update");
const program = join(root, "build/update-slots-test");
const CHECKED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const [DONE, NONE, NO_IMAGE, TOO_OLD, ON_TRIAL, FLASH] = [0, 1, 2, 3, 4, 5];
const BLANK = -1;
const ENDLESS = -1;
/** Exit code of a life that ended with a restart. */
const RESTARTED = 9;

describeWith("cc", "the slots of a chip", () => {
  const folder = mkdtempSync(join(tmpdir(), "simkey-slots-"));
  const flash = join(folder, "flash");
  beforeAll(() => {
    mkdirSync(join(root, "build"), { recursive: true });
    const sources = [join(fake, "update-slots-test.c"), join(update, "update-slots.c")];
    const flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", `-I${fake}`, `-I${update}`];
    execFileSync("cc", [...sources, ...flags, ...CHECKED, "-o", program], { stdio: "inherit" });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => made({}));

  /** A flash as a cable leaves it: nothing said, a good image in both slots unless told otherwise. */
  function made({ slots = 2, images = "gg", writes = ENDLESS }): void {
    const words = [slots, images.charCodeAt(0), images.charCodeAt(1), BLANK, 0, BLANK, 0, writes];
    writeFileSync(flash, new Uint8Array(Int32Array.from(words).buffer));
  }

  /** One life. @returns what it told: the slot that started first */
  function life(...orders: string[]): string[] {
    const { status, stdout, stderr } = spawnSync(program, [flash, ...orders], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect([0, RESTARTED]).toContain(status);
    return [...stdout.trim().split("\n"), ...(status === RESTARTED ? ["restarted"] : [])];
  }

  test("an image that is chosen is on trial once it starts, and stays when it is confirmed", () => {
    expect(life("state", "choose", "state")).toEqual(["slot 0", "valid", `choose ${DONE}`, "valid"]);
    expect(life("state", "confirm", "state")).toEqual(["slot 1", "pending", `confirm ${DONE}`, "valid"]);
    expect(life("state", "confirm")).toEqual(["slot 1", "valid", `confirm ${DONE}`]);
    expect(life("choose")).toEqual(["slot 1", `choose ${DONE}`]);
    expect(life("state")).toEqual(["slot 0", "pending"]);
  });

  test("an image that is reset before it is confirmed is gone, and the one before runs", () => {
    life("choose");
    expect(life("state")).toEqual(["slot 1", "pending"]);
    expect(life("state")).toEqual(["slot 0", "valid"]);
    expect(life("state")).toEqual(["slot 0", "valid"]);
  });

  test("an image that undoes itself is gone at once", () => {
    life("choose");
    expect(life("undo")).toEqual(["slot 1", "restarted"]);
    expect(life("state", "choose")).toEqual(["slot 0", "valid", `choose ${DONE}`]);
    expect(life("state")).toEqual(["slot 1", "pending"]);
  });

  test("an image on trial that cannot be followed by the other is undone by its restart", () => {
    life("choose");
    // The other slot's image is broken now, so nothing can be undone by a word: a restart does it.
    const trial = life();
    expect(trial).toEqual(["slot 1"]);
    made({ images: "bg" });
    life("choose");
    expect(life("undo")).toEqual(["slot 1", "restarted"]);
    expect(life("state")[0]).toBe("slot 0");
  });

  test("one that is confirmed and undoes itself all the same gives way to the other", () => {
    life("choose");
    life("confirm");
    expect(life("undo")).toEqual(["slot 1", "restarted"]);
    expect(life("state")).toEqual(["slot 0", "valid"]);
  });

  test("while the running image is on trial no other is chosen: nothing could undo it", () => {
    life("choose");
    expect(life("choose", "state")).toEqual(["slot 1", `choose ${ON_TRIAL}`, "pending"]);
  });

  test.each([
    ["no image", "gb", NO_IMAGE],
    ["an image whose secure version the chip has left behind", "go", TOO_OLD],
  ])("%s is not chosen, and the running one goes on", (_what, images, result) => {
    made({ images });
    expect(life("choose")).toEqual(["slot 0", `choose ${result}`]);
    expect(life("state")).toEqual(["slot 0", "valid"]);
  });

  test("a flash that does not keep it is told", () => {
    made({ writes: 0 });
    expect(life("choose")).toEqual(["slot 0", `choose ${FLASH}`]);
    made({ writes: 1 });
    expect(life("choose")).toEqual(["slot 0", `choose ${DONE}`]);
    expect(life("confirm")).toEqual(["slot 1", `confirm ${FLASH}`]);
  });

  test.each([0, 1])("with %i slots for updates there is nothing to choose", (slots) => {
    made({ slots });
    expect(life("two", "choose")).toEqual(["slot 0", "one", `choose ${NONE}`]);
  });

  test("two slots are two, and the chip has its name", () => {
    expect(life("two", "chip")).toEqual(["slot 0", "two", "esp32c3"]);
  });
});
