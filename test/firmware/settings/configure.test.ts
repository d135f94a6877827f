import { expect, test } from "@jest/globals";
import { ConfigError, configure } from "../../../firmware/settings/configure.js";
import { fits, parse, type Setting } from "../../../firmware/settings/kinds.js";
import { SETTINGS, type SettingName, valueFor } from "../../../firmware/settings/table.js";

test("without a word the defaults stand, and each passes its own check", () => {
  const config = configure();
  expect(config.apn).toBe("iot.1nce.net");
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    expect(config[name as SettingName]).toBe(setting.default);
    expect(setting.default === undefined || fits(setting, setting.default)).toBe(true);
  }
});

test("a given value replaces the default", () => {
  expect(configure({ telemetryIntervalS: 5 }).telemetryIntervalS).toBe(5);
});

test.each([
  [{ power: "psn" }, /"power" must be one of always-on, psm, edrx/],
  [{ bandsLteM: [3, 6] }, /"bandsLteM" must be a list of 1, 2, 3/],
  [{ pin: "12" }, /"pin" must be 4 to 8 digits/],
  [{ telemetryInterval: 5 }, /unknown setting "telemetryInterval"; known: apn/],
  [{ telemetryIntervalS: 0 }, /"telemetryIntervalS" must be a whole number from 1 to 86400 \(seconds\)/],
  [{ telemetryIntervalS: "5" }, /"telemetryIntervalS"/],
  [{ keepAliveS: 29 }, /30 to 1200/],
  [{ apn: 'x","y' }, /"apn"/],
  [{ onboardingHost: "a b" }, /"onboardingHost"/],
  [{ onboardingHost: "-a.example" }, /"onboardingHost"/],
  [{ endpointPattern: "*" }, /"endpointPattern" must be a host name, or \*\./],
  [{ endpointPattern: "*.*.amazonaws.com" }, /"endpointPattern"/],
  [{ missingRoot: "any" }, /one of built-in, fetch/],
  [{ toString: 1 }, /unknown setting/],
])("%j is refused by name", (given, message) => {
  expect(() => configure(given)).toThrow(ConfigError);
  expect(() => configure(given)).toThrow(message);
  expect(() => configure(given)).toThrow(expect.objectContaining({ code: "config", advice: "give-up" }));
});

const numbers = Object.entries<Setting>(SETTINGS).flatMap(([name, setting]) =>
  setting.kind === "number" ? [[name, ...setting.range] as const] : [],
);

test.each(numbers)("%s is a whole number from %d to %d", (name, least, most) => {
  for (const value of [least, most]) expect(configure({ [name]: value })).toMatchObject({ [name]: value });
  for (const value of [least - 1, most + 1, least + 0.5, String(least), Number.NaN, null]) {
    expect(() => configure({ [name]: value })).toThrow(ConfigError);
  }
});

test.each<[keyof typeof SETTINGS, readonly string[], readonly unknown[]]>([
  [
    "apn",
    ["a", "iot.1nce.net", "a-b.C9", "a".repeat(63), `${"a".repeat(63)}.${"b".repeat(36)}`],
    [
      "",
      ".",
      "internet.",
      ".internet",
      "a..b",
      "-a",
      "a-.b",
      "a".repeat(64),
      `${"a".repeat(63)}.${"b".repeat(37)}`,
      "a b",
      "a\n",
      "ä",
      5,
    ],
  ],
  ["pin", ["1234", "12345678"], ["123", "123456789", " 1234", "1234 ", "12a4", 1234]],
  [
    "onboardingHost",
    ["a", "a-b.c", "127.0.0.1", "a".repeat(63), `${"a".repeat(31)}.${"b".repeat(32)}`],
    ["", "a.", ".a", "a-", "a..b", "a".repeat(64), `${"a".repeat(32)}.${"b".repeat(32)}`, "a/b", "a_b"],
  ],
  ["ntpHost", ["a", "pool.ntp.org", "127.0.0.1"], ["", ".", "a.", "a..b", "a".repeat(64), "ä"]],
  [
    "endpointPattern",
    ["*.a.b", "a.b", "*.amazonaws.com"],
    ["*", "a", "*.", "*.a", "a.*.b", "x*.a.b", "*.a.b ", ".a.b", "*.-a.b", `*.${"a".repeat(64)}.b`],
  ],
  ["power", ["always-on", "psm", "edrx", "off"], ["", "on", 1]],
  ["transport", ["mqtt", "ws", "https"], ["", "tcp"]],
  ["publishForm", ["query", "headers", "1nce"], ["", "body"]],
  ["fallback", ["none", "https"], ["", "ws"]],
  ["session", ["clean", "persistent"], ["", "new"]],
  ["rat", ["LTE-M", "NB-IoT", "both"], ["", "GSM"]],
])("%s takes %j and refuses %j", (name, good, bad) => {
  for (const value of good) expect(configure({ [name]: value })[name]).toBe(value);
  for (const value of bad) expect(() => configure({ [name]: value })).toThrow(`setting "${name}" must be`);
});

test("bands are those that the modem knows", () => {
  const known = [1, 2, 3, 4, 5, 8, 12, 13, 14, 18, 19, 20, 25, 26, 27, 28, 66, 71, 85];
  expect(configure({ bandsLteM: known, bandsNbIot: [8] })).toMatchObject({ bandsLteM: known, bandsNbIot: [8] });
  for (const bad of [[], [6], [3, 6], [3, 3], [20, 8, 20], ["3"], [null], 3, "3"])
    expect(() => configure({ bandsNbIot: bad })).toThrow(ConfigError);
});

test("with PSM the modem wakes by itself less often than a record is due", () => {
  const asleep = { power: "psm", telemetryIntervalS: 3_600 };
  expect(configure({ ...asleep, psmPeriodS: 3_601 }).psmPeriodS).toBe(3_601);
  for (const psmPeriodS of [3_600, 60]) {
    expect(() => configure({ ...asleep, psmPeriodS })).toThrow(
      /psmPeriodS \(now \d+\) must be longer than .* \(now 3600\)/,
    );
    // Where the modem does not sleep it asks for nothing.
    expect(configure({ telemetryIntervalS: 3_600, psmPeriodS }).power).toBe("always-on");
  }
});

test("what somebody typed stands for numbers, lists and words", () => {
  expect(parse(SETTINGS.keepAliveS, "300")).toBe(300);
  for (const typed of ["", "--1", "1.5", "1e3", " 1", "1 ", "1234567890"]) {
    expect(parse(SETTINGS.keepAliveS, typed)).toBeUndefined();
  }
  expect(valueFor("keepAliveS", parse(SETTINGS.keepAliveS, "-300"))).toBeUndefined();
  expect(parse(SETTINGS.bandsLteM, "3,20")).toEqual([3, 20]);
  expect(valueFor("bandsLteM", parse(SETTINGS.bandsLteM, "3,x"))).toBeUndefined();
  expect([parse(SETTINGS.apn, "a.b"), parse(SETTINGS.power, "psm")]).toEqual(["a.b", "psm"]);
});

test("only the PIN is secret, and what may be left out stays the modem's", () => {
  const secrets = Object.entries<Setting>(SETTINGS).filter(([, { secret }]) => secret);
  expect(secrets.map(([name]) => name)).toEqual(["pin"]);
  const { pin, rat, bandsLteM, bandsNbIot, modemBaud } = configure();
  expect([pin, rat, bandsLteM, bandsNbIot, modemBaud]).toEqual(Array.from({ length: 5 }));
});

test("without a word a device is one with 1NCE, over MQTT, awake", () => {
  const { power, transport, publishForm, fallback, session, missingRoot } = configure();
  expect({ power, transport, publishForm, fallback, session, missingRoot }).toEqual({
    power: "always-on",
    transport: "mqtt",
    publishForm: "1nce",
    fallback: "none",
    session: "clean",
    missingRoot: "built-in",
  });
  expect(configure()).toMatchObject({
    onboardingHost: "device.connectivity-suite.cloud",
    onboardingPort: 443,
    endpointPattern: "*.amazonaws.com",
    ntpHost: "pool.ntp.org",
  });
});
