import { expect, test } from "@jest/globals";
import { builtAt, linkSettings, networkConfig } from "../../../../firmware/modem/sim7080/config.js";
import { configure } from "../../../../firmware/settings/configure.js";

test("without a word the modem asks for what the table of settings has as its defaults", () => {
  expect(networkConfig({})).toEqual({ ...networkConfig(linkSettings(configure())), bands: undefined });
  expect(linkSettings(configure())).toEqual({
    apn: "iot.1nce.net",
    ntpHost: "pool.ntp.org",
    bands: {},
    profile: { mode: "always-on" },
  });
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

test("both radios have their bands, and each power profile its times", () => {
  expect(linkSettings(configure({ bandsLteM: [3], bandsNbIot: [8] })).bands).toEqual({ "CAT-M": [3], "NB-IOT": [8] });
  expect(linkSettings(configure({ power: "edrx", edrxCycleS: 21 })).profile).toEqual({ mode: "edrx", cycleS: 21 });
  const listening = linkSettings(configure({ power: "psm", psmActiveS: 90, listenS: 60, psmPeriodS: 7200 }));
  expect(listening.profile).toEqual({ mode: "psm", periodS: 7200, activeS: 90 });
});
