// Results on disk: a run that is interrupted in any way goes on without losing or repeating a seed.

import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ResultsFile, ResultsFileError } from "../../../host-sim/storm/results-file.js";
import { runSeed, type SeedResult } from "../../../host-sim/storm/run-seed.js";
import { runStorm } from "../../../host-sim/storm/storm.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simkey-results-"));
  path = join(folder, "results.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const sample = await runSeed({ seed: 1, hours: 1, twice: false });
const result = (seed: number): SeedResult => ({ ...sample, seed });
const seedsIn = (file: ResultsFile) => file.results.map(({ seed }) => seed);

describe("a file of results", () => {
  test("gives back what was put into it, and where it ran", () => {
    const file = new ResultsFile(path, 1);
    file.begin(2);
    for (const seed of [1, 3, 2]) file.add(result(seed));
    const again = new ResultsFile(path, 1);
    expect(again.results).toEqual([1, 3, 2].map(result));
    expect(again.sessions).toEqual([
      {
        cores: cpus().length,
        model: cpus()[0]!.model,
        node: process.versions.node,
        threads: 2,
        seeds: 3,
        tookMs: expect.any(Number),
      },
    ]);
    again.begin(1);
    expect(new ResultsFile(path, 1).sessions.map(({ seeds }) => seeds)).toEqual([3, 0]);
  });

  test("takes a result for done only with its last byte, wherever the line was cut off", () => {
    const file = new ResultsFile(path, 1);
    file.begin(2);
    file.add(result(1));
    const before = readFileSync(path).length;
    file.add(result(2));
    const whole = readFileSync(path);
    for (let length = before; length < whole.length; length += 13) {
      writeFileSync(path, whole.subarray(0, length));
      const cut = new ResultsFile(path, 1);
      expect(seedsIn(cut)).toEqual([1]);
      cut.begin(2);
      cut.add(result(5));
      expect(seedsIn(new ResultsFile(path, 1))).toEqual([1, 5]);
    }
  });

  test("counts a seed that is in it twice once", () => {
    const file = new ResultsFile(path, 1);
    file.begin(2);
    for (const seed of [1, 2, 1]) file.add(result(seed));
    expect(seedsIn(new ResultsFile(path, 1))).toEqual([1, 2]);
  });

  test.each([
    ["other hours", () => rewrite(/"hours":1\b/, '"hours":24'), /ran 24 hours each, not 1;/],
    [
      "other code",
      () => rewrite(/"code":"\w+"/, '"code":"0123456789ab"'),
      /ran other code \(0123456789ab, this is \w{12}\)/,
    ],
    [
      "another version's file",
      () => rewrite(/"format":"[\w-]+"/, '"format":"simkey-storm-1"'),
      /no file of this version/,
    ],
    ["something else", () => writeFileSync(path, "hello\n"), /no file of results/],
    ["a line of something else", () => appendFileSync(path, '{"a":1}\n'), /a line that is no result/],
  ])("is refused: %s", (_, spoil, message) => {
    const file = new ResultsFile(path, 1);
    file.begin(2);
    file.add(result(1));
    spoil();
    const open = () => new ResultsFile(path, 1);
    expect(open).toThrow(ResultsFileError);
    expect(open).toThrow(message);
    expect(open).toThrow("results.jsonl: ");
    expect(open).toThrow("; name another file, or take this one away to begin anew");
  });

  test("lets an interrupted storm go on with the seeds that are left, and ends as one in a single piece", async () => {
    const storm = { seeds: 4, hours: 1, seed: 7, threads: 0 };
    const whole = await runStorm(storm);
    for (let pieces = 0; pieces < 4; pieces++) {
      const file = new ResultsFile(path, 1);
      file.begin(1);
      let ran = 0;
      const done = [...file.results];
      await runStorm({ ...storm, done, onProgress: (each) => file.add(each), stopped: () => ran++ > 0 });
      // As a kill in the middle of a write leaves it.
      const { length } = readFileSync(path);
      appendFileSync(path, '{"seed":7,"ho');
      if (pieces === 3) truncateSync(path, length);
    }
    const { results } = new ResultsFile(path, 1);
    expect(results).toEqual(whole);
  });
});

function rewrite(find: RegExp, replace: string): void {
  writeFileSync(path, readFileSync(path, "utf8").replace(find, replace));
}
