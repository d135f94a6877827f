// A small storm, whole: devices, faults, verdicts, figures, and what is told of a broken promise.

import { describe, expect, test } from "@jest/globals";
import { runTrial } from "../../../host-sim/storm/run-trial.js";
import { runStorm, summaryOf } from "../../../host-sim/storm/storm.js";
import { tell } from "../../../host-sim/storm/story.js";
import { drawTrial } from "../../../host-sim/storm/trial.js";
import { judge } from "../../../host-sim/storm/verdicts/index.js";
import { HOUR, quietTrial } from "./evidence.js";

const MINUTE = 60_000;

test("a few seeds keep every promise, and their results are told as they come", async () => {
  const told: number[] = [];
  const results = await runStorm({
    seeds: 4,
    hours: 3,
    seed: 1,
    threads: 0,
    onProgress: ({ seed }) => told.push(seed),
  });
  expect(results.flatMap(({ failed }) => failed)).toEqual([]);
  expect(told).toEqual([1, 2, 3, 4]);
  const summary = summaryOf(results);
  expect(summary).toMatchObject({ seeds: 4, deviceHours: 12, failedSeeds: 0, lost: 0 });
  expect(summary.recorded).toBeGreaterThan(100);
  expect(summary.acked).toBeGreaterThan(summary.recorded * 0.9);
  expect(summary.firstPubackMs).toBeGreaterThan(5_000);
});

test("seeds that were run before are not run again", async () => {
  const done = await runStorm({ seeds: 2, hours: 1, seed: 5, threads: 0 });
  const told: number[] = [];
  const results = await runStorm({
    seeds: 3,
    hours: 1,
    seed: 5,
    threads: 0,
    done,
    onProgress: (r) => told.push(r.seed),
  });
  expect(results.map(({ seed }) => seed)).toEqual([5, 6, 7]);
  expect(told).toEqual([7]);
});

test("the same seed gives the same trace twice, another seed another one", async () => {
  const [first, again, other] = [
    await runTrial(drawTrial(9, 2)),
    await runTrial(drawTrial(9, 2)),
    await runTrial(drawTrial(10, 2)),
  ];
  expect(again.digest).toBe(first.digest);
  expect(other.digest).not.toBe(first.digest);
});

describe("a power cut", () => {
  test.each(["mqtt", "https"] as const)(
    "at any step of the outbox's work loses nothing, over %s",
    async (transport) => {
      const faults = Array.from({ length: 60 }, (_, i) => ({
        at: (i + 1) * 80_000,
        fault: "flash-power-cut",
        value: 1 + 7 * i,
        duration: MINUTE,
      }));
      const { setup } = quietTrial();
      const evidence = await runTrial(
        quietTrial({ faults, setup: { ...setup, config: { ...setup.config, transport } } }),
      );
      expect(judge(evidence)).toEqual([]);
      expect(evidence.boots.length).toBeGreaterThan(20);
    },
  );
});

describe("an engine that ends at the same step of each life", () => {
  test.each([1, 20, 200])(
    "(%i) makes the device start ever more rarely, and it is back once that is over",
    async (step) => {
      const loop = { at: 10 * MINUTE, fault: "chip-engine-loop", value: step, duration: 60 * MINUTE };
      const { setup } = quietTrial();
      const config = { ...setup.config, session: "persistent" as const };
      const evidence = await runTrial(quietTrial({ hours: 2, faults: [loop], setup: { ...setup, config } }));
      expect(judge(evidence)).toEqual([]);
      const { boots, log } = evidence;
      expect(boots.length).toBeGreaterThan(3);
      expect(boots.length).toBeLessThan(60);
      expect(log.filter(({ event, fields }) => event === "start" && fields.starts === 2).length).toBeGreaterThan(0);
    },
  );
});

test("two devices with one SIM back off from each other, and nothing is lost once the clone is gone", async () => {
  const clone = { at: 10 * MINUTE, fault: "broker-clone", duration: 40 * MINUTE };
  const evidence = await runTrial(quietTrial({ faults: [clone] }));
  expect(judge(evidence)).toEqual([]);
  const { connects, cloneConnects, closed, records, end } = evidence;
  const thrownOff = closed.filter(({ reason }) => reason === "DUPLICATE_CLIENTID").map(({ at }) => at);
  expect(thrownOff.length).toBeGreaterThan(3);
  for (const times of [connects, cloneConnects]) {
    const during = times.filter((at) => at >= clone.at && at < clone.at + clone.duration);
    expect(during.length).toBeGreaterThan(3);
    expect(during.length).toBeLessThan(40);
  }
  const waiting = new Set(end.waiting);
  const lost = [...records.values()].filter(({ sequence, arrivals }) => arrivals === 0 && !waiting.has(sequence));
  expect(lost).toEqual([]);
});

describe("a broken promise", () => {
  test("is told with what led to it and a command to see it again, in few lines", async () => {
    const fault = { at: 30 * MINUTE, fault: "modem-freeze", duration: 0 };
    const trial = quietTrial({ faults: [fault] });
    const failed = [
      { verdict: "v", promise: "All is well.", breaches: [{ at: 35 * MINUTE, what: "it was not" }], count: 3 },
    ];
    const story = await tell(trial, failed);
    expect(story).toContain("v: All is well.\n    0:35:00.000  it was not\n    … and 2 more");
    expect(story).toContain("0:30:00.000  *** modem-freeze begins");
    expect(story).toContain("pressing the power key");
    expect(story).toContain("again: simkey storm --seeds 1 --hours 2 --seed 1");
    expect(story.split("\n").length).toBeLessThan(60);
  });
});

test("a census is taken all along, and sees the modem's queue as well as the session's flights", async () => {
  const { measured } = await runTrial(quietTrial());
  expect(measured.length).toBe((2 * HOUR) / (30 * MINUTE));
  const paths = Object.keys(measured.at(-1)!.sizes);
  for (const ending of [
    /\.channel\.#queue$/,
    /#state\.flights$/,
    /^outbox\.#at\.done$/,
    /^timers$/,
    /^keyValue\.#values$/,
  ]) {
    expect(paths).toContainEqual(expect.stringMatching(ending));
  }
});

describe("what goes out by HTTPS", () => {
  test("is seen as it goes, record by record, and so is a refusal", async () => {
    const { setup } = quietTrial();
    const over = { at: 0, fault: "broker-token-over", duration: 30 * MINUTE };
    const trial = quietTrial({ faults: [over], setup: { ...setup, config: { ...setup.config, transport: "https" } } });
    const { posted, refused, records, arrived, sent } = await runTrial(trial);
    const written = [...records.keys()];
    expect(refused.every(({ status, at }) => status === 403 && at < 45 * MINUTE)).toBe(true);
    expect(refused.length).toBeGreaterThan(0);
    expect(posted.length).toBe(arrived.length + refused.length);
    expect([...new Set(posted.map(({ sequence }) => sequence))]).toEqual(written);
    expect(sent).toEqual([]);
  });
});
