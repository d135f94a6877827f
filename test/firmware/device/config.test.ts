import { expect, test } from "@jest/globals";
import { ConfigError, configure, linkSettings, SETTINGS } from "../../../firmware/device/config.js";
import { builtAt, networkConfig } from "../../../firmware/modem/config.js";

test("without a word the defaults stand, and each passes its own check", () => {
  const config = configure();
  expect(config.apn).toBe("iot.1nce.net");
  for (const setting of Object.values(SETTINGS))
    expect(setting.check(setting.fallback as never)).toBe(setting.fallback);
});

test("a given value replaces the default", () => {
  expect(configure({ telemetryIntervalS: 5 }).telemetryIntervalS).toBe(5);
});

test("the settings of modem and network go to the modem in its own form", () => {
  const asked = configure({ power: "psm", psmActiveS: 10, pin: "1234", rat: "both", bandsLteM: [3, 20] });
  const { profile, ...rest } = networkConfig(linkSettings(asked));
  expect(profile).toEqual({ mode: "psm", periodS: 14_400, activeS: 10 });
  expect(rest).toMatchObject({ apn: "iot.1nce.net", pin: "1234", rat: "both", bands: { "CAT-M": [3, 20] } });
});

test.each([
  ["2026-11-22", Date.UTC(2026, 10, 22)],
  ["2025-12-31", undefined],
  ["2101-01-01", undefined],
  ["2026-13-01", undefined],
  ["22 Nov 2026", undefined],
  [1_795_305_600_000, undefined],
  [undefined, undefined],
])("a build of day %j is from %j", (day, ms) => {
  expect(builtAt(day)).toBe(ms);
});

test("the modem stays awake at least as long as the device listens for commands", () => {
  const { profile } = linkSettings(configure({ power: "psm", psmActiveS: 4, listenS: 60 }));
  expect(profile).toMatchObject({ mode: "psm", activeS: 60 });
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
});
