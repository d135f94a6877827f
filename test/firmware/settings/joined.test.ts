// The settings of an app are settings like the device's own: whoever reads, stores or changes one takes them too.

import { describe, expect, test } from "@jest/globals";
import { type DeviceApp, tableOf } from "../../../firmware/compose.js";
import { Configurator, readConfiguration } from "../../../firmware/device/configurator.js";
import { Console } from "../../../firmware/device/console.js";
import { storedConfig } from "../../../firmware/device/stored-settings.js";
import type { AppSetting, AppSettings } from "../../../firmware/platform/app.js";
import { configure } from "../../../firmware/settings/configure.js";
import { joinedTable, valuesFor } from "../../../firmware/settings/joined.js";
import { SETTINGS } from "../../../firmware/settings/table.js";
import { settingTable } from "../../../host-sim/docs/settings.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ManualTime } from "../http/fakes.js";

const APP = {
  threshold: { default: 30, range: [-40, 85], unit: "degrees", help: "above it an alarm is sent" },
  gain: { default: 1, range: [0, 2], unit: "", fractions: true, help: "of the amplifier" },
  mode: { default: "slow", choices: ["slow", "fast"], by: "console", help: "how it measures" },
  code: { default: 0, range: [0, 9999], unit: "", secret: true, help: "opens the door" },
} as const satisfies AppSettings;
const table = joinedTable(APP);
const appOf = (settings: Readonly<Record<string, AppSetting>>): DeviceApp => ({
  settings: settings as Record<never, AppSetting>,
  start: () => ({ sample: () => undefined }),
});

describe("the console", () => {
  function setUp() {
    const keyValue = new MemoryKeyValue();
    const settings = configure({ threshold: 25 }, table);
    const console = new Console({ keyValue, table, built: { threshold: 25 }, settings, status: () => ({}) });
    const say = (line: string) =>
      console
        .receive(Buffer.from(`${line}\r`))
        .text.split("\n")
        .slice(0, -1);
    const config = () => storedConfig(keyValue, { threshold: 25 }, () => {}, table);
    return { ask: (line: string) => say(line).slice(1), say, config };
  }

  test("sets, shows and takes away a setting of the app, and what is stored counts from the next start on", () => {
    const { ask, config } = setUp();
    expect(ask("set threshold -7")).toEqual(["ok"]);
    expect(ask("get threshold")).toEqual(["threshold 25, then -7", "ok"]);
    expect(ask("set gain 0.25")).toEqual(["ok"]);
    expect(ask("set mode fast")).toEqual(["ok"]);
    expect(config()).toMatchObject({ threshold: -7, gain: 0.25, mode: "fast", code: 0, telemetryIntervalS: 60 });
    expect(ask("unset threshold")).toEqual(["ok"]);
    expect(config()).toMatchObject({ threshold: 25 });
  });

  test("refuses what the app's table does not allow", () => {
    const { ask } = setUp();
    expect(ask("set threshold 86")).toEqual([
      'error: setting "threshold" must be a whole number from -40 to 85 (degrees)',
    ]);
    expect(ask("set threshold 1.5")[0]).toContain("whole number");
    expect(ask("set gain 2.1")[0]).toContain("a number from 0 to 2");
    expect(ask("set mode off")).toEqual(['error: setting "mode" must be one of slow, fast']);
  });

  test("shows no secret of the app, neither as it is typed nor later", () => {
    const { say } = setUp();
    expect(say("set code 4711")).toEqual(["set code ****", "ok"]);
    expect(say("get code").at(-2)).toBe("code […]");
  });
});

test("a configuration file names the app's settings, and what it says wrong is refused by name", () => {
  expect(configure({ gain: 0.5 }, table)).toMatchObject({ gain: 0.5, threshold: 30 });
  expect(() => configure({ gain: "0.5" }, table)).toThrow('setting "gain" must be a number from 0 to 2');
  expect(() => configure({ gain: 0.5 })).toThrow('unknown setting "gain"');
  expect(() => configure({ other: 1 }, table)).toThrow(/known: .*session, .*threshold, gain, mode, code$/);
});

describe("the cloud", () => {
  const own = configure({ threshold: 25 }, table);
  const read = (value: unknown) => readConfiguration(Buffer.from(JSON.stringify(value)), own, table);

  test("changes those that it may, and puts them back by naming none", () => {
    expect(read({ threshold: 26, telemetryIntervalS: 5 })).toEqual({
      ok: true,
      settings: { telemetryIntervalS: 5, listenS: 5, threshold: 26, gain: 1, code: 0 },
    });
    expect(read({})).toMatchObject({ settings: { threshold: 25 } });
    expect(read({ threshold: 99 })).toMatchObject({ error: "bad-value", detail: expect.stringContaining("threshold") });
    expect(read({ mode: "fast" })).toMatchObject({
      error: "unknown-setting",
      detail: "mode; known: telemetryIntervalS, listenS, threshold, gain, code",
    });
  });

  test("is told of them, but not of what is secret", () => {
    const time = new ManualTime();
    const states: unknown[] = [];
    const logged: unknown[] = [];
    const configurator = new Configurator({
      platform: { clock: time, timer: time, log: (_level, event, fields) => logged.push([event, fields]) },
      own,
      table,
      device: { onSettings: () => {}, onState: (state) => states.push(state) > 0 },
    });
    configurator.take(Buffer.from('{"threshold":20,"code":1234}'));
    expect(states).toEqual([
      { config: { ok: true }, settings: { telemetryIntervalS: 60, listenS: 5, threshold: 20, gain: 1 } },
    ]);
    expect(JSON.stringify([states, logged])).not.toContain("1234");
  });
});

describe("an app is refused before it runs", () => {
  const setting = { default: 1, range: [0, 2], unit: "", help: "a number" } as const;
  const many = (prefix: string, n: number) => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
  test.each<[what: string, settings: Readonly<Record<string, AppSetting>>, why: string]>([
    ["a name that the device has", { apn: setting }, 'the app\'s setting "apn" exists already'],
    ["a name that is none", { "a b": setting }, "letters and digits"],
    ["a name that is too long", { ["a".repeat(25)]: setting }, "at most 24"],
    ["a name that is every object's", JSON.parse('{"__proto__":{}}'), "letters and digits"],
    ["too many", Object.fromEntries(many("a", 13).map((name) => [name, setting])), "at most 12 settings"],
    ["no value in its range", { a: { ...setting, range: [2, 1] } }, "has no value in its range"],
    ["a default out of its range", { a: { ...setting, default: 3 } }, "has a default that it may not have"],
    ["a default that is no choice", { a: { default: "x", choices: ["y"], help: "" } }, "has a default"],
    ["choices that nobody can type", { a: { default: "x y", choices: ["x y"], help: "" } }, "without blanks"],
  ])("for %s", (_what, settings, why) => {
    expect(() => tableOf(appOf(settings))).toThrow(why);
  });

  test.each<[what: string, commands: DeviceApp["commands"], why: string]>([
    ["a command that every device has", { restart: { help: "", run: () => ({}) } } as never, "exists already"],
    ["a command that is no name", { "": { help: "", run: () => ({}) } }, "must have a name"],
    ["an argument that is the device's", { a: { help: "", args: { id: { text: 9 } }, run: () => ({}) } }, '"id"'],
  ])("for %s", (_what, commands, why) => {
    expect(() => tableOf({ ...appOf({}), ...(commands && { commands }) })).toThrow(why);
  });

  test("and does not compile", () => {
    // @ts-expect-error: the device has a setting of this name
    const setting: DeviceApp = { settings: { apn: APP.threshold }, start: () => ({ sample: () => undefined }) };
    // @ts-expect-error: and a command of this one
    const command: DeviceApp = { commands: { ping: { help: "", run: () => ({}) } }, start: setting.start };
    expect(command.start).toBe(setting.start);
  });
});

test("a device without an app has the device's own table, not a copy of it", () => {
  expect(joinedTable(undefined)).toBe(SETTINGS);
  expect(joinedTable({})).toBe(SETTINGS);
});

test("values come from the configuration, and from the app where that does not say", () => {
  expect(valuesFor(APP, { threshold: 5, gain: "x" })).toEqual({ threshold: 5, gain: 1, mode: "slow", code: 0 });
});

test("the documents have them as they have the device's own", () => {
  const rows = settingTable(table).split("\n");
  expect(rows).toContain(
    "| `threshold` | a whole number from -40 to 85 (degrees) | `30` | build, console, cloud | above it an alarm is sent |",
  );
});
