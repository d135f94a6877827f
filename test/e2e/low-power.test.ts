import { expect, test } from "@jest/globals";
import { HOUR_MS, started, type TestDesk } from "../support/desk.js";

const numbersOf = (desk: TestDesk) => desk.telemetry.map(({ seq }) => seq);

/** Three hours with a record every half hour. */
async function threeHours(power: "always-on" | "psm") {
  const desk = started({ seed: 3, settings: { power, telemetryIntervalS: 1_800, keepAliveS: 600 } });
  await desk.run(3 * HOUR_MS);
  return { device: desk.device, numbers: numbersOf(desk), rests: desk.named("resting").map(({ how }) => how) };
}

test("with psm the modem sleeps between records, each record arrives once, and the radio is on a small part of the time", async () => {
  const { device, numbers, rests } = await threeHours("psm");
  const always = await threeHours("always-on");
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  expect(numbers.length).toBeGreaterThanOrEqual(6);
  expect(new Set(rests)).toEqual(new Set(["psm"]));
  expect(rests.length).toBeGreaterThanOrEqual(5);
  expect(device.counters.lost).toBe(0);
  // The token lives on over a rest.
  expect(device.counters.onboardings).toBe(1);
  const usage = device.usage();
  expect(usage.connects).toBe(rests.length + (device.phase === "online" ? 1 : 0));
  expect(usage.bytesPerConnect).toBeGreaterThan(4_000);
  expect(usage.radioOnMs).toBeLessThan(always.device.usage().radioOnMs / 5);
  expect(usage.airBytes).toBeGreaterThan(always.device.usage().airBytes);
});

test("a chip that can sleeps with its modem: it boots for each record, numbers go on, and what it costs is counted over all sleeps", async () => {
  const settings = { power: "psm", telemetryIntervalS: 1_800, keepAliveS: 600 };
  const desk = started({ seed: 6, settings, board: { deepSleep: true } });
  await desk.run(6 * HOUR_MS);
  await desk.run(() => desk.unit.device?.phase === "online", HOUR_MS);
  const { boots } = desk;
  const numbers = numbersOf(desk);
  expect(boots).toBeGreaterThanOrEqual(12);
  expect(numbers.length).toBeGreaterThanOrEqual(boots - 1);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  const usage = desk.device.usage();
  expect(usage.connects).toBe(boots);
  expect(usage.radioOnMs).toBeLessThan(HOUR_MS / 2);
  // A month is 120 times six hours.
  expect(usage.monthBytes).toBeGreaterThan(100 * usage.airBytes);
  expect(usage.monthBytes).toBeLessThan(121 * usage.airBytes);
});
