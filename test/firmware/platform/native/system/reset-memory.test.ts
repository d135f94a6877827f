// The C that keeps a word over restarts, on a fake ESP-IDF (test/support/fake-idf): lives of a chip, one process each.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { describeWith } from "../../../../support/peers.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const fake = join(root, "test/support/fake-idf");
const system = join(root, "firmware/platform/native/system");
const program = join(root, "build/reset-memory-test");
const CHECKED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** esp_reset_reason_t of ESP-IDF v6.0. */
const REASONS = [
  "UNKNOWN POWERON EXT SW PANIC INT_WDT TASK_WDT WDT DEEPSLEEP BROWNOUT SDIO USB JTAG EFUSE PWR_GLITCH CPU_LOCKUP",
].flatMap((names) => names.split(" "));

describeWith("cc", "the memory that outlives a restart", () => {
  const folder = mkdtempSync(join(tmpdir(), "simkey-rtc-"));
  const rtc = join(folder, "rtc");

  beforeAll(() => {
    mkdirSync(join(root, "build"), { recursive: true });
    const sources = [join(fake, "reset-memory-test.c"), join(system, "reset-memory.c")];
    const flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", `-I${fake}`, `-I${system}`];
    execFileSync("cc", [...sources, ...flags, ...CHECKED, "-o", program], { stdio: "inherit" });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  // What power-on leaves in RAM.
  beforeEach(() => {
    const memory = new Uint8Array(16 + 2 * (8 + 2_048)).fill(0x5a);
    memory.set([0xa5, 0x5a, 0xff, 0, 1, 2, 3, 4, 0xe5, 0xd0, 0xb0, 0x5a, 0, 0, 0, 0]);
    writeFileSync(rtc, memory);
  });

  /** One life of the chip. @returns the cause and the word it began with */
  const life = (reason: string, ...orders: string[]) => {
    const told = execFileSync(program, [rtc, String(REASONS.indexOf(reason)), ...orders], { encoding: "utf8" });
    const [cause, again, word, ...slots] = told.trim().split(" ");
    expect(again).toBe(cause);
    // There is no third.
    expect(slots.pop()).toBe("-");
    held = slots;
    return [cause, word];
  };
  let held: string[] = [];

  test("has a word that was written, restart after restart, and none after power-on", () => {
    expect(life("POWERON", "write", "2147483647")).toEqual(["power", "lost"]);
    expect(life("SW")).toEqual(["software", "2147483647"]);
    expect(life("DEEPSLEEP", "write", "0")).toEqual(["sleep", "2147483647"]);
    expect(life("PANIC")).toEqual(["panic", "0"]);
  });

  test("has slots whose bytes go on from life to life, and nothing in them after power-on", () => {
    life("POWERON", "slot", "1", "a_ticket");
    expect(held).toEqual(["-", "-"]);
    life("DEEPSLEEP", "slot", "0", "another", "slot", "1", "short");
    expect(held).toEqual(["-", "8:a_ticket"]);
    life("SW", "slot", "1", "");
    expect(held).toEqual(["7:another", "5:short"]);
    expect(readFileSync(rtc).includes("ticket")).toBe(false);
    life("SW", "fill", "1", "2048");
    expect(held).toEqual(["7:another", "-"]);
    expect(readFileSync(rtc).includes("short")).toBe(false);
    life("PANIC");
    expect(held).toEqual(["7:another", "2048:xxxxxxxxxxxxxxxx"]);
    for (const more of [
      ["fill", "1", "2049"],
      ["fill", "2", "1"],
    ])
      expect(() => life("SW", ...more)).toThrow();
  });

  test("tells our own watchdog from a restart that the program asked for, once", () => {
    expect(life("POWERON", "hunger")).toEqual(["power", "lost"]);
    expect(life("SW")[0]).toBe("watchdog");
    expect(life("SW")[0]).toBe("software");
    // What is left of it behind another end means nothing.
    life("SW", "hunger");
    expect(life("BROWNOUT")[0]).toBe("brown-out");
    expect(life("SW")[0]).toBe("software");
  });

  test.each([
    ["POWERON", "power"],
    ["EXT", "power"],
    ["USB", "power"],
    ["JTAG", "power"],
    ["SW", "software"],
    ["PANIC", "panic"],
    ["CPU_LOCKUP", "panic"],
    ["INT_WDT", "watchdog"],
    ["TASK_WDT", "watchdog"],
    ["WDT", "watchdog"],
    ["BROWNOUT", "brown-out"],
    ["PWR_GLITCH", "brown-out"],
    ["DEEPSLEEP", "sleep"],
    ["EFUSE", "unknown"],
    ["UNKNOWN", "unknown"],
  ])("calls ESP_RST_%s %s", (reason, cause) => {
    expect(life(reason)[0]).toBe(cause);
  });
});
