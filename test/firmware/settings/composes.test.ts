// What the console takes, the device can be composed of: whatever somebody types, in whatever order, and it starts.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Console } from "../../../firmware/device/console.js";
import { storedConfig } from "../../../firmware/device/stored-settings.js";
import type { Setting } from "../../../firmware/settings/kinds.js";
import { SETTINGS, type SettingName } from "../../../firmware/settings/table.js";
import { Sim7080 } from "../../../host-sim/modem/sim7080.js";
import { composeOneNce } from "../../../host-sim/simulation/one-nce.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { DEFAULT_SIM, sourceAddressOf } from "../../../host-sim/world/sims.js";
import { VirtualWorld } from "../../../host-sim/world/virtual-world.js";

/** A device's console and store, before and after its next start. */
function board() {
  const keyValue = new MemoryKeyValue();
  const console = new Console({ keyValue, built: {}, settings: {}, status: () => ({}) });
  /** @returns whether the line was taken */
  const type = (line: string) => console.receive(Buffer.from(`${line}\r`, "latin1")).text.endsWith("\nok\n");
  /** Starts the device with what is stored, and its modem with it. @throws whatever that throws */
  const start = () => {
    const world = new VirtualWorld({ seed: 1 });
    const modem = new Sim7080({ seed: 1, sim: DEFAULT_SIM });
    const device = world.device({ name: "device", modem, sourceAddress: sourceAddressOf(DEFAULT_SIM), keyValue });
    const ignored: unknown[] = [];
    const config = storedConfig(keyValue, {}, (_level, _event, fields) => ignored.push(fields));
    const composed = composeOneNce(device.boot(), { config });
    composed.device.start();
    return { world, modem, config, ignored, ...composed };
  };
  return { type, start };
}

describe("settings that were answered ok, and then kept the device from starting", () => {
  test.each([
    "apn internet.",
    "apn a..b",
    "apn .",
    "bandsLteM 3,3",
    "bandsNbIot 20,20",
    `ntpHost ${"a".repeat(64)}`,
    `onboardingHost ${"a".repeat(64)}`,
    "bandsLteM",
    "bandsLteM ,",
    "apn -",
    "endpointPattern *.-",
  ])("are refused: set %s", (setting) => {
    const { type, start } = board();
    expect(type(`set ${setting}`)).toBe(false);
    expect(start).not.toThrow();
  });
});

describe("whatever the console takes", () => {
  const name = fc.constantFrom(...Object.keys(SETTINGS));
  const label = fc.string({ unit: fc.constantFrom("a", "Z", "9", "-", "_", "é"), maxLength: 66 });
  const host = fc
    .tuple(fc.constantFrom("", "*."), fc.array(label, { maxLength: 4 }))
    .map(([star, all]) => star + all.join("."));
  const number = fc.oneof(
    fc.integer({ min: -1, max: 40_000_000 }),
    fc.constantFrom(0, 1, 2, 4, 5, 60, 3_600, 11_160, 14_400, 86_400, 9_600, 921_600, 35_712_000, 10_485),
  );
  const bands = fc.array(fc.constantFrom(0, 1, 3, 8, 14, 20, 27, 71, 85, 300), { maxLength: 24 });
  const words = fc.constantFrom(
    "psm",
    "edrx",
    "always-on",
    "ws",
    "https",
    "mqtt",
    "persistent",
    "both",
    "NB-IoT",
    "fetch",
    "0000",
  );
  const value = fc.oneof(
    host,
    number.map(String),
    bands.map(String),
    words,
    fc.string({ unit: "binary", maxLength: 300 }),
  );
  /** What the table allows, and what lies just beside it. */
  const likely = (setting: string): fc.Arbitrary<string> => {
    const about: Setting = SETTINGS[setting as SettingName];
    if (about.kind === "number") {
      const [least, most] = about.range;
      return fc.integer({ min: least - 1, max: most + 1 }).map(String);
    }
    return about.kind === "choice" ? fc.constantFrom(...about.words) : value;
  };
  const line = fc.oneof(
    { weight: 4, arbitrary: name.chain((setting) => likely(setting).map((text) => `set ${setting} ${text}`)) },
    { weight: 2, arbitrary: fc.tuple(name, value).map(([setting, text]) => `set ${setting} ${text}`) },
    { weight: 1, arbitrary: name.map((setting) => `unset ${setting}`) },
  );

  test("composes and starts, and nothing of it is left out", () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const { type, start } = board();
        for (const each of lines) if (type(each)) taken++;
        expect(start().ignored).toEqual([]);
      }),
      { numRuns: 300 },
    );
    // Else nothing was shown.
    expect(taken).toBeGreaterThan(400);
  });

  test("brings the modem to the network, whose commands take all of it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 10, maxLength: 40 }), async (lines) => {
        const { type, start } = board();
        for (const each of lines) if (!/^set (pin|modemBaud|rat|bands)/.test(each)) type(each);
        const { world, device } = start();
        expect(await world.run(() => !["off", "linking"].includes(device.phase), 600_000)).toBe(true);
      }),
      { numRuns: 10 },
    );
  });
});
