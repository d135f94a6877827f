import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Json } from "../../../firmware/device/commands.js";
import {
  Configurator,
  MAX_CONFIGURATION_BYTES,
  type RuntimeSettings,
  readConfiguration,
  runtimeSettingsOf,
  STATE_INTERVAL_MS,
} from "../../../firmware/device/configurator.js";
import { configure } from "../../../firmware/settings/configure.js";
import { ManualTime } from "../http/fakes.js";

const settings: RuntimeSettings = { telemetryIntervalS: 60, listenS: 5 };
const own = { ...settings, power: "always-on", psmPeriodS: 3_600 };
const bytes = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const read = (value: unknown) => readConfiguration(bytes(value), own);

describe("reading a configuration", () => {
  test("what it names is taken, what it does not name is the device's own", () => {
    expect(read({ telemetryIntervalS: 30 })).toEqual({ ok: true, settings: { telemetryIntervalS: 30, listenS: 5 } });
    expect(read({ listenS: 0, telemetryIntervalS: 1 })).toMatchObject({ settings: { listenS: 0 } });
    for (const nothing of ["", {}]) expect(read(nothing)).toEqual({ ok: true, settings });
  });

  test.each([
    ["not JSON", "{", "malformed"],
    ["an array", [], "malformed"],
    ["null", "null", "malformed"],
    ["ill-formed UTF-8", "\u00ff".repeat(3), "malformed"],
    ["a setting that may not change at run time", { apn: "x" }, "unknown-setting"],
    ["a secret", { pin: "1234" }, "unknown-setting"],
    ["a name from the prototype", '{"__proto__":1}', "unknown-setting"],
    ["a value out of range", { telemetryIntervalS: 0 }, "bad-value"],
    ["a value of another type", { telemetryIntervalS: "30" }, "bad-value"],
    ["one good and one bad value", { listenS: 1, telemetryIntervalS: 86_401 }, "bad-value"],
    ["too many bytes", " ".repeat(MAX_CONFIGURATION_BYTES + 1), "too-large"],
  ])("%s is refused as a whole", (_, value, error) => {
    expect(read(value)).toMatchObject({ ok: false, error });
  });

  test("an interval that is no shorter than the period in which a modem with PSM wakes is refused", () => {
    const ask = (telemetryIntervalS: number) =>
      readConfiguration(bytes({ telemetryIntervalS }), { ...own, power: "psm" });
    expect(ask(3_599)).toMatchObject({ ok: true });
    expect(ask(3_600)).toMatchObject({
      ok: false,
      error: "bad-value",
      detail: expect.stringMatching(/psmPeriodS/) as unknown,
    });
    expect(read({ telemetryIntervalS: 3_600 })).toMatchObject({ ok: true });
  });

  test("nesting without end is refused, not followed", () => {
    expect(read("[".repeat(MAX_CONFIGURATION_BYTES))).toMatchObject({ error: "malformed" });
  });

  test("a refusal repeats a name only in part, and nothing that cannot be printed", () => {
    const reading = read({ [`\u0007${"x".repeat(300)}`]: 1 });
    expect(reading).toMatchObject({ ok: false, detail: `.${"x".repeat(31)}; known: telemetryIntervalS, listenS` });
  });

  test("no bytes make it throw", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 600 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (payload) => {
          expect(typeof readConfiguration(payload, own).ok).toBe("boolean");
        },
      ),
    );
  });
});

function setUp() {
  const time = new ManualTime();
  const applied: RuntimeSettings[] = [];
  const states: Json[] = [];
  const logged: string[] = [];
  const configurator = new Configurator({
    platform: { clock: time, timer: time, log: (_level, event) => logged.push(event) },
    own,
    device: { onSettings: (settings) => void applied.push(settings), onState: (state) => states.push(state) > 0 },
  });
  return { time, applied, states, logged, configurator };
}

test("a configuration that changes again and again is reported ten times, then as it is each ten seconds", () => {
  const { time, states, configurator } = setUp();
  for (let i = 0; i < 600; i++) {
    configurator.take(bytes({ telemetryIntervalS: 10 + i }));
    time.advance(1_000);
  }
  expect(states.length).toBeLessThanOrEqual(10 + 60);
  expect(states.length).toBeGreaterThan(60);
  time.advance(10_000);
  expect(states.at(-1)).toMatchObject({ settings: { telemetryIntervalS: 609 } });
});

test("a state for which there is no room now is reported later", () => {
  const time = new ManualTime();
  const states: Json[] = [];
  let room = false;
  const configurator = new Configurator({
    platform: { clock: time, timer: time, log: () => {} },
    own,
    device: { onSettings: () => {}, onState: (state) => room && states.push(state) > 0 },
  });
  configurator.take(bytes({ telemetryIntervalS: 30 }));
  time.advance(60_000);
  room = true;
  configurator.take(bytes({ telemetryIntervalS: 31 }));
  time.advance(10_000);
  expect(states).toEqual([{ config: { ok: true }, settings: { ...settings, telemetryIntervalS: 31 } }]);
});

describe("a configuration that is delivered", () => {
  test("takes effect and is reported, until the next one replaces it", () => {
    const { time, applied, states, configurator } = setUp();
    configurator.take(bytes({ telemetryIntervalS: 30 }));
    time.advance(STATE_INTERVAL_MS);
    configurator.take(bytes({ listenS: 9 }));
    expect(applied).toEqual([
      { telemetryIntervalS: 30, listenS: 5 },
      { telemetryIntervalS: 60, listenS: 9 },
    ]);
    expect(states).toEqual(applied.map((settings) => ({ config: { ok: true }, settings })));
    expect(configurator.settings).toEqual(applied[1]);
  });

  test("is not obeyed when it is malformed, but reported", () => {
    const { time, applied, states, logged, configurator } = setUp();
    configurator.take(bytes({ listenS: 7 }));
    time.advance(STATE_INTERVAL_MS);
    configurator.take(bytes("{"));
    expect(applied).toHaveLength(1);
    expect(configurator.settings.listenS).toBe(7);
    expect(states[1]).toEqual({
      config: { ok: false, error: "malformed", detail: "not a JSON object" },
      settings: { telemetryIntervalS: 60, listenS: 7 },
    });
    expect(logged).toEqual(["configured", "configuration-refused"]);
  });

  test("is taken no notice of when it is the one before, delivered with each subscription", () => {
    const { time, applied, states, configurator } = setUp();
    configurator.take(bytes({ telemetryIntervalS: 30 }));
    configurator.change({ telemetryIntervalS: 10 });
    time.advance(STATE_INTERVAL_MS);
    for (let i = 0; i < 3; i++) configurator.take(bytes({ telemetryIntervalS: 30 }));
    time.advance(STATE_INTERVAL_MS);
    expect(applied).toHaveLength(2);
    expect(configurator.settings.telemetryIntervalS).toBe(10);
    expect(states.at(-1)).toMatchObject({ settings: { telemetryIntervalS: 10 } });
    expect(states).toHaveLength(2);
  });
});

describe("the device's state", () => {
  test("is reported at most once a second, and then as it is by then", () => {
    const { time, states, configurator } = setUp();
    for (let seconds = 1; seconds <= 5; seconds++) configurator.change({ telemetryIntervalS: seconds });
    expect(states).toHaveLength(1);
    time.advance(STATE_INTERVAL_MS - 1);
    expect(states).toHaveLength(1);
    time.advance(1);
    expect(states).toEqual([
      { config: null, settings: { telemetryIntervalS: 1, listenS: 5 } },
      { config: null, settings: { telemetryIntervalS: 5, listenS: 5 } },
    ]);
    time.advance(10 * STATE_INTERVAL_MS);
    expect(states).toHaveLength(2);
  });

  test("is not reported any more once the device ends", () => {
    const { time, states, configurator } = setUp();
    configurator.change({ listenS: 1 });
    configurator.change({ listenS: 2 });
    configurator.stop();
    time.advance(STATE_INTERVAL_MS);
    expect(states).toHaveLength(1);
    expect(time.pending).toBe(0);
  });

  test("holds nothing of the configuration but what may change", () => {
    expect(runtimeSettingsOf(configure({ pin: "1234" }))).toEqual(settings);
  });
});
