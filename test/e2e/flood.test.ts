// A broker that sends more commands than any device should obey: a whole device in virtual time, by the broker's own events.

import { expect, test } from "@jest/globals";
import mqtt from "mqtt-packet";
import { HOUR_MS, MINUTE_MS, started } from "../support/desk.js";

async function online(settings: Record<string, unknown> = {}) {
  const desk = started({ seed: 11, settings });
  expect(await desk.online(HOUR_MS)).toBe(true);
  /** Sends a command with QoS 0, 1 or, as only a broker does that keeps to nothing, 2: the subscription is for QoS 1. */
  const send = (json: unknown, qos: 0 | 1 | 2 = 1) => {
    const { broker, brokerServer } = desk.cloud;
    const payload = Buffer.from(JSON.stringify(json));
    const topic = `${desk.iccid}/commands/request`;
    if (qos < 2) brokerServer.push(broker.publish(topic, payload, qos as 0 | 1, desk.world.now));
    else {
      const connects = desk.events("connect");
      const { connection } = connects.at(-1)!;
      const messageId = 30_000 + (connects.length % 1_000);
      const bytes = mqtt.generate({ cmd: "publish", topic, payload, qos: 2, messageId, dup: false, retain: false });
      brokerServer.push([{ do: "send", connection, bytes }]);
    }
  };
  return { desk, send };
}

test("a flood of commands of any QoS costs some answers, and no telemetry", async () => {
  const { desk, send } = await online();
  const before = desk.telemetry.length;
  let sent = 0;
  for (let second = 0; second < 8 * 60; second++) {
    for (let i = 0; i < 5; i++, sent++)
      send({ id: sent, cmd: sent % 7 === 0 ? "status" : "ping" }, sent % 3 === 2 ? 1 : 0);
    await desk.run(1_000);
  }
  await desk.run(30_000);
  const { counters } = desk.device;
  expect(counters.received).toBeGreaterThan(sent * 0.9);
  expect(counters.answered + counters.refused).toBe(counters.received);
  expect(desk.answers.length).toBe(counters.answered);
  expect(desk.answers.filter(({ ok }) => ok === true).length).toBeLessThanOrEqual(10 + 48 + 1);
  expect(desk.answers.filter(({ error }) => error === "busy").length).toBeLessThanOrEqual(9);
  expect(new Set(desk.answers.map(({ id }) => id)).size).toBe(desk.answers.length);
  // A record each minute arrives as ever.
  expect(desk.telemetry.length - before).toBeGreaterThanOrEqual(8);
  expect(counters.lost).toBe(0);
  expect(desk.boots).toBe(1);
  await desk.run(2 * MINUTE_MS);
  send({ id: "last", cmd: "status" });
  await desk.run(10_000);
  expect(desk.answers.at(-1)).toMatchObject({ id: "last", ok: true, refused: counters.refused });
});

test("with QoS 2 a command is carried out once, and counted once", async () => {
  const { desk, send } = await online();
  for (let i = 0; i < 3; i++) send({ id: "2", cmd: "ping" }, 2);
  await desk.run(10_000);
  expect(desk.answers).toMatchObject([{ id: "2", ok: true }]);
  expect(desk.device.counters).toMatchObject({ received: 1, answered: 1, refused: 0 });
});

test("how many commands are taken can be set", async () => {
  const { desk, send } = await online({ commandBurst: 3, commandEveryS: 60 });
  for (let i = 0; i < 9; i++) send({ id: i, cmd: "ping" });
  await desk.run(10_000);
  // The fourth is told that it is refused.
  expect(desk.device.counters).toMatchObject({ received: 9, answered: 4, refused: 5 });
});

test("a broker that says restart again and again has it once in ten minutes", async () => {
  const { desk, send } = await online();
  for (let i = 0; i < 600; i++) {
    send({ id: i, cmd: "restart" });
    await desk.run(4_000);
  }
  expect(desk.boots - 1).toBeGreaterThanOrEqual(3);
  expect(desk.boots - 1).toBeLessThanOrEqual(4);
  expect(desk.answers.filter(({ ok }) => ok === true)).toHaveLength(desk.boots - 1);
  expect(desk.answers.some(({ error }) => error === "too-soon")).toBe(true);
});

test("commands that waited at the broker while the device was away are answered or refused, each once", async () => {
  const { desk, send } = await online({ session: "persistent", telemetryIntervalS: 10 });
  desk.cloud.brokerServer.reachability = "silent";
  desk.cloud.brokerServer.reset();
  await desk.run(10_000);
  for (let i = 0; i < 40; i++) send({ id: i, cmd: "ping" });
  await desk.run(20 * MINUTE_MS);
  const before = desk.device.counters.received;
  desk.cloud.brokerServer.reachability = "up";
  expect(await desk.run(() => (desk.unit.device?.counters.received ?? 0) > before, HOUR_MS)).toBe(true);
  await desk.run(30 * MINUTE_MS);
  const { received, answered, refused, lost } = desk.device.counters;
  expect(received).toBe(40);
  expect(answered + refused).toBe(received);
  expect(desk.answers.length).toBe(answered);
  expect(desk.answers.filter(({ ok }) => ok === true).length).toBe(10);
  expect(lost).toBe(0);
});
