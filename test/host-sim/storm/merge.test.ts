// The results of a storm that ran in slices: joined as one, and refused where they do not belong together.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { gapsIn, mergeResults } from "../../../host-sim/storm/merge.js";
import { ResultsFile, ResultsFileError } from "../../../host-sim/storm/results-file.js";
import { runSeed, type SeedResult } from "../../../host-sim/storm/run-seed.js";
import { EVIDENCE_FROM_H, EVIDENCE_FROM_SEEDS, needsEvidence, unseenIn } from "../../../host-sim/storm/storm.js";
import { VERDICTS } from "../../../host-sim/storm/verdicts/index.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simkey-merge-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sample = await runSeed({ seed: 1, hours: 1, twice: false });
const result = (seed: number, change: Partial<SeedResult> = {}): SeedResult => ({ ...sample, seed, ...change });

function slice(name: string, results: readonly SeedResult[], hours = 1): void {
  const file = new ResultsFile(join(folder, name), hours);
  file.begin(1);
  for (const each of results) file.add(each);
}

describe("slices of a storm", () => {
  test("are joined in the order of their seeds, each seed once, and tell where they ran", () => {
    slice(
      "b.jsonl",
      [4, 3].map((seed) => result(seed)),
    );
    slice(
      "a.jsonl",
      [1, 2, 3].map((seed) => result(seed)),
    );
    writeFileSync(join(folder, "notes.txt"), "not one of them");
    const { results, sessions, hours, code } = mergeResults(folder);
    expect(results.map(({ seed }) => seed)).toEqual([1, 2, 3, 4]);
    expect(sessions.map(({ seeds }) => seeds)).toEqual([3, 2]);
    expect([hours, code]).toEqual([1, new ResultsFile(join(folder, "a.jsonl")).code]);
    expect(gapsIn(results)).toEqual([]);
    expect(gapsIn(results.filter(({ seed }) => seed !== 2))).toEqual([2]);
    expect(gapsIn(results, { seed: 0, seeds: 6 })).toEqual([0, 5]);
    expect(gapsIn([], { seed: 3, seeds: 2 })).toEqual([3, 4]);
  });

  test("are read as they are while somebody writes to them: half a line is not there yet, and stays", () => {
    slice("a.jsonl", [result(1)]);
    const path = join(folder, "a.jsonl");
    const line = JSON.stringify({ ...result(2), tookMs: 1 });
    writeFileSync(path, line.slice(0, 50), { flag: "a" });
    expect(mergeResults(folder).results.map(({ seed }) => seed)).toEqual([1]);
    writeFileSync(path, `${line.slice(50)}\n`, { flag: "a" });
    expect(mergeResults(folder).results.map(({ seed }) => seed)).toEqual([1, 2]);
  });

  test.each([
    ["none", () => {}, /there are no results/],
    [
      "one of another length",
      () => slice("b.jsonl", [result(2)], 24),
      /b\.jsonl ran 24 hours each, those of a\.jsonl 1/,
    ],
    [
      "one that came to something else",
      () => slice("b.jsonl", [result(1, { digest: "00" })]),
      /seed 1 came to one thing/,
    ],
    ["one of other code", () => recode("a.jsonl"), /ran other code/],
    ["an empty one", () => writeFileSync(join(folder, "b.jsonl"), ""), /there are no results in it/],
  ])("are refused where there is %s", (what, spoil, message) => {
    if (what !== "none") slice("a.jsonl", [result(1)]);
    spoil();
    expect(() => mergeResults(folder)).toThrow(ResultsFileError);
    expect(() => mergeResults(folder)).toThrow(message);
  });
});

function recode(name: string): void {
  const path = join(folder, name);
  writeFileSync(path, readFileSync(path, "utf8").replace(/"code":"\w+"/, '"code":"0123456789ab"'));
}

describe("evidence", () => {
  const all = Object.fromEntries(VERDICTS.map(({ name }) => [name, 1]));

  test("is lacking of a promise of which no seed has seen anything", () => {
    const lame = { ...all, "no-crowding": 0 };
    expect(unseenIn([result(1, { seen: lame }), result(2, { seen: all })])).toEqual([]);
    expect(unseenIn([result(1, { seen: lame }), result(2, { seen: lame })])).toMatchObject([
      { verdict: "no-crowding" },
    ]);
  });

  test("is not asked for where no run is long enough", () => {
    const short = { ...all, flat: 0 };
    expect(unseenIn([result(1, { hours: 24, seen: short })])).toEqual([]);
    expect(unseenIn([result(1, { hours: 96, seen: short })])).toMatchObject([{ verdict: "flat" }]);
  });

  test("is asked of a storm that is long and has many devices", () => {
    const storm = (seeds: number, hours: number) =>
      needsEvidence(Array.from({ length: seeds }, (_, i) => result(i + 1, { hours })));
    const hours = EVIDENCE_FROM_H / EVIDENCE_FROM_SEEDS;
    expect(storm(EVIDENCE_FROM_SEEDS, hours)).toBe(true);
    expect(storm(EVIDENCE_FROM_SEEDS, hours - 1)).toBe(false);
    expect(storm(EVIDENCE_FROM_SEEDS - 1, EVIDENCE_FROM_H)).toBe(false);
  });
});
