// A broker that sends more commands than any device should obey: a whole device in virtual time, by the broker's own events.

import { expect, test } from "@jest/globals";
import mqtt from "mqtt-packet";
import { composeDevice } from "../../firmware/compose.js";
import type { Device } from "../../firmware/device/device.js";
import type { Counters } from "../../firmware/device/telemetry.js";
import { configure } from "../../firmware/settings/configure.js";
import type { ConnectEvent, PublishEvent } from "../../host-sim/cloud/broker/events.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import { NorFlash } from "../../host-sim/platform/nor-flash.js";
import { addCloud } from "../../host-sim/simulation/virtual-cloud.js";
import { DEFAULT_SIM, iccidOf, sourceAddressOf } from "../../host-sim/world/sims.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ICCID = iccidOf(DEFAULT_SIM);

/** A device that boots again when it restarts. */
async function online(settings: Record<string, unknown> = {}) {
  const published: PublishEvent[] = [];
  const connects: ConnectEvent[] = [];
  const world = new VirtualWorld({ seed: 11 });
  const cloud = addCloud(world, {
    onEvent: (event) => {
      if (event.type === "publish") published.push(event);
      if (event.type === "connect") connects.push(event);
    },
  });
  const board = world.device({
    name: "device",
    modem: new Sim7080({ seed: 11, sim: DEFAULT_SIM }),
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
    flash: new NorFlash(),
    onRestart: () => start(),
  });
  const current: { device?: Device; boots: number } = { boots: 0 };
  const start = () => {
    current.boots++;
    current.device = composeDevice(board.boot(), { config: configure(settings) }).device;
    current.device.start();
  };
  start();
  expect(await world.run(() => (current.device?.counters.acked ?? 0) > 0, HOUR_MS)).toBe(true);
  const { broker, brokerServer } = cloud;
  /** Sends a command, with QoS 2 as only a broker does that keeps to nothing: the subscription is for QoS 1. */
  const send = (json: unknown, qos: 0 | 1 | 2 = 1) => {
    const payload = Buffer.from(JSON.stringify(json));
    const topic = `${ICCID}/commands/request`;
    if (qos < 2) brokerServer.push(broker.publish(topic, payload, qos as 0 | 1, world.now));
    else {
      const { connection } = connects.at(-1)!;
      const messageId = 30_000 + (connects.length % 1_000);
      const bytes = mqtt.generate({ cmd: "publish", topic, payload, qos: 2, messageId, dup: false, retain: false });
      brokerServer.push([{ do: "send", connection, bytes }]);
    }
  };
  const answers = () =>
    published
      .filter(({ topic }) => topic === `${ICCID}/responses`)
      .map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>);
  const telemetry = () => published.filter(({ topic }) => topic === `${ICCID}/telemetry`).length;
  return { world, cloud, board, current, send, answers, telemetry };
}

test("a flood of commands of any QoS costs some answers, and no telemetry", async () => {
  const { world, current, send, answers, telemetry } = await online();
  const before = telemetry();
  let sent = 0;
  for (let second = 0; second < 8 * 60; second++) {
    for (let i = 0; i < 5; i++, sent++)
      send({ id: sent, cmd: sent % 7 === 0 ? "status" : "ping" }, sent % 3 === 2 ? 1 : 0);
    await world.run(1_000);
  }
  await world.run(30_000);
  const counters: Counters = current.device!.counters;
  expect(counters.received).toBeGreaterThan(sent * 0.9);
  expect(counters.answered + counters.refused).toBe(counters.received);
  expect(answers().length).toBe(counters.answered);
  expect(answers().filter(({ ok }) => ok === true).length).toBeLessThanOrEqual(10 + 48 + 1);
  expect(answers().filter(({ error }) => error === "busy").length).toBeLessThanOrEqual(9);
  expect(new Set(answers().map(({ id }) => id)).size).toBe(answers().length);
  // A record each minute arrives as ever.
  expect(telemetry() - before).toBeGreaterThanOrEqual(8);
  expect(counters.lost).toBe(0);
  expect(current.boots).toBe(1);
  await world.run(2 * MINUTE_MS);
  send({ id: "last", cmd: "status" });
  await world.run(10_000);
  expect(answers().at(-1)).toMatchObject({ id: "last", ok: true, refused: counters.refused });
});

test("with QoS 2 a command is carried out once, and counted once", async () => {
  const { world, current, send, answers } = await online();
  for (let i = 0; i < 3; i++) send({ id: "2", cmd: "ping" }, 2);
  await world.run(10_000);
  expect(answers()).toMatchObject([{ id: "2", ok: true }]);
  expect(current.device!.counters).toMatchObject({ received: 1, answered: 1, refused: 0 });
});

test("how many commands are taken can be set", async () => {
  const { world, current, send } = await online({ commandBurst: 3, commandEveryS: 60 });
  for (let i = 0; i < 9; i++) send({ id: i, cmd: "ping" });
  await world.run(10_000);
  // The fourth is told that it is refused.
  expect(current.device!.counters).toMatchObject({ received: 9, answered: 4, refused: 5 });
});

test("a broker that says restart again and again has it once in ten minutes", async () => {
  const { world, current, send, answers } = await online();
  for (let i = 0; i < 600; i++) {
    send({ id: i, cmd: "restart" });
    await world.run(4_000);
  }
  expect(current.boots - 1).toBeGreaterThanOrEqual(3);
  expect(current.boots - 1).toBeLessThanOrEqual(4);
  expect(answers().filter(({ ok }) => ok === true)).toHaveLength(current.boots - 1);
  expect(answers().some(({ error }) => error === "too-soon")).toBe(true);
});

test("commands that waited at the broker while the device was away are answered or refused, each once", async () => {
  const { world, cloud, current, send, answers } = await online({ session: "persistent", telemetryIntervalS: 10 });
  cloud.brokerServer.reachability = "silent";
  cloud.brokerServer.reset();
  await world.run(10_000);
  for (let i = 0; i < 40; i++) send({ id: i, cmd: "ping" });
  await world.run(20 * MINUTE_MS);
  const before = current.device!.counters.received;
  cloud.brokerServer.reachability = "up";
  expect(await world.run(() => (current.device?.counters.received ?? 0) > before, HOUR_MS)).toBe(true);
  await world.run(30 * MINUTE_MS);
  const { received, answered, refused, lost } = current.device!.counters;
  expect(received).toBe(40);
  expect(answered + refused).toBe(received);
  expect(answers().length).toBe(answered);
  expect(answers().filter(({ ok }) => ok === true).length).toBe(10);
  expect(lost).toBe(0);
});
