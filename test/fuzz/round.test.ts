// A short round of the fuzzer on each parser, from a fixed seed; and that their memory stays what it was, however much they read.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { GROWTH_MAX, soak } from "../../fuzz/soak.js";
import { TARGETS } from "../../fuzz/targets/index.js";
import { Prng } from "../../host-sim/world/prng.js";

const SLOW_MS = 300_000;

function command(...args: string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["dist/fuzz/main.js", ...args], { encoding: "utf8" });
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return { entries: lines.map((line) => JSON.parse(line)), stderr, status };
}

test(
  "no parser breaks a promise in a short round",
  () => {
    const { entries, status, stderr } = command("--runs", "150", "--seed", "1", "--json");
    expect(stderr).toBe("");
    expect(entries.filter(({ event }) => event === "finding")).toEqual([]);
    expect(entries.map(({ target }) => target)).toEqual(TARGETS.map(({ name }) => name));
    for (const { runs, reached } of entries) {
      expect(runs).toBe(150);
      expect(reached).toBeGreaterThan(10);
    }
    expect(status).toBe(0);
  },
  SLOW_MS,
);

test("the same seed gives the same round", () => {
  const twice = [1, 2].map(() => {
    const [{ perSecond: _, ...entry }] = command("csv", "--runs", "100", "--seed", "7", "--json").entries as [
      Record<string, unknown>,
    ];
    return entry;
  });
  expect(twice[0]).toEqual(twice[1]);
});

test("what broke a promise once comes first in each round, and breaks none", () => {
  const folders = readdirSync("fuzz/regressions");
  expect(TARGETS.map(({ name }) => name)).toEqual(expect.arrayContaining(folders));
  for (const folder of folders) {
    const target = TARGETS.find(({ name }) => name === folder)!;
    for (const file of readdirSync(join("fuzz/regressions", folder)))
      target.run(readFileSync(join("fuzz/regressions", folder, file)));
  }
});

test.each([
  [["nonsense"], /no target "nonsense"; known: at-reader, /],
  [["--replay", "package.json"], /--replay takes one target/],
  [
    ["csv", "--replay", "no/such/file"],
    /--replay <file>' argument 'no\/such\/file' is invalid\. cannot be read: ENOENT/,
  ],
  [["--runs", "many"], /--runs must be a whole number/],
])("%j is refused, with what is wrong", (args, message) => {
  const { status, stderr } = command(...args);
  expect(stderr).toMatch(message);
  expect(status).toBe(2);
});

describe("however much it reads, its memory stays what it was", () => {
  test.each(TARGETS.filter(({ endless }) => endless))("$name", (target) => {
    expect(soak(target, new Prng("soak"), { warmUp: 500_000, fed: 1_000_000 })).toBeLessThan(GROWTH_MAX);
  });
});
