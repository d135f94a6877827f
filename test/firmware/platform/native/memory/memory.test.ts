// The C of the memory report on a fake ESP-IDF (test/support/fake-idf), compiled here.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { describeWith, isInstalled } from "../../../../support/peers.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const fake = join(root, "test/support/fake-idf");
const memory = join(root, "firmware/platform/native/memory");
const program = join(root, "build/memory-test");

/** Each access to memory is checked as it happens; a wrong one ends the scenario with a report. */
const CHECKED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** Compiles the scenarios. @returns their names */
function scenarios(): string[] {
  if (!isInstalled("cc")) return [];
  mkdirSync(join(root, "build"), { recursive: true });
  const sources = [join(fake, "memory-test.c"), join(memory, "memory.c")];
  const flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", `-I${fake}`, `-I${memory}`];
  execFileSync("cc", [...sources, ...flags, ...CHECKED, "-o", program], { stdio: "inherit" });
  return execFileSync(program, { encoding: "utf8" }).trim().split("\n");
}

describeWith("cc", "what the memory report reads", () => {
  test.each(scenarios())("%s", (name) => {
    const { status, stdout, stderr } = spawnSync(program, [name], { encoding: "utf8", timeout: 20_000 });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});
