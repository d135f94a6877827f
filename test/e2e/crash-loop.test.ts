// An engine that ends whenever one message comes: what the device makes of it, start after start, by the broker's own events.

import { describe, expect, test } from "@jest/globals";
import { SAFE_FROM } from "../../firmware/device/boot-record.js";
import { HOUR_MS, MINUTE_MS, started } from "../support/desk.js";

const DEADLY = { id: "1", cmd: "deadly" };

/** Whether the engine ends with the step that says this in its log. */
type Dies = (event: string, fields: object) => boolean;

function mortal(settings: Record<string, unknown>, dies: Dies) {
  const desk = started({
    ...{ seed: 21, settings },
    onLog: (_level, event, fields) => {
      if (dies(event, fields)) desk.unit.engine.endAfter(1);
    },
  });
  const proven = () => desk.run(() => desk.unit.boot?.starts === 0, HOUR_MS);
  /** Starts of each hour, the first one left out. */
  const hourly = () => {
    const counts: number[] = [];
    for (const { at } of desk.chronicle.named("start").slice(1)) {
      const hour = Math.floor((at - desk.world.startMs) / HOUR_MS);
      counts[hour] = (counts[hour] ?? 0) + 1;
    }
    return counts;
  };
  return { desk, proven, hourly };
}

/** A device with a persistent session, whose engine ends within the step that reads a command it does not know. */
async function online() {
  const settings = { session: "persistent", telemetryIntervalS: 60 };
  const device = mortal(settings, (event, fields) => {
    return event === "command" && "cmd" in fields && fields.cmd === "(unknown)";
  });
  expect(await device.proven()).toBe(true);
  return device;
}

describe("a command that ends the engine", () => {
  test("and that the broker keeps is gone with the fifth start, which is safe, says so, and ends by itself", async () => {
    const { desk, proven } = await online();
    const before = desk.telemetry.length;
    desk.command(DEADLY);
    const told = () => desk.telemetry.slice(before).filter(({ safe }) => safe === true);
    await desk.run(() => told().length > 0, HOUR_MS);
    expect(desk.boots).toBe(1 + SAFE_FROM);
    expect(desk.unit.boot).toMatchObject({ safe: true });
    expect(told()[0]).toMatchObject({ reset: expect.stringMatching(/^engine:(connecting|online)$/) as unknown });

    // Nothing but itself was lost: a command that comes now is answered.
    desk.command({ id: "2", cmd: "ping" });
    await desk.run(() => desk.device.counters.answered === 1, MINUTE_MS);
    expect(desk.device.counters.answered).toBe(1);

    await desk.run(() => desk.boots > 1 + SAFE_FROM, HOUR_MS);
    expect(await proven()).toBe(true);
    expect(desk.unit.boot).toMatchObject({ safe: false, reset: "safe-end" });
    await desk.run(3 * HOUR_MS);
    expect(desk.boots).toBe(2 + SAFE_FROM);
    expect(desk.telemetry.at(-1)).not.toHaveProperty("safe");
    expect(desk.device.counters.lost).toBe(0);
  });

  test("and that somebody sends again and again starts the device ever more rarely; it is back once that is over", async () => {
    const { desk, proven, hourly } = await online();
    const sent = desk.boots;
    let sending = true;
    const send = () => {
      if (!sending) return;
      desk.command(DEADLY);
      desk.world.scheduler.at(desk.world.now + 5_000, send);
    };
    send();
    await desk.run(4 * HOUR_MS);
    const [first = 0, ...later] = hourly();
    expect(first).toBeGreaterThan(SAFE_FROM);
    expect(first).toBeLessThanOrEqual(60);
    for (const count of later.slice(0, -1)) expect(count).toBeLessThanOrEqual(40);
    expect(desk.boots).toBeGreaterThan(sent + 20);

    sending = false;
    const before = desk.telemetry.length;
    expect(await desk.run(() => desk.telemetry.length > before, 10 * MINUTE_MS)).toBe(true);
    expect(await proven()).toBe(true);
    await desk.run(HOUR_MS);
    expect(desk.unit.boot).toMatchObject({ safe: false, starts: 0 });
  });
});

describe("an engine that ends after a proof", () => {
  const eachSecondRecord = (): Dies => {
    let seen = 0;
    return (event) => event === "recorded" && ++seen % 2 === 0;
  };
  const eachRest: Dies = (event) => event === "resting";
  test.each([
    ["with each rest", { power: "psm", psmPeriodS: 3_600 }, eachRest],
    ["with each second record, by HTTPS", { transport: "https", telemetryIntervalS: 5 }, eachSecondRecord()],
    ["with each second record, by MQTT", { telemetryIntervalS: 25 }, eachSecondRecord()],
  ])("%s leads to ever longer waits and a safe start", async (_when, settings, dies) => {
    const { desk, hourly } = mortal(settings, dies);
    await desk.run(3 * HOUR_MS);
    expect(desk.chronicle.named("start").some(({ fields }) => fields.safe === true)).toBe(true);
    expect(desk.boots).toBeGreaterThan(SAFE_FROM);
    for (const count of hourly()) expect(count).toBeLessThanOrEqual(60);
  });
});
