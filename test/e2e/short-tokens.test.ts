// A service that gives out tokens which end at once: each of them works, and costs two connections.

import { expect, test } from "@jest/globals";
import { Desk } from "../../host-sim/desk/desk.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

async function hours(count: number, settings: Record<string, unknown>, tokenLifeSeconds: number) {
  const asked: number[] = [];
  const desk = new Desk({
    seed: 3,
    settings,
    cloud: { tokenLifeSeconds },
    watcher: { cloud: ({ type }) => type === "onboarding" && asked.push(desk.world.now) },
  });
  desk.start();
  await desk.online();
  const began = desk.world.now;
  await desk.run(count * HOUR_MS);
  return {
    desk,
    perHour: Array.from({ length: count }, (_, hour) => asked.filter((at) => hourOf(at, began) === hour)),
  };
}
const hourOf = (at: number, began: number) => Math.floor((at - began) / HOUR_MS);

test.each([5, 30, 60, 119])("tokens of %d s are asked for ever more rarely, at least a minute apart", async (lifeS) => {
  const { desk, perHour } = await hours(4, { telemetryIntervalS: 60 }, lifeS);
  const all = perHour.flat();
  for (const [i, at] of all.entries()) if (i > 0) expect(at - all[i - 1]!).toBeGreaterThanOrEqual(MINUTE_MS);
  expect(perHour[0]!.length).toBeLessThanOrEqual(8);
  for (const hour of perHour.slice(1)) expect(hour.length).toBeLessThanOrEqual(2);
  expect(desk.snapshot().counters).toMatchObject({ lost: 0 });
});

test("and do not bleed a day's volume that is spent", async () => {
  const { desk, perHour } = await hours(3, { telemetryIntervalS: 60, dataBudgetKbPerDay: 20 }, 10);
  expect(perHour.flat().length).toBeLessThanOrEqual(9);
  expect(desk.snapshot().link!.airRxBytes + desk.snapshot().link!.airTxBytes).toBeLessThan(150_000);
});

test("tokens of an hour are asked for as they end", async () => {
  const { perHour } = await hours(6, { telemetryIntervalS: 60 }, 3_600);
  expect(perHour.flat().length).toBeGreaterThanOrEqual(6);
});
