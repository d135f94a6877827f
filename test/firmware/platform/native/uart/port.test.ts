// The C of the native UART port on a fake ESP-IDF (test/support/fake-idf), compiled here: threads, rings and events
// as on the chip.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { describeWith, isInstalled } from "../../../../support/peers.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const fake = join(root, "test/support/fake-idf");
const uart = join(root, "firmware/platform/native/uart");
const program = join(root, "build/uart-port-test");

/** Each access to memory is checked as it happens; a wrong one ends the scenario with a report. */
const CHECKED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** Compiles the scenarios. @returns their names */
function scenarios(): string[] {
  if (!isInstalled("cc")) return [];
  mkdirSync(join(root, "build"), { recursive: true });
  const sources = [join(fake, "fake-idf.c"), join(fake, "uart-port-test.c"), join(uart, "uart-port.c")];
  const flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", `-I${fake}`, `-I${uart}`, "-lpthread"];
  execFileSync("cc", [...sources, ...flags, ...CHECKED, "-o", program], { stdio: "inherit" });
  return execFileSync(program, { encoding: "utf8" }).trim().split("\n");
}

describeWith("cc", "the native UART port", () => {
  test.each(scenarios())("%s", (name) => {
    const { status, stdout, stderr } = spawnSync(program, [name], { encoding: "utf8", timeout: 20_000 });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});
