// Half of the modem's +CADATAIND are lost: what that costs a device on its way to the first PUBACK, in virtual time.

import { beforeAll, expect, test } from "@jest/globals";
import { Faults } from "../../host-sim/modem/faults.js";
import { started } from "../support/desk.js";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const LIMIT_MS = 600_000;

/** Milliseconds from power-on to the first PUBACK, and how often something failed before. */
async function firstPuback(seed: number, faults: readonly string[]): Promise<{ ms: number; failures: number }> {
  const desk = started({ seed, modem: { faults: new Faults(faults) }, settings: { telemetryIntervalS: 10 } });
  await desk.online(LIMIT_MS);
  return { ms: desk.world.elapsed, failures: desk.named("failure").length };
}

async function all(...faults: string[]): Promise<{ ms: number[]; failures: number }> {
  const runs = [];
  for (const seed of SEEDS) runs.push(await firstPuback(seed, faults));
  return { ms: runs.map(({ ms }) => ms), failures: runs.reduce((sum, run) => sum + run.failures, 0) };
}

let without: { ms: number[] };

beforeAll(async () => {
  without = await all();
}, 60_000);

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("half of them lost cost the way to the first PUBACK two seconds each: five on average, and no failure", async () => {
  const half = await all("lost-cadataind=50");
  const more = half.ms.map((ms, i) => ms - without.ms[i]!);
  expect(half.failures).toBe(0);
  expect(mean(more)).toBeGreaterThan(1_000);
  expect(mean(more)).toBeLessThan(6_000);
  expect(Math.max(...more)).toBeLessThan(12_000);
}, 60_000);

test("none told at all, a device works, and each answer comes two seconds late", async () => {
  const deaf = await all("lost-cadataind=100");
  expect(deaf.failures).toBe(0);
  expect(mean(deaf.ms) - mean(without.ms)).toBeLessThan(12_000);
}, 60_000);
