// A day's volume: when it is near its end, when it is spent, and that neither a restart nor a crash begins it anew.

import { describe, expect, test } from "@jest/globals";
import { DataBudget } from "../../../firmware/device/data-budget.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ManualTime } from "../http/fakes.js";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE = 60_000;
const LIMIT_KB = 160;

/** A device's store, and as many lives on it as are asked for. */
function setUp() {
  const keyValue = new MemoryKeyValue();
  const time = new ManualTime();
  time.setWall(20_000 * DAY_MS);
  const logged: unknown[] = [];
  let writes = 0;
  const write = keyValue.write.bind(keyValue);
  keyValue.write = (...args) => {
    writes++;
    write(...args);
  };
  const live = (usedBytes?: number) => {
    let moved = 0;
    const budget = new DataBudget({
      platform: { clock: time, keyValue, log: (_level, event, fields) => logged.push({ event, ...fields }) },
      link: {
        counters: () => ({
          ...{ uartTxBytes: 0, uartRxBytes: 0, airTxBytes: moved, airRxBytes: 0, airHeaderBytes: moved },
          ...{ socketsOpened: 0, atCommands: 0 },
        }),
      },
      kbPerDay: LIMIT_KB,
      usedBytes,
    });
    /** Moves so many kilobytes, half of them headers. */
    const move = (kb: number) => {
      moved += kb * 500;
      return budget.look();
    };
    return { budget, move };
  };
  return { keyValue, time, logged, live, written: () => writes };
}

describe("a day's volume", () => {
  test("is near its end from four fifths on, then spent, and told of once each; headers count", () => {
    const { live, logged } = setUp();
    const { move } = live();
    expect(move(127)).toBe("ok");
    expect(move(1)).toBe("near");
    expect(move(31)).toBe("near");
    expect(move(1)).toBe("spent");
    expect(move(1)).toBe("spent");
    expect(logged).toEqual([
      { event: "data-budget", status: "near", usedKb: 128, budgetKb: LIMIT_KB },
      { event: "data-budget", status: "spent", usedKb: 160, budgetKb: LIMIT_KB },
    ]);
  });

  test("begins anew with the UTC day", () => {
    const { live, time, logged } = setUp();
    const { budget, move } = live();
    move(200);
    time.advance(DAY_MS - 1);
    expect(move(0)).toBe("spent");
    time.advance(1);
    expect(move(1)).toBe("ok");
    expect(budget.usedKb).toBe(1);
    expect(logged.at(-1)).toEqual({ event: "data-budget", status: "ok", usedKb: 1, budgetKb: LIMIT_KB });
  });

  test("goes on over a restart that the device means, to the byte", () => {
    const { live } = setUp();
    const first = live();
    first.move(50);
    first.budget.keep();
    const second = live();
    second.move(1);
    expect(second.budget.usedKb).toBe(51);
  });

  test("goes on over a deep sleep with what was handed on, and without a write for each", () => {
    const { live, written } = setUp();
    let used: number | undefined;
    for (let i = 0; i < 100; i++) {
      const { budget, move } = live(used);
      move(1);
      used = budget.usedBytes;
    }
    expect(used).toBe(100_000);
    expect(written()).toBeLessThan(12);
  });

  test("of yesterday is over for a device that wakes today", () => {
    const { live, time } = setUp();
    live().move(200);
    time.advance(DAY_MS);
    const { budget, move } = live(200_000);
    expect(move(2)).toBe("ok");
    expect(budget.usedKb).toBe(2);
  });

  test("holds what a connection takes before it is made: a power cut within one makes it no less", () => {
    const { live } = setUp();
    const { budget, move } = live();
    move(1);
    // What is kept ahead is nearly used when the next connection begins.
    move(9);
    expect(budget.look(16_000)).toBe("ok");
    // Onboarding, two handshakes, a session: nobody looks.
    const taken = 26;
    expect(live().budget.usedBytes).toBeGreaterThanOrEqual(taken * 1_000);
  });

  test("is spent by a device that crashes again and again: what a life used counts, and at most a sixteenth more", () => {
    const { live } = setUp();
    let lives = 0;
    for (let status = "ok"; status !== "spent"; lives++) {
      const { move } = live();
      // Before the first byte, as before a connection.
      move(0);
      status = move(3);
    }
    expect(lives).toBeGreaterThan(12);
    expect(lives).toBeLessThan(18);
  });

  test("writes flash at most 18 times, however much is moved", () => {
    const { live, written } = setUp();
    const { move } = live();
    for (let i = 0; i < 10_000; i++) move(0.1);
    expect(written()).toBeLessThanOrEqual(18);
  });

  test("counts before the time is known, with the day that was kept", () => {
    const { live, time } = setUp();
    live().move(100);
    const unset = live();
    time.wall = () => undefined;
    expect(unset.move(40)).toBe("near");
  });

  test.each([
    ["nothing", undefined],
    ["another length", new Uint8Array(3)],
  ])("begins where what was kept is %s", (_what, bytes) => {
    const { live, keyValue } = setUp();
    if (bytes) keyValue.write("budget", bytes);
    const { budget, move } = live();
    move(1);
    expect(budget.usedKb).toBe(1);
  });

  test("is kept in memory by a store that takes nothing", () => {
    const { live, keyValue, logged } = setUp();
    keyValue.write = () => {
      throw new Error("ESP_ERR_NVS_NOT_ENOUGH_SPACE");
    };
    const { move } = live();
    expect(move(200)).toBe("spent");
    expect(logged).toContainEqual(expect.objectContaining({ event: "not-remembered", key: "budget" }));
  });
});

describe("the time between two records", () => {
  test("is the interval's as long as there is enough", () => {
    const { live } = setUp();
    const { budget, move } = live();
    move(100);
    budget.record();
    expect(budget.spacing(MINUTE)).toBe(MINUTE);
  });

  test("is drawn out near the end, so that what is left lasts until the day's end", () => {
    const { live, time } = setUp();
    const { budget, move } = live();
    time.advance(12 * HOUR_MS);
    move(128);
    budget.record();
    move(2);
    budget.record();
    // 30 KB are left for 12 hours, and from one record to the next it were 2 KB.
    expect(budget.spacing(MINUTE)).toBe((12 * HOUR_MS * 2) / 30);
  });

  test("is never less than the interval, and never beyond the first one of the next day", () => {
    const { live, time } = setUp();
    const { budget, move } = live();
    time.advance(DAY_MS - 10 * MINUTE);
    move(128);
    budget.record();
    budget.record();
    expect(budget.spacing(MINUTE)).toBe(MINUTE);
    move(31);
    budget.record();
    expect(budget.spacing(4 * MINUTE)).toBe(12 * MINUTE);
  });

  test("lasts into the next day once all is spent, by whole intervals, so that a fleet does not speak up at midnight", () => {
    const { live, time } = setUp();
    const { budget, move } = live();
    time.advance(HOUR_MS + 1_000);
    move(160);
    const ms = budget.spacing(7 * MINUTE);
    expect(ms % (7 * MINUTE)).toBe(0);
    expect(ms).toBeGreaterThanOrEqual(23 * HOUR_MS - 1_000);
    expect(ms).toBeLessThan(23 * HOUR_MS - 1_000 + 7 * MINUTE);
  });
});
