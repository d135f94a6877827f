// What `simkey power` reckons, by hand, and that docs/power.md shows what it says.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { seconds } from "../../../host-sim/cli/commands/power.js";
import { ASSUMED, assumptions, costOf } from "../../../host-sim/power/battery.js";
import { takenBy } from "../../../host-sim/power/rhythm.js";

describe("the charge of a record", () => {
  const by = assumptions({ chipMa: 30, modemMa: 40, chipSleepMa: 0.01, boardSleepMa: 0.02, modemSleepMa: 0.01 });

  test("is what chip and modem take while they are awake, what sending takes more, and the sleep", () => {
    const taken = { chipMs: 10_000, modemMs: 9_000, airTxBytes: 0, airBytes: 0, everyS: 3_600 };
    // 300 + 360 mAs awake, 144 mAs asleep: 804 mAs.
    expect(costOf(taken, by).chargeUah).toBeCloseTo((804 / 3_600) * 1_000, 6);
    expect(costOf(taken, by).sleepUah).toBeCloseTo(40, 6);
    const sending = costOf({ ...taken, airTxBytes: 3_700 }, assumptions({ ...by, sendMa: 100, sendBytesPerS: 37_000 }));
    expect(sending.chargeUah - costOf(taken, by).chargeUah).toBeCloseTo((10 / 3_600) * 1_000, 6);
  });

  test("is years by the energy of the cells", () => {
    const taken = { chipMs: 0, modemMs: 0, airTxBytes: 0, airBytes: 0, everyS: 3_600 };
    const always = assumptions({ chipSleepMa: 1, boardSleepMa: 1, modemSleepMa: 1, converter: 1, lithiumWh: 9 });
    // 3 mA at 3.3 V are 9.9 mW.
    expect(costOf(taken, always).yearsLithium).toBeCloseTo(9 / 0.0099 / 8_766, 6);
  });

  test("names where each assumption comes from", () => {
    for (const { from } of Object.values(ASSUMED))
      expect(from).toMatch(/assumed|Datasheet|SIM|Hardware|the same|host-sim/);
  });
});

test.each([
  ["30m", 1_800],
  ["10s", 10],
  ["24h", 86_400],
  ["90", 90],
])("--every %s is %i seconds", (text, value) => expect(seconds(text)).toBe(value));
test.each(["", "9s", "25h", "30d", "1.5h", "-5m"])("--every %j is refused", (text) => {
  expect(() => seconds(text)).toThrow(/--every must be/);
});

test("a device in this rhythm takes what docs/power.md shows", async () => {
  const document = readFileSync("docs/power.md", "utf8");
  for (const power of ["psm", "off"] as const) {
    const taken = await takenBy({ everyS: 1_800, batch: 10, power, recordForm: "compact", listenS: 2 });
    const { chargeUah, yearsLithium } = costOf(taken, assumptions());
    const row = new RegExp(`^ +30m +10 +${power} +(\\S+) +(\\S+) +(\\S+) +(\\S+) +(\\S+) +(\\S+)`, "m").exec(document)!;
    const [, chip, modem, bytes, charge, , years] = row.map(Number);
    const near = (shown: number | undefined, value: number) => expect(Math.abs(shown! / value - 1)).toBeLessThan(0.03);
    near(chip, taken.chipMs / 1_000);
    near(modem, taken.modemMs / 1_000);
    near(bytes, taken.airBytes);
    near(charge, chargeUah);
    near(years, yearsLithium);
  }
});

test("gathering is cheaper than waking for each, and off cheaper than psm at these currents", async () => {
  const charge = async (batch: number, power: "psm" | "off") =>
    costOf(await takenBy({ everyS: 1_800, batch, power, recordForm: "json", listenS: 2 }), assumptions()).chargeUah;
  expect((await charge(10, "psm")) * 5).toBeLessThan(await charge(1, "psm"));
  expect(await charge(10, "off")).toBeLessThan(await charge(10, "psm"));
});
