// Judging: what a verdict makes of a run that it cannot read.

import { expect, test } from "@jest/globals";
import { judge, seenIn, VERDICTS } from "../../../host-sim/storm/verdicts/index.js";
import { evidenceOf } from "./evidence.js";

test("evidence that cannot be read breaks the promises about it, and ends no storm", () => {
  // Of a kind that no run gives: whatever looks into the log, throws.
  const log = new Proxy([], {
    get: () => {
      throw new TypeError("no log");
    },
  });
  const failed = judge(evidenceOf({ log }));
  const unreadable = failed.filter(({ breaches }) => breaches[0]?.what === "it cannot be judged: no log");
  expect(unreadable.length).toBeGreaterThan(3);
  expect(unreadable.length).toBeLessThan(VERDICTS.length);
  // It is a breach, and no evidence.
  const seen = seenIn(evidenceOf({ log }));
  expect(Object.keys(seen)).toEqual(VERDICTS.map(({ name }) => name));
  expect(Object.values(seen).filter((count) => count === 0).length).toBeGreaterThan(3);
});
