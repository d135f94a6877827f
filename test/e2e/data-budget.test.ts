// A day's volume on whole devices, in virtual time: it lasts, it is kept to, and nobody gets it anew by a restart.

import { expect, test } from "@jest/globals";
import { bodyOf } from "../../host-sim/desk/chronicle.js";
import { DAY_MS, HOUR_MS, MINUTE_MS, started } from "../support/desk.js";

/** What a new token and the connection with it take, which no spacing foresees. */
const RENEWAL = 17_000;

function setUp(settings: Record<string, unknown>, deepSleep = false) {
  const desk = started({ seed: 21, settings, board: { deepSleep } });
  return {
    desk,
    /** Bytes over the air since the last start. */
    air: () => {
      const { airTxBytes, airRxBytes, airHeaderBytes = 0 } = desk.unit.link!.counters();
      return airTxBytes + airRxBytes + airHeaderBytes;
    },
    statuses: () => desk.named("data-budget").map(({ status }) => status),
    connects: () => desk.events("connect").length,
  };
}

test("records that would take five times the day's volume become rarer, so that it lasts until the day's end", async () => {
  const { desk, air, statuses, connects } = setUp({ dataBudgetKbPerDay: 140, keepAliveS: 1_200 });
  const { world } = desk;
  let before = 0;
  for (const day of [0, 1, 2]) {
    await desk.run(DAY_MS - 1);
    const today = desk
      .events("publish")
      .filter(({ topic, at }) => topic.endsWith("/telemetry") && at >= world.startMs + day * DAY_MS)
      .map((event) => ({ hour: (event.at - world.startMs) / HOUR_MS, json: bodyOf(event) }));
    expect(air() - before).toBeLessThanOrEqual(140_000 + RENEWAL);
    expect(air() - before).toBeGreaterThan(140_000 * 0.9);
    before = air();
    // A record each minute, then ever rarer ones, until late in the day; on others the new token comes sooner.
    expect(today[0]!.hour - 24 * day).toBeLessThan(0.1);
    expect(today.at(-1)!.hour - 24 * day).toBeGreaterThan(day === 0 ? 21 : 15);
    expect(today.filter(({ json }) => json.dataBudget === "near").length).toBeGreaterThan(10);
    for (const { json } of today) expect(json.dataUsedKb).toBeLessThanOrEqual(157);
    await desk.run(1);
  }
  expect(statuses().filter((status) => status === "near")).toHaveLength(3);
  expect(connects()).toBeLessThan(5);
});

test("once it is spent one record says so, and until the next day nothing but keep-alive and answers is sent", async () => {
  const { desk, statuses, connects } = setUp({ dataBudgetKbPerDay: 40, keepAliveS: 60 });
  await desk.run(6 * HOUR_MS);
  expect(statuses()).toEqual(["near", "spent"]);
  expect(desk.telemetry.filter(({ dataBudget }) => dataBudget === "spent")).toHaveLength(1);
  expect(desk.telemetry.at(-1)!).toMatchObject({ dataBudget: "spent", dataUsedKb: 40 });
  const before = desk.telemetry.length;
  await desk.run(12 * HOUR_MS);
  desk.command({ id: 1, cmd: "status" });
  await desk.run(MINUTE_MS);
  expect(desk.answers).toMatchObject([{ id: 1, ok: true, dataBudget: "spent" }]);
  await desk.run(6 * HOUR_MS - 2 * MINUTE_MS);
  expect(desk.telemetry).toHaveLength(before);
  // The second one for the renewal of the token.
  expect(connects()).toBe(2);

  await desk.run(2 * MINUTE_MS);
  expect(statuses().at(-1)).toBe("ok");
  expect(desk.telemetry.length).toBeGreaterThan(before);
  expect(desk.telemetry.at(-1)!.dataUsedKb).toBeLessThan(10);
  expect(desk.telemetry.at(-1)!).not.toHaveProperty("dataBudget");
});

test("commands that use it up are told of at once, however far the next record is", async () => {
  const { desk } = setUp({ dataBudgetKbPerDay: 40, keepAliveS: 1_200, telemetryIntervalS: 86_400 });
  await desk.run(MINUTE_MS);
  for (let i = 0; i < 120; i++) {
    desk.command({ id: i, cmd: "status" });
    await desk.run(10_000);
  }
  expect(desk.telemetry.map(({ dataBudget }) => dataBudget)).toEqual([undefined, "near", "spent"]);
});

test("a restart does not begin the day's volume anew", async () => {
  const { desk, statuses } = setUp({ dataBudgetKbPerDay: 60, keepAliveS: 300 });
  await desk.run(HOUR_MS);
  const used = Number(desk.telemetry.at(-1)!.dataUsedKb);
  expect(used).toBeGreaterThan(30);
  desk.command({ id: 1, cmd: "restart" });
  await desk.run(2 * MINUTE_MS);
  expect(desk.boots).toBe(2);
  expect(desk.telemetry.at(-1)!.uptime).toBeLessThan(200);
  expect(desk.telemetry.at(-1)!.dataUsedKb).toBeGreaterThan(used);
  for (let i = 0; i < 10; i++) {
    desk.command({ id: 2 + i, cmd: "restart" });
    await desk.run(11 * MINUTE_MS);
  }
  expect(statuses()).toContain("spent");
});

test("a broker that ends each connection costs a device whose volume is spent five connections an hour", async () => {
  const { desk, statuses, connects } = setUp({ dataBudgetKbPerDay: 20, keepAliveS: 60 });
  await desk.run(() => statuses().includes("spent"), 6 * HOUR_MS);
  const before = connects();
  const kick = async () => {
    for (let i = 0; i < 6 * 60; i++) {
      desk.cloud.brokerServer.reset();
      await desk.run(MINUTE_MS);
    }
  };
  await kick();
  expect(connects() - before).toBeGreaterThan(6);
  expect(connects() - before).toBeLessThanOrEqual(6 * 5);
});

test("a device that sleeps between records sleeps until the next day once it is spent", async () => {
  // A token and the connection with it take more; what is spaced after them is foreseen too well to overdraw.
  const settings = { power: "psm", telemetryIntervalS: 1_800, keepAliveS: 600, dataBudgetKbPerDay: 15 };
  const { desk, statuses } = setUp(settings, true);
  await desk.run(20 * HOUR_MS);
  expect(statuses()).toContain("spent");
  expect(desk.telemetry.at(-1)!).toMatchObject({ dataBudget: "spent" });
  const { boots } = desk;
  const before = desk.telemetry.length;
  await desk.run(4 * HOUR_MS - MINUTE_MS);
  expect(desk.boots).toBe(boots);
  await desk.run(32 * MINUTE_MS);
  expect(desk.telemetry.length).toBeGreaterThan(before);
  expect(desk.telemetry.at(-1)!.dataUsedKb).toBeLessThan(20);
});
