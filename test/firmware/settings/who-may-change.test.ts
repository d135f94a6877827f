// Who may change a setting is a column of the table, and all who let somebody change one go by it.

import { describe, expect, test } from "@jest/globals";
import { readConfiguration } from "../../../firmware/device/configurator.js";
import { Console } from "../../../firmware/device/console.js";
import { SETTINGS_KEY, storedConfig } from "../../../firmware/device/stored-settings.js";
import { configure } from "../../../firmware/settings/configure.js";
import type { Who } from "../../../firmware/settings/kinds.js";
import { CLOUD_SETTINGS, mayChange, SETTINGS, type SettingName } from "../../../firmware/settings/table.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";

/** Runs `work` with a table that lets nobody behind `by` change the setting. */
function withTable<T>(name: SettingName, by: Who, work: () => T): T {
  const row: { by: Who } = SETTINGS[name];
  const was = row.by;
  row.by = by;
  try {
    return work();
  } finally {
    row.by = was;
  }
}

function setUp() {
  const keyValue = new MemoryKeyValue();
  const console = new Console({ keyValue, built: {}, settings: configure(), status: () => ({}) });
  const ask = (line: string) =>
    console
      .receive(Buffer.from(`${line}\r`))
      .text.split("\n")
      .slice(1, -1);
  const ignored: unknown[] = [];
  const config = () => storedConfig(keyValue, {}, (_level, _event, fields) => ignored.push(fields));
  return { keyValue, ask, config, ignored };
}

test.each<[Who, SettingName, boolean]>([
  ["build", "apn", true],
  ["console", "apn", true],
  ["cloud", "apn", false],
  ["build", "listenS", true],
  ["console", "listenS", true],
  ["cloud", "listenS", true],
])("that %s may change %s: %j", (who, name, may) => {
  expect(mayChange(who, name)).toBe(may);
});

describe("the console", () => {
  test("changes each setting that the table lets it change", () => {
    const { ask, config, ignored } = setUp();
    expect(ask("set keepAliveS 60")).toEqual(["ok"]);
    expect(ask("set telemetryIntervalS 61")).toEqual(["ok"]);
    expect(config()).toMatchObject({ keepAliveS: 60, telemetryIntervalS: 61 });
    expect(ignored).toEqual([]);
  });

  test("refuses in a clear sentence what only the build may change, and still shows it", () => {
    const { keyValue, ask } = setUp();
    withTable("keepAliveS", "build", () => {
      expect(ask("set keepAliveS 60")).toEqual([
        'error: setting "keepAliveS" is fixed when the firmware is built, and cannot be changed here',
      ]);
      expect(ask("get keepAliveS")).toEqual(["keepAliveS 300", "ok"]);
    });
    expect(keyValue.read(SETTINGS_KEY)).toBeUndefined();
  });

  test("does not bring back what was stored while the console still might, and takes it away when asked", () => {
    const { ask, config, ignored } = setUp();
    ask("set keepAliveS 60");
    withTable("keepAliveS", "build", () => {
      expect(config().keepAliveS).toBe(300);
      expect(ignored).toEqual([{ name: "keepAliveS" }]);
      expect(ask("unset keepAliveS")).toEqual(["ok"]);
    });
    expect(config().keepAliveS).toBe(300);
  });
});

describe("the cloud", () => {
  const own = configure();
  const ask = (name: string, value: unknown) => readConfiguration(Buffer.from(JSON.stringify({ [name]: value })), own);

  test("may change how often a device reports and how long it listens, and nothing else", () => {
    expect(CLOUD_SETTINGS).toEqual(["telemetryIntervalS", "listenS"]);
  });

  test.each(Object.keys(SETTINGS) as SettingName[])("%s: only if the table says so", (name) => {
    const asked = ask(name, own[name] ?? null);
    if (mayChange("cloud", name)) expect(asked).toMatchObject({ ok: true });
    else expect(asked).toMatchObject({ ok: false, error: "unknown-setting" });
  });
});
