import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Alarm } from "../../../host-sim/world/alarm.js";
import { Scheduler } from "../../../host-sim/world/scheduler.js";

describe("the scheduler", () => {
  test("runs events by time, and by order of planning where times are equal", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 200 }), async (times) => {
        const scheduler = new Scheduler(0);
        const ran: number[] = [];
        for (const [i, time] of times.entries()) scheduler.pure(time, () => ran.push(i));
        await scheduler.run(100);
        const expected = times.map((_, i) => i).sort((a, b) => times[a]! - times[b]! || a - b);
        expect(ran).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  test("all promises settle between two events of the same time", async () => {
    const scheduler = new Scheduler(0);
    const ran: string[] = [];
    const chain = async () => {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      ran.push("settled");
    };
    scheduler.at(5, () => void chain());
    scheduler.at(5, () => ran.push("next"));
    await scheduler.run(5);
    expect(ran).toEqual(["settled", "next"]);
  });

  test("the clock stands at each event's time, and at the goal in the end", async () => {
    const scheduler = new Scheduler(1000);
    const seen: number[] = [];
    scheduler.at(1500.25, () => seen.push(scheduler.now));
    scheduler.at(900, () => seen.push(scheduler.now));
    expect(await scheduler.run(3000)).toBe(true);
    expect(seen).toEqual([1000, 1500.25]);
    expect(scheduler.now).toBe(3000);
  });

  test("stops at a condition, and tells when it never came", async () => {
    const scheduler = new Scheduler(0);
    let count = 0;
    const tick = () => {
      count++;
      scheduler.at(scheduler.now + 10, tick);
    };
    tick();
    expect(await scheduler.run(() => count === 4)).toBe(true);
    expect(scheduler.now).toBe(30);
    expect(await scheduler.run(() => count === 100, 200)).toBe(false);
    expect(scheduler.now).toBe(200);
  });

  test("a cancelled event does not run", async () => {
    const scheduler = new Scheduler(0);
    let ran = false;
    scheduler.cancel(
      scheduler.at(5, () => {
        ran = true;
      }),
    );
    await scheduler.run(10);
    expect(ran).toBe(false);
  });

  test("an event that throws ends the run with its error", async () => {
    const scheduler = new Scheduler(0);
    scheduler.at(1, () => {
      throw new Error("broken");
    });
    await expect(scheduler.run(5)).rejects.toThrow("broken");
    expect(await scheduler.run(6)).toBe(true);
  });
});

describe("an alarm", () => {
  test("rings at the deadline last set, however often it was put off", async () => {
    const scheduler = new Scheduler(0);
    const rung: number[] = [];
    const alarm = new Alarm(scheduler, () => rung.push(scheduler.now));
    alarm.set(10);
    scheduler.at(5, () => alarm.set(30));
    scheduler.at(20, () => alarm.set(25));
    scheduler.at(40, () => alarm.set(50));
    scheduler.at(45, () => alarm.set(undefined));
    await scheduler.run(100);
    expect(rung).toEqual([25]);
  });
});
