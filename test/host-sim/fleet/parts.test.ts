// What a fleet is made of: names, the gate, latencies, the journal that tells them.

import { describe, expect, test } from "@jest/globals";
import { Gate } from "../../../host-sim/fleet/gate.js";
import { Latencies } from "../../../host-sim/fleet/latencies.js";
import { isIndexed, nameAt } from "../../../host-sim/fleet/names.js";
import { TimedJournal } from "../../../host-sim/fleet/timed-journal.js";
import { powerOn } from "../../../host-sim/world/board.js";
import { Scheduler } from "../../../host-sim/world/scheduler.js";

describe("a name pattern", () => {
  test.each([
    ["meter-{index}", 7, "meter-7"],
    ["meter-{index:6}", 7, "meter-000007"],
    ["{index}/{index:2}", 123, "123/123"],
    ["everybody", 7, "everybody"],
    ["{index:0}", 7, "{index:0}"],
  ])("%s with %i is %s", (pattern, index, name) => {
    expect(nameAt(pattern, index)).toBe(name);
  });

  test("tells whether it gives each device a name of its own", () => {
    expect(["a{index}", "{index:3}", "a", "{index:12}"].map(isIndexed)).toEqual([true, true, false, false]);
  });
});

describe("the gate", () => {
  /** When each of `waiting` got its turn, in virtual milliseconds. */
  async function turns(perSecond: number, waiting: readonly number[]): Promise<number[]> {
    const scheduler = new Scheduler(0);
    const { clock, timer } = powerOn(scheduler);
    const gate = new Gate(perSecond, clock, timer);
    const granted: number[] = [];
    for (const at of waiting) {
      scheduler.at(at, () => {
        void gate.turn().then(() => granted.push(scheduler.now));
      });
    }
    await scheduler.run(() => granted.length === waiting.length, 1e9);
    return granted;
  }

  test("lets those who come at once through one by one", async () => {
    expect(await turns(4, [0, 0, 0, 0])).toEqual([0, 250, 500, 750]);
  });

  test("saves up nothing while nobody comes", async () => {
    expect(await turns(4, [0, 10_000, 10_000])).toEqual([0, 10_000, 10_250]);
  });

  test("keeps no more than its rate in any second, whoever comes when", async () => {
    const granted = await turns(
      30,
      Array.from({ length: 200 }, (_, i) => (i * i) % 3_000),
    );
    for (const from of granted) {
      expect(granted.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(31);
    }
  });
});

describe("latencies", () => {
  test("quantiles are within 5 % of the exact ones", () => {
    const latencies = new Latencies();
    const all = Array.from({ length: 5_000 }, (_, i) => 0.1 * 1.002 ** i);
    for (const ms of all) latencies.add(ms);
    for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
      const exact = all[Math.ceil(share * all.length) - 1]!;
      const told = latencies.quantile(share)!;
      expect(told).toBeGreaterThanOrEqual(exact * 0.999);
      expect(told).toBeLessThanOrEqual(exact * 1.051);
    }
    expect(latencies.count).toBe(5_000);
    expect(latencies.longest).toBe(all.at(-1));
  });

  test("nothing measured is told as such, also after clear", () => {
    const latencies = new Latencies();
    latencies.add(3);
    latencies.clear();
    expect([latencies.count, latencies.longest, latencies.quantile(0.5)]).toEqual([0, undefined, undefined]);
  });

  test("what is shorter or longer than any class counts all the same", () => {
    const latencies = new Latencies();
    latencies.add(0);
    latencies.add(1e9);
    expect(latencies.quantile(0.5)).toBeLessThanOrEqual(0.05);
    expect(latencies.quantile(1)).toBeGreaterThanOrEqual(3_600_000);
  });
});

describe("a journal that tells times", () => {
  function journal() {
    const told: number[] = [];
    const time = { now: 0 };
    const timed = new TimedJournal(
      () => time.now,
      (ms) => told.push(ms),
    );
    return { timed, time, told };
  }

  test("counts from the first offer of a connection to the acknowledgement", () => {
    const { timed, time, told } = journal();
    const sequence = timed.append("t", Uint8Array.of(1));
    time.now = 100;
    expect(timed.next(0)?.sequence).toBe(sequence);
    time.now = 130;
    timed.next(0);
    time.now = 140;
    timed.delivered(sequence);
    expect(told).toEqual([40]);
    expect(timed.size).toBe(0);
  });

  test("begins anew with another connection", () => {
    const { timed, time, told } = journal();
    const sequence = timed.append("t", Uint8Array.of(1));
    timed.next(0);
    time.now = 5_000;
    timed.reconnected();
    timed.next(0);
    time.now = 5_020;
    timed.delivered(sequence);
    expect(told).toEqual([20]);
  });

  test("tells nothing of a record that was never offered", () => {
    const { timed, told } = journal();
    timed.delivered(timed.append("t", Uint8Array.of(1)));
    expect(told).toEqual([]);
    expect([timed.nextSequence, timed.dropped]).toEqual([2, 0]);
  });
});
