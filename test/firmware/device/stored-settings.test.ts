import { describe, expect, test } from "@jest/globals";
import { SETTINGS_KEY, SETTINGS_LIMIT, storedConfig, storeSetting } from "../../../firmware/device/stored-settings.js";
import type { LogFields } from "../../../firmware/platform/events.js";
import { ConfigError } from "../../../firmware/settings/configure.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";

function setUp() {
  const store = new MemoryKeyValue();
  const ignored: unknown[] = [];
  const config = (built: Record<string, unknown> = {}) =>
    storedConfig(store, built, (_level, _event, fields: LogFields) => ignored.push(fields.name));
  return { store, ignored, config };
}

test("stored settings stand in front of those the device was built with, and these in front of the defaults", () => {
  const { store, config } = setUp();
  storeSetting(store, "listenS", "9");
  expect(config({ listenS: 7, keepAliveS: 60 })).toMatchObject({ listenS: 9, keepAliveS: 60, telemetryIntervalS: 60 });
  storeSetting(store, "listenS", undefined);
  expect(config({ listenS: 7 }).listenS).toBe(7);
});

test.each([
  ["an unknown name", '{"colour":"red","listenS":9}', "colour"],
  ["a value that is no longer allowed", '{"keepAliveS":5,"listenS":9}', "keepAliveS"],
])("%s does not keep the device from starting, and the others count", (_, text, name) => {
  const { store, ignored, config } = setUp();
  store.write(SETTINGS_KEY, Buffer.from(text));
  expect(config()).toMatchObject({ listenS: 9, keepAliveS: 300 });
  expect(ignored).toEqual([name]);
});

test.each(["", "{", "[]", "null", `{"a":"${"x".repeat(SETTINGS_LIMIT)}"}`, "\u00ff"])(
  "what is stored and no settings at all counts as nothing, and is said to (%#)",
  (text) => {
    const { store } = setUp();
    const said: string[] = [];
    store.write(SETTINGS_KEY, Buffer.from(text, "latin1"));
    expect(storedConfig(store, {}, (level, event) => said.push(`${level} ${event}`)).listenS).toBe(5);
    expect(said).toEqual(["error settings-left-out"]);
    storeSetting(store, "listenS", "9");
    expect(storedConfig(store, {}, () => {}).listenS).toBe(9);
  },
);

describe("settings that must go together", () => {
  const set = (store: MemoryKeyValue, ...pairs: [name: string, text: string | undefined][]) => {
    for (const [name, text] of pairs) storeSetting(store, name, text);
  };

  test("are refused one by one, whichever is set last, and nothing is stored then", () => {
    const { store, config } = setUp();
    set(store, ["power", "psm"], ["psmPeriodS", "7200"], ["telemetryIntervalS", "3600"]);
    const before = config();
    for (const [name, text] of [
      ["telemetryIntervalS", "7200"],
      ["psmPeriodS", "3600"],
    ] as const) {
      expect(() => storeSetting(store, name, text)).toThrow(/with power psm, psmPeriodS/);
    }
    expect(config()).toEqual(before);
    set(store, ["power", undefined], ["psmPeriodS", "60"]);
    expect(() => storeSetting(store, "power", "psm")).toThrow(ConfigError);
  });

  test("are refused to be taken away, where what is built in or by default does not go with the others", () => {
    const { store } = setUp();
    set(store, ["psmPeriodS", "100000"], ["telemetryIntervalS", "86400"], ["power", "psm"]);
    expect(() => storeSetting(store, "psmPeriodS", undefined)).toThrow(/now 14400/);
    const built = { power: "psm", psmPeriodS: 7_200 };
    const other = setUp().store;
    expect(() => storeSetting(other, "telemetryIntervalS", "7200", built)).toThrow(/now 7200/);
    storeSetting(other, "telemetryIntervalS", "7199", built);
  });

  test("can be mended where they were stored by a firmware that did not ask", () => {
    const { store, config } = setUp();
    store.write(SETTINGS_KEY, Buffer.from('{"power":"psm","psmPeriodS":60,"telemetryIntervalS":60}'));
    expect(() => config()).toThrow(ConfigError);
    storeSetting(store, "psmPeriodS", undefined);
    expect(config()).toMatchObject({ power: "psm", psmPeriodS: 14_400 });
  });

  test("do not keep a wrong build from being mended", () => {
    const { store, config } = setUp();
    const built = { telemetryIntervalS: 0 };
    storeSetting(store, "apn", "a.b", built);
    storeSetting(store, "telemetryIntervalS", "60", built);
    expect(config(built)).toMatchObject({ apn: "a.b", telemetryIntervalS: 60 });
  });
});

test("what the device was built with must be right", () => {
  expect(() => setUp().config({ colour: "red" })).toThrow(ConfigError);
});

test.each(["-1", "1e3", "0x10", "", " 5", "5 ", "99999999999", "86401"])("%j is no interval", (text) => {
  expect(() => storeSetting(setUp().store, "telemetryIntervalS", text)).toThrow(/must be a whole number/);
});
