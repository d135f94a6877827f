// A device with an app of its own, from its sensor to the cloud and back, and what is left of a device whose app does harm.

import { describe, expect, test } from "@jest/globals";
import type { DeviceApp } from "../../firmware/compose.js";
import { APP_SAMPLE_BYTES } from "../../firmware/platform/app.js";
import { makeBoard, standardParts } from "../../host-sim/board/board.js";
import { HOUR_MS, MINUTE_MS, started, type TestDesk } from "../support/desk.js";

/** By a name that the compiler does not follow: it knows the package by its sources. */
const example: string = "../../examples/thermometer/app.js";
const thermometer = (await import(example)) as DeviceApp;

const app = (sample: () => unknown, more: Partial<DeviceApp> = {}): DeviceApp =>
  ({ start: () => ({ sample }), ...more }) as unknown as DeviceApp;
const deskWith = (own: DeviceApp, options: Parameters<typeof started>[0] = {}) =>
  started({ settings: { telemetryIntervalS: 10 }, firmware: { app: own }, ...options });
const appOf = (desk: TestDesk) => desk.telemetry.map((record) => record.app);
const records = (desk: TestDesk, n: number) => desk.run(() => desk.device.counters.acked >= n, 10 * MINUTE_MS);

describe("a thermometer with a command and a setting", () => {
  function thermometerDesk() {
    const board = makeBoard({ parts: standardParts() });
    board.sht3x.temperature = 21.5;
    const desk = started({
      settings: { telemetryIntervalS: 10, threshold: 25 },
      firmware: { app: thermometer },
      board: { ports: board.device },
    });
    return { desk, board };
  }

  test("tells what it measures, obeys, and sends an alarm above its threshold", async () => {
    const { desk, board } = thermometerDesk();
    expect(await desk.online(5 * MINUTE_MS)).toBe(true);
    desk.command({ id: "1", cmd: "led", on: true });
    desk.command({ id: "2", cmd: "led", on: "yes" });
    desk.command({ id: "3", cmd: "lamp" });
    await desk.run(() => desk.answers.length === 3, MINUTE_MS);
    expect(desk.answers).toEqual([
      { id: "1", ok: true },
      { id: "2", ok: false, error: "bad-argument", detail: '"on" must be true or false' },
      { id: "3", ok: false, error: "unknown-command", detail: "known: ping, status, interval, restart, led" },
    ]);
    expect(board.led.brightness).toBe(1);
    expect(desk.telemetry[0]).toMatchObject({ seq: 1, app: { temperature: 21.5, humidity: 45 }, acked: 0 });

    board.sht3x.temperature = 26;
    const alarms = () => desk.chronicle.published(`${desk.iccid}/telemetry/alarm`);
    await desk.run(() => alarms().length > 0, MINUTE_MS);
    expect(alarms()[0]).toEqual({
      seq: expect.any(Number),
      uptime: expect.any(Number),
      time: expect.any(Number),
      app: { temperature: expect.closeTo(26, 1) },
    });
    expect(desk.named("app-fault")).toEqual([]);
  });

  test("whose sensor is gone says so, record by record, and tells again once it is back", async () => {
    const { desk, board } = thermometerDesk();
    await records(desk, 1);
    board.sht3x.fault = "absent";
    await records(desk, 3);
    expect(appOf(desk).at(-1)).toEqual({ error: expect.stringMatching(/./) });
    board.sht3x.fault = "none";
    await records(desk, 5);
    expect(appOf(desk).at(-1)).toMatchObject({ temperature: 21.5 });
    expect({ boots: desk.boots, lost: desk.device.counters.lost }).toEqual({ boots: 1, lost: 0 });
  });
});

describe("an app that does harm costs nothing but its own part of the record:", () => {
  const never = new Promise<object>(() => {});
  test.each<[what: string, sample: () => unknown, error: string]>([
    [
      "it throws",
      () => {
        throw new Error("no sensor");
      },
      "no sensor",
    ],
    [
      "it throws what cannot be shown",
      () => {
        throw {
          toString: () => {
            throw 1;
          },
        };
      },
      "(cannot be shown)",
    ],
    ["it rejects", () => Promise.reject(new Error("bus stuck")), "bus stuck"],
    ["it never settles", () => never, "it did not come in time"],
    ["it returns a number", () => 7, "it is not an object"],
    ["it returns 10 KB", () => ({ text: "x".repeat(10_000) }), "text is too long"],
    [
      "it returns many members",
      () => Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`m${i}`, i])),
      `a sample has at most ${APP_SAMPLE_BYTES} bytes`,
    ],
    [
      "it returns itself within itself",
      () => {
        const a: { a?: object } = {};
        a.a = a;
        return a;
      },
      "a is nested too deep",
    ],
    ["it returns a function", () => ({ f: () => 1 }), "f is of type function"],
    [
      "its member throws",
      () => ({
        get t(): number {
          throw new Error("late");
        },
      }),
      "late",
    ],
  ])("%s", async (_what, sample, error) => {
    const desk = deskWith(app(sample));
    await records(desk, 4);
    expect(appOf(desk)[0]).toEqual({ error });
    expect(desk.telemetry.map(({ seq, lost }) => [seq, lost]).slice(0, 4)).toEqual([1, 2, 3, 4].map((seq) => [seq, 0]));
    expect({ boots: desk.boots, crashes: desk.named("fault") }).toEqual({ boots: 1, crashes: [] });
    expect(desk.named("app-fault")[0]).toMatchObject({ part: "sample", message: error });
    desk.device.stop();
    await desk.run(() => desk.device.phase === "stopped", MINUTE_MS);
  });

  test("NaN is left out and named, the rest of the sample is told", async () => {
    const desk = deskWith(
      app(() => ({ temperature: Number.NaN, humidity: 40, error: "of its own", pressure: undefined })),
    );
    await records(desk, 1);
    expect(appOf(desk)[0]).toEqual({ humidity: 40, error: "temperature is NaN" });
  });

  test("a promise that never settles is one, however many records come", async () => {
    let asked = 0;
    const desk = deskWith(
      app(() => {
        asked++;
        return new Promise<object>(() => {});
      }),
    );
    await records(desk, 10);
    expect(asked).toBe(1);
    expect(appOf(desk).slice(0, 3)).toEqual([
      { error: "it did not come in time" },
      { error: "the sample before has not come" },
      { error: "the sample before has not come" },
    ]);
  });

  test("one that starts only at the third attempt is tried until then", async () => {
    let starts = 0;
    const own = app(() => ({}), {
      start: () => {
        if (++starts < 3) throw new Error("not yet");
        return { sample: () => ({ starts }) };
      },
    });
    const desk = deskWith(own);
    await records(desk, 3);
    expect(appOf(desk)).toEqual([{ error: "not yet" }, { starts: 3 }, { starts: 3 }]);
  });

  test("its timers' errors are its own", async () => {
    const own = app(() => ({}), {
      start: (ctx) => {
        ctx.timer.set(() => {
          throw new Error("tick");
        }, 1);
        ctx.log("info", "on");
        return { sample: () => undefined };
      },
    });
    const desk = deskWith(own);
    await records(desk, 2);
    expect(desk.named("app")).toEqual([{ message: "on" }]);
    expect(desk.named("app-fault")).toEqual([{ part: "timer", code: "app-threw", message: "tick" }]);
    expect(desk.telemetry.some((record) => "app" in record)).toBe(false);
  });
});

test("without an app of its own a device says what it always said", async () => {
  const run = async (own?: DeviceApp) => {
    const desk = started({ settings: { telemetryIntervalS: 10 }, ...(own && { firmware: { app: own } }) });
    await records(desk, 3);
    return desk.events("publish").map(({ payload }) => Buffer.from(payload).toString());
  };
  const [bare, silent] = [await run(), await run(app(() => undefined))];
  expect(silent).toEqual(bare);
  expect(bare.join()).not.toContain('"app"');
});

test("a safe start leaves the app out, and its settings stay settings", async () => {
  let starts = 0;
  const deadly: DeviceApp = {
    settings: { n: { default: 1, range: [0, 9], unit: "", help: "a number" } },
    commands: { own: { help: "answers", run: () => ({}) } },
    start: () => {
      starts++;
      return { sample: () => ({ n: 1 }) };
    },
  };
  const desk = deskWith(deadly, { settings: { telemetryIntervalS: 10, n: 3 } });
  // The engine ends again and again, before anything is proven.
  for (let i = 0; i < 5; i++) {
    await desk.run(() => desk.unit.device !== undefined, HOUR_MS);
    desk.unit.board.restart();
    await desk.run(1_000);
  }
  await desk.run(() => desk.unit.device !== undefined && desk.device.counters.acked > 0, HOUR_MS);
  expect(desk.named("start").at(-1)).toMatchObject({ safe: true });
  expect(desk.telemetry.at(-1)).toMatchObject({ safe: true });
  expect(desk.telemetry.at(-1)).not.toHaveProperty("app");
  expect(starts).toBeLessThanOrEqual(5);
});

describe("a device that rests", () => {
  const settings = { power: "psm", telemetryIntervalS: 1_800, keepAliveS: 600 };
  const slow = (log: string[]): DeviceApp => ({
    start: (ctx) => ({
      sample: () => new Promise((resolve) => void ctx.timer.set(() => resolve({ slow: true }), 4_000)),
      close: () => {
        log.push("closing");
        return new Promise((resolve) => void ctx.timer.set(resolve, 1));
      },
    }),
  });

  test("waits for the sample, and closes the app before the chip sleeps and before it stops", async () => {
    const log: string[] = [];
    const desk = deskWith(slow(log), { settings: { ...settings, listenS: 0 }, board: { deepSleep: true } });
    await desk.run(() => desk.boots > 3, 3 * HOUR_MS);
    expect(appOf(desk)).toEqual([{ slow: true }, { slow: true }, { slow: true }]);
    expect(desk.telemetry.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(log).toHaveLength(3);
  });

  test("wakes for what is to be said now, and not for what has time", async () => {
    const say: ((now: boolean) => boolean)[] = [];
    const own = app(() => undefined, {
      start: (ctx) => {
        say.push((now) => ctx.publish("alarm", { now }, { now }));
        return { sample: () => undefined };
      },
    });
    const desk = deskWith(own, { settings });
    const alarms = () => desk.chronicle.published(`${desk.iccid}/telemetry/alarm`);
    await desk.run(() => desk.device.phase === "asleep", HOUR_MS);
    expect(say[0]!(false)).toBe(true);
    await desk.run(MINUTE_MS);
    expect(alarms()).toEqual([]);
    expect(say[0]!(true)).toBe(true);
    await desk.run(MINUTE_MS);
    expect(alarms().map((alarm) => alarm.app)).toEqual([{ now: false }, { now: true }]);
  });
});

test("a record of its own is kept by rules: not before the first connection, ten at once, below 512 bytes, by a plain name", async () => {
  const said: boolean[] = [];
  let publish: (suffix: string, fields: object) => boolean = () => false;
  const own = app(() => undefined, {
    start: (ctx) => {
      publish = (suffix, fields) => ctx.publish(suffix, fields);
      said.push(publish("early", {}));
      return { sample: () => undefined };
    },
  });
  const desk = deskWith(own, { settings: { telemetryIntervalS: 3_600 } });
  await records(desk, 1);
  said.push(publish("a/b", {}), publish("+", {}), publish("list", []), publish("long", { t: "x".repeat(600) }));
  expect(said).toEqual([false, false, false, false, false]);
  expect(Array.from({ length: 12 }, (_, i) => publish("e", { i }))).toEqual([
    ...new Array(10).fill(true),
    false,
    false,
  ]);
  expect(desk.named("app-fault").map(({ code }) => code)).toEqual([
    ...["app-refused", "app-value", "app-value", "app-value", "app-value"],
    ...["app-refused", "app-refused"],
  ]);
  await desk.run(MINUTE_MS);
  expect(desk.chronicle.published(`${desk.iccid}/telemetry/e`)).toHaveLength(10);
});

describe("a command of its own", () => {
  const commands: DeviceApp["commands"] = {
    throws: { help: "", run: () => Promise.reject(new Error("jammed")) },
    hangs: { help: "", run: () => new Promise(() => {}) },
    speaks: { help: "", run: () => ({ text: "x".repeat(1_000) }) },
    lies: { help: "", run: () => ({ ok: false }) },
    adds: {
      help: "",
      args: {
        a: { range: [0, 1], fractions: true },
        how: { choices: ["up", "down"] },
        note: { text: 4, optional: true },
      },
      run: (args) => ({ args }),
    },
  };

  test.each<[ask: object, answer: object]>([
    [{ cmd: "throws" }, { ok: false, error: "failed", detail: "jammed" }],
    [{ cmd: "hangs" }, { ok: false, error: "failed", detail: "it did not come in time" }],
    [{ cmd: "speaks" }, { ok: false, error: "failed", detail: "text is too long" }],
    [{ cmd: "lies" }, { ok: false, error: "failed", detail: "ok is the device's own" }],
    [
      { cmd: "adds", a: 0.5, how: "up" },
      { ok: true, args: { a: 0.5, how: "up" } },
    ],
    [
      { cmd: "adds", a: 0.5, how: "up", note: "1234" },
      { ok: true, args: { a: 0.5, how: "up", note: "1234" } },
    ],
    [
      { cmd: "adds", a: 2, how: "up" },
      { ok: false, error: "bad-argument", detail: '"a" must be a number from 0 to 1' },
    ],
    [
      { cmd: "adds", a: 1, how: "in" },
      { ok: false, error: "bad-argument", detail: '"how" must be one of up, down' },
    ],
    [
      { cmd: "adds", a: 1, how: "up", note: "12345" },
      { ok: false, error: "bad-argument", detail: '"note" must be text of at most 4 characters' },
    ],
  ])("%j is answered, once", async (ask, answer) => {
    const desk = deskWith(app(() => undefined, { commands }));
    await records(desk, 1);
    desk.command({ id: 1, ...ask });
    await desk.run(MINUTE_MS);
    expect(desk.answers).toEqual([{ id: 1, ...answer }]);
  });

  test("that hangs is answered busy from then on, the others go on", async () => {
    const desk = deskWith(app(() => undefined, { commands }));
    await records(desk, 1);
    for (const id of [1, 2]) desk.command({ id, cmd: "hangs" });
    desk.command({ id: 3, cmd: "adds", a: 1, how: "up" });
    await desk.run(MINUTE_MS);
    const answers = desk.answers.map(({ id, ok, error }) => [id, ok, error]);
    expect(answers).toEqual([
      [2, false, "busy"],
      [3, true, undefined],
      [1, false, "failed"],
    ]);
  });

  test("that is under way when the device stops is answered before", async () => {
    const desk = deskWith(app(() => undefined, { commands }));
    await records(desk, 1);
    desk.command({ id: 1, cmd: "hangs" });
    await desk.run(() => desk.device.counters.received === 1, MINUTE_MS);
    desk.device.stop();
    await desk.run(() => desk.device.phase === "stopped" && desk.answers.length > 0, MINUTE_MS);
    expect(desk.answers).toEqual([{ id: 1, ok: false, error: "failed", detail: "it did not come in time" }]);
  });
});
