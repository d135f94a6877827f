// What a device makes of its own starts: chips that restart for this reason and that, life after life.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { PHASES } from "../../../firmware/device/agent.js";
import { BootRecord, type Intent, SAFE_FROM, SAFE_MAX_MS, SAFE_MS } from "../../../firmware/device/boot-record.js";
import { BACKOFF_CAP_MS } from "../../../firmware/device/ladder.js";
import type { ResetCause } from "../../../firmware/platform/system.js";
import { BoardMemory } from "../../../host-sim/platform/reset-memory.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ManualTime } from "../http/fakes.js";

/** The largest random number below 1 that four bytes make. */
const most = (into: Uint8Array) => void into.fill(0xff);

/** A chip that has RTC memory, or none. */
function chip({ rtc = true }: { rtc?: boolean } = {}) {
  const memory = new BoardMemory();
  const keyValue = new MemoryKeyValue();
  const logged: string[] = [];
  let writes = 0;
  const counted = {
    read: (key: string) => keyValue.read(key),
    write: (key: string, value: Uint8Array) => {
      writes++;
      keyValue.write(key, value);
    },
    delete: (key: string) => keyValue.delete(key),
  };
  const start = (cause: ResetCause) => {
    const record = new BootRecord({
      ...(rtc && { resetMemory: memory.boot(cause, () => true) }),
      keyValue: counted,
      log: (level, event, fields) => void logged.push(`${level} ${event} ${JSON.stringify(fields)}`),
    });
    record.tell();
    return record;
  };
  /** The engine ends in this phase, this often. @returns the start behind the last */
  const crash = (times: number, phase: (typeof PHASES)[number] = "online") => {
    let record = start("software");
    for (let i = 1; i < times; i++) {
      record.enter(phase);
      record = start("software");
    }
    return record;
  };
  /** How long a start waits at the most. */
  const pause = (record: BootRecord): number => {
    const time = new ManualTime();
    let went: number | undefined;
    record.pause({ timer: time, random: most }, () => {
      went = time.now;
    });
    time.advance(BACKOFF_CAP_MS);
    return went!;
  };
  return { start, crash, pause, keyValue, logged, writes: () => writes };
}

describe("why a device has started", () => {
  test.each<[ResetCause, string]>([
    ["power", "power"],
    ["software", "engine:online"],
    ["panic", "panic:online"],
    ["watchdog", "watchdog:online"],
    ["brown-out", "brown-out:online"],
    ["unknown", "unknown:online"],
    ["sleep", "sleep"],
  ])("behind a reset by %s is told as %s", (cause, told) => {
    const { start, logged } = chip();
    start("power").enter("online");
    expect(start(cause).reset).toBe(told);
    const level = told.includes(":") ? "warn" : "info";
    expect(logged.at(-1)).toMatch(new RegExp(`^${level} start {"reset":"${told}","starts":\\d}$`));
  });

  test.each<Intent>(["command", "ladder", "console", "update", "safe-end"])(
    "is its own doing where it said so before: %s",
    (intent) => {
      const { start } = chip();
      start("power").intend(intent);
      expect(start("software")).toMatchObject({ reset: intent, starts: 1 });
      // What was said before one restart says nothing of the next.
      expect(start("software")).toMatchObject({ reset: "engine:off", starts: 2 });
    },
  );

  test("is what broke, where the chip broke before it could do what it meant to", () => {
    const { start } = chip();
    const record = start("power");
    record.enter("stopped");
    record.intend("command");
    expect(start("panic")).toMatchObject({ reset: "panic:stopped", starts: 2 });
  });

  test("is an error that nobody caught, with its phase", () => {
    const { start } = chip();
    const record = start("power");
    record.enter("connecting");
    record.fault();
    expect(start("software")).toMatchObject({ reset: "fault:connecting", starts: 2 });
  });

  test("keeps each phase apart", () => {
    const { start } = chip();
    for (const phase of PHASES) {
      start("power").enter(phase);
      expect(start("software").reset).toBe(`engine:${phase}`);
    }
  });
});

describe("starts that lead to nothing", () => {
  test("are counted until one is proven; a sleep makes them neither more nor fewer", () => {
    const { start, crash } = chip();
    const record = crash(3);
    expect(record.starts).toBe(3);
    record.intend("sleep");
    const woken = start("sleep");
    expect(woken.starts).toBe(3);
    woken.proven();
    expect(woken.starts).toBe(0);
    expect(start("software").starts).toBe(1);
  });

  test("how the modem rests is known behind the sleep that it was noted for, and behind no other start", () => {
    const { start } = chip();
    for (const how of ["psm", "off"] as const) {
      start("power").sleeps(how);
      expect(start("sleep").modemRests).toBe(how);
      start("power").sleeps(how);
      expect(start("software").modemRests).toBeUndefined();
    }
    start("power").sleeps("awake");
    expect(start("sleep").modemRests).toBeUndefined();
    start("power").sleeps(undefined);
    expect(start("sleep").modemRests).toBeUndefined();
  });

  test("are told apart from the device's own restarts, one by one", () => {
    const { start } = chip();
    let record = start("panic");
    for (const intent of ["command", "ladder", "console", "update"] as const) {
      record.intend(intent);
      record = start("software");
      expect([intent, record.starts]).toEqual([intent, 1]);
    }
  });

  test("make the device wait from the second on, twice as long each time, up to the ladder's cap", () => {
    const { start, pause } = chip();
    const waits = Array.from({ length: 12 }, () => pause(start("software")));
    expect(waits).toEqual([0, 999, 1999, 3999, 7999, 15_999, 31_999, 63_999, 127_999, 239_999, 239_999, 239_999]);
  });

  test("are remembered where RTC memory is lost, and the count stays in its byte", () => {
    const { start, crash } = chip();
    crash(3);
    expect(start("brown-out")).toMatchObject({ starts: 4 });
    const many = chip();
    expect(many.crash(400).starts).toBe(255);
    const other = chip({ rtc: false });
    for (let i = 0; i < 10; i++) other.start("panic");
    // Nothing tells a crash from the power that came: the device waits, but keeps its settings.
    expect(other.start("power")).toMatchObject({ reset: "power", starts: SAFE_FROM - 1, safe: false });
  });

  test("by power alone make it wait a little, and never take its settings away", () => {
    const { start, pause } = chip();
    const records = Array.from({ length: 20 }, () => start("power"));
    expect(records.at(-1)).toMatchObject({ reset: "power", starts: SAFE_FROM - 1, safe: false });
    expect(pause(records.at(-1)!)).toBeLessThan(4_000);
  });

  test("cost flash nothing while all is well", () => {
    const { start, writes } = chip();
    start("power").proven();
    const before = writes();
    for (let i = 0; i < 10; i++) {
      const record = start("sleep");
      for (const phase of PHASES) record.enter(phase);
      record.proven();
      record.intend("sleep");
    }
    expect(writes()).toBe(before);
  });

  test("do not keep a device from starting whose store is broken", () => {
    const record = new BootRecord({
      keyValue: {
        read: () => undefined,
        write: () => {
          throw new Error("worn out");
        },
        delete: () => {},
      },
      log: () => {},
    });
    expect(record.starts).toBe(1);
    record.proven();
  });

  test.each(["", "x", "12345"])("what is stored and no count is none (%j)", (text) => {
    const { keyValue, start } = chip();
    keyValue.write("starts", Buffer.from(text));
    expect(start("panic").starts).toBe(1);
  });
});

describe("a safe start", () => {
  test("is the fifth that leads to nothing, and each behind it", () => {
    const { start, logged } = chip();
    const safe = Array.from({ length: 7 }, () => start("software").safe);
    expect(safe).toEqual([false, false, false, false, true, true, true]);
    expect(logged.at(-1)).toBe('error start {"reset":"engine:off","starts":7,"safe":true}');
  });

  test("goes on over the loss of power", () => {
    const { start, crash } = chip();
    crash(SAFE_FROM);
    expect(start("power")).toMatchObject({ safe: true, starts: SAFE_FROM });
  });

  test("that proves itself is over after a while; an ordinary start that does so too forgets it all", () => {
    const { start, crash } = chip();
    const record = crash(SAFE_FROM);
    record.proven();
    expect([record.safeMs(0), record.safeMs(0.999_999)]).toEqual([SAFE_MS / 2, SAFE_MS - 1]);
    record.intend("safe-end");
    const next = start("software");
    expect(next).toMatchObject({ reset: "safe-end", safe: false, starts: 0 });
    next.proven();
    expect(crash(SAFE_FROM).safeMs(0)).toBe(SAFE_MS / 2);
  });

  test("lasts twice as long each time an ordinary start behind it fails too, up to a day", () => {
    const { start, crash } = chip();
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const record = crash(SAFE_FROM);
      expect(record.safe).toBe(true);
      record.proven();
      times.push(2 * record.safeMs(0));
      record.intend("safe-end");
      expect(start("software").safe).toBe(false);
    }
    expect(times.slice(0, 4)).toEqual([SAFE_MS, 2 * SAFE_MS, 4 * SAFE_MS, 8 * SAFE_MS]);
    expect(times.slice(-3)).toEqual([SAFE_MAX_MS, SAFE_MAX_MS, SAFE_MAX_MS]);
  });

  test("that leads to nothing is given up when the device restarts by itself, and the ordinary start tried again", () => {
    const { start, crash } = chip();
    crash(SAFE_FROM).intend("ladder");
    const ordinary = start("software");
    expect(ordinary).toMatchObject({ safe: false, starts: SAFE_FROM });
    ordinary.intend("ladder");
    expect(start("software").safe).toBe(true);
  });
});

test("whatever came before, crashes are counted, and lead to a safe start", () => {
  const causes = fc.constantFrom<ResetCause>("power", "software", "panic", "watchdog", "brown-out", "sleep", "unknown");
  const acts = fc.constantFrom("nothing", "proven", "command", "ladder", "console", "fault");
  fc.assert(
    fc.property(fc.array(fc.tuple(causes, acts), { maxLength: 60 }), (lives) => {
      const { start } = chip();
      let vain = 0;
      for (const [cause, act] of lives) {
        const { starts, safe } = start(cause);
        expect(starts).toBeLessThanOrEqual(vain + 1);
        if (safe) expect(starts).toBeGreaterThanOrEqual(SAFE_FROM);
        vain = starts;
        const record = start("sleep");
        if (act === "proven") {
          record.proven();
          vain = 0;
        } else if (act === "fault") record.fault();
        else if (act !== "nothing") record.intend(act as Intent);
      }
      // However it stood before: crashes from now on lead to waits within two starts, and to a safe start within five.
      const behind = Array.from({ length: SAFE_FROM + 1 }, () => start("panic"));
      expect(behind.at(-1)!.safe).toBe(true);
      expect(behind[1]!.starts).toBeGreaterThanOrEqual(2);
    }),
  );
});
