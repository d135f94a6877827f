// What the verdict on news takes for broken, and what not.

import { expect, test } from "@jest/globals";
import type { Evidence } from "../../../host-sim/storm/evidence.js";
import { NEWS_WAKES } from "../../../host-sim/storm/verdicts/news.js";
import { evidenceOf, HOUR, MINUTE, type record } from "./evidence.js";
import { ASLEEP, COLD, newsTrial, phase, said, unkept, WARM } from "./news-evidence.js";

function run(change: Partial<Evidence>, config: object = {}, deepSleep = false): [number, number] {
  const evidence = evidenceOf({ trial: newsTrial(config, deepSleep), log: [ASLEEP], ...change });
  return [NEWS_WAKES.seen(evidence), NEWS_WAKES.check(evidence).length];
}

test("a device that sleeps on over news is told of, whether it became so or is so no more", () => {
  expect(run({ records: said(COLD, WARM) })).toEqual([1, 1]);
  expect(run({ records: said(COLD, WARM, COLD) })).toEqual([2, 2]);
  expect(run({ records: said(WARM) })).toEqual([1, 1]);
  expect(run({ records: said(WARM), log: [ASLEEP, phase(12 * MINUTE, "waking")] })).toEqual([1, 1]);
});

test("one that is awake at once is not, nor one whose life ended", () => {
  expect(run({ records: said(COLD, WARM), log: [ASLEEP, phase(11 * MINUTE, "waking")] })).toEqual([1, 0]);
  expect(run({ records: said(WARM), boots: [0, 10 * MINUTE + 500] })).toEqual([1, 0]);
});

test("what stays as it is is no news, nor what is not known, nor what the life before had said", () => {
  expect(run({ records: said(COLD, COLD) })).toEqual([0, 0]);
  expect(run({ records: said({ uptime: 1 }) })).toEqual([0, 0]);
  expect(run({ records: said(COLD, undefined, WARM), log: [ASLEEP, unkept(11 * MINUTE)] })).toEqual([0, 0]);
  const [[, found]] = [...said(WARM)] as [[number, ReturnType<typeof record>[1]]];
  expect(run({ records: new Map([[1, { ...found, found: true }]]) })).toEqual([0, 0]);
});

test("without the setting, awake, or with a chip that sleeps deeply there is nothing to see", () => {
  expect(run({ records: said(WARM) }, { sendAtOnceWhen: undefined })).toEqual([0, 0]);
  expect(run({ records: said(WARM) }, { recordsPerWake: 1 })).toEqual([0, 0]);
  expect(run({ records: said(WARM) }, { power: "edrx" })).toEqual([0, 0]);
  expect(run({ records: said(WARM) }, {}, true)).toEqual([0, 0]);
  expect(run({ records: said(WARM), log: [phase(HOUR / 10, "online")] })).toEqual([0, 0]);
});
