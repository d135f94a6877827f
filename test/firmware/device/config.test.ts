import { expect, test } from "@jest/globals";
import { ConfigError, configure, SETTINGS } from "../../../firmware/device/config.js";

test("without a word the defaults stand, and each passes its own check", () => {
  const config = configure();
  expect(config.apn).toBe("iot.1nce.net");
  for (const setting of Object.values(SETTINGS))
    expect(setting.check(setting.fallback as never)).toBe(setting.fallback);
});

test("a given value replaces the default", () => {
  expect(configure({ telemetryIntervalS: 5 }).telemetryIntervalS).toBe(5);
});

test.each([
  [{ telemetryInterval: 5 }, /unknown setting "telemetryInterval"; known: apn/],
  [{ telemetryIntervalS: 0 }, /"telemetryIntervalS" must be a whole number from 1 to 86400 \(seconds\)/],
  [{ telemetryIntervalS: "5" }, /"telemetryIntervalS"/],
  [{ keepAliveS: 29 }, /30 to 1200/],
  [{ apn: 'x","y' }, /"apn"/],
  [{ onboardingHost: "a b" }, /"onboardingHost"/],
  [{ onboardingHost: "-a.example" }, /"onboardingHost"/],
  [{ toString: 1 }, /unknown setting/],
])("%j is refused by name", (given, message) => {
  expect(() => configure(given)).toThrow(ConfigError);
  expect(() => configure(given)).toThrow(message);
});
