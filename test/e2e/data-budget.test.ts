// A day's volume on whole devices, in virtual time: it lasts, it is kept to, and nobody gets it anew by a restart.

import { expect, test } from "@jest/globals";
import { composeDevice } from "../../firmware/compose.js";
import type { Device } from "../../firmware/device/device.js";
import type { LogFields } from "../../firmware/platform/events.js";
import type { Link } from "../../firmware/platform/link.js";
import { configure } from "../../firmware/settings/configure.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import { NorFlash } from "../../host-sim/platform/nor-flash.js";
import { addCloud } from "../../host-sim/simulation/virtual-cloud.js";
import { DEFAULT_SIM, iccidOf, sourceAddressOf } from "../../host-sim/world/sims.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** What a new token and the connection with it take, which no spacing foresees. */
const RENEWAL = 17_000;
const ICCID = iccidOf(DEFAULT_SIM);

interface Told {
  /** Hours since the world began, at midnight. */
  hour: number;
  json: Record<string, unknown>;
}

/** A device that boots again when it restarts. */
function setUp(settings: Record<string, unknown>, deepSleep = false) {
  const records: Told[] = [];
  const answers: Record<string, unknown>[] = [];
  const log: { event: string; fields: LogFields }[] = [];
  let connects = 0;
  const world = new VirtualWorld({ seed: 21 });
  const began = world.now;
  const cloud = addCloud(world, {
    onEvent: (event) => {
      if (event.type === "connect") connects++;
      if (event.type !== "publish") return;
      const json = JSON.parse(Buffer.from(event.payload).toString());
      if (event.topic === `${ICCID}/telemetry`) records.push({ hour: (world.now - began) / HOUR_MS, json });
      if (event.topic === `${ICCID}/responses`) answers.push(json);
    },
  });
  const board = world.device({
    name: "device",
    modem: new Sim7080({ seed: 21, sim: DEFAULT_SIM }),
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
    flash: new NorFlash(),
    deepSleep,
    log: (_level, event, fields: LogFields) => log.push({ event, fields }),
    onRestart: () => start(),
  });
  const current: { device?: Device; link?: Link; boots: number } = { boots: 0 };
  const start = () => {
    current.boots++;
    Object.assign(current, composeDevice(board.boot(), { config: configure(settings) }));
    current.device!.start();
  };
  start();
  const send = (json: unknown) => {
    const payload = Buffer.from(JSON.stringify(json));
    cloud.brokerServer.push(cloud.broker.publish(`${ICCID}/commands/request`, payload, 1, world.now));
  };
  /** Bytes over the air since the last start. */
  const air = () => {
    const { airTxBytes, airRxBytes, airHeaderBytes = 0 } = current.link!.counters();
    return airTxBytes + airRxBytes + airHeaderBytes;
  };
  const statuses = () => log.filter(({ event }) => event === "data-budget").map(({ fields }) => fields.status);
  return { world, cloud, current, records, answers, log, send, air, statuses, connects: () => connects };
}

test("records that would take five times the day's volume become rarer, so that it lasts until the day's end", async () => {
  const { world, records, air, statuses, connects } = setUp({ dataBudgetKbPerDay: 140, keepAliveS: 1_200 });
  let before = 0;
  for (const day of [0, 1, 2]) {
    await world.run(DAY_MS - 1);
    const today = records.filter(({ hour }) => hour >= 24 * day);
    expect(air() - before).toBeLessThanOrEqual(140_000 + RENEWAL);
    expect(air() - before).toBeGreaterThan(140_000 * 0.9);
    before = air();
    // A record each minute, then ever rarer ones, until late in the day; on others the new token comes sooner.
    expect(today[0]!.hour - 24 * day).toBeLessThan(0.1);
    expect(today.at(-1)!.hour - 24 * day).toBeGreaterThan(day === 0 ? 21 : 15);
    expect(today.filter(({ json }) => json.dataBudget === "near").length).toBeGreaterThan(10);
    for (const { json } of today) expect(json.dataUsedKb).toBeLessThanOrEqual(157);
    await world.run(1);
  }
  expect(statuses().filter((status) => status === "near")).toHaveLength(3);
  expect(connects()).toBeLessThan(5);
});

test("once it is spent one record says so, and until the next day nothing but keep-alive and answers is sent", async () => {
  const { world, records, answers, send, statuses, connects } = setUp({ dataBudgetKbPerDay: 40, keepAliveS: 60 });
  await world.run(6 * HOUR_MS);
  expect(statuses()).toEqual(["near", "spent"]);
  expect(records.filter(({ json }) => json.dataBudget === "spent")).toHaveLength(1);
  expect(records.at(-1)!.json).toMatchObject({ dataBudget: "spent", dataUsedKb: 40 });
  const before = records.length;
  await world.run(12 * HOUR_MS);
  send({ id: 1, cmd: "status" });
  await world.run(MINUTE_MS);
  expect(answers).toMatchObject([{ id: 1, ok: true, dataBudget: "spent" }]);
  await world.run(6 * HOUR_MS - 2 * MINUTE_MS);
  expect(records).toHaveLength(before);
  // The second one for the renewal of the token.
  expect(connects()).toBe(2);

  await world.run(2 * MINUTE_MS);
  expect(statuses().at(-1)).toBe("ok");
  expect(records.length).toBeGreaterThan(before);
  expect(records.at(-1)!.json.dataUsedKb).toBeLessThan(10);
  expect(records.at(-1)!.json).not.toHaveProperty("dataBudget");
});

test("commands that use it up are told of at once, however far the next record is", async () => {
  const { world, records, send } = setUp({ dataBudgetKbPerDay: 40, keepAliveS: 1_200, telemetryIntervalS: 86_400 });
  await world.run(MINUTE_MS);
  for (let i = 0; i < 120; i++) {
    send({ id: i, cmd: "status" });
    await world.run(10_000);
  }
  expect(records.map(({ json }) => json.dataBudget)).toEqual([undefined, "near", "spent"]);
});

test("a restart does not begin the day's volume anew", async () => {
  const { world, current, records, send, statuses } = setUp({ dataBudgetKbPerDay: 60, keepAliveS: 300 });
  await world.run(HOUR_MS);
  const used = Number(records.at(-1)!.json.dataUsedKb);
  expect(used).toBeGreaterThan(30);
  send({ id: 1, cmd: "restart" });
  await world.run(2 * MINUTE_MS);
  expect(current.boots).toBe(2);
  expect(records.at(-1)!.json.uptime).toBeLessThan(200);
  expect(records.at(-1)!.json.dataUsedKb).toBeGreaterThan(used);
  for (let i = 0; i < 10; i++) {
    send({ id: 2 + i, cmd: "restart" });
    await world.run(11 * MINUTE_MS);
  }
  expect(statuses()).toContain("spent");
});

test("a broker that ends each connection costs a device whose volume is spent five connections an hour", async () => {
  const { world, cloud, statuses, connects } = setUp({ dataBudgetKbPerDay: 20, keepAliveS: 60 });
  await world.run(() => statuses().includes("spent"), 6 * HOUR_MS);
  const before = connects();
  const kick = async () => {
    for (let i = 0; i < 6 * 60; i++) {
      cloud.brokerServer.reset();
      await world.run(MINUTE_MS);
    }
  };
  await kick();
  expect(connects() - before).toBeGreaterThan(6);
  expect(connects() - before).toBeLessThanOrEqual(6 * 5);
});

test("a device that sleeps between records sleeps until the next day once it is spent", async () => {
  const settings = { power: "psm", telemetryIntervalS: 1_800, keepAliveS: 600, dataBudgetKbPerDay: 30 };
  const { world, current, records, statuses } = setUp(settings, true);
  await world.run(20 * HOUR_MS);
  expect(statuses()).toContain("spent");
  expect(records.at(-1)!.json).toMatchObject({ dataBudget: "spent" });
  const { boots } = current;
  const before = records.length;
  await world.run(4 * HOUR_MS - MINUTE_MS);
  expect(current.boots).toBe(boots);
  await world.run(32 * MINUTE_MS);
  expect(records.length).toBeGreaterThan(before);
  expect(records.at(-1)!.json.dataUsedKb).toBeLessThan(20);
});
