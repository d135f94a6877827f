// A modem that dies while a connection opens: an open may take 75 s, and a dead modem must not take as long to be noticed.

import { describe, expect, test } from "@jest/globals";
import { Faults } from "../../../../host-sim/modem/faults.js";
import { type Client, Rig, type RigOptions } from "../rig.js";

async function online(options: RigOptions = {}): Promise<Rig> {
  const rig = new Rig({ ...options, sim: { poweredOn: true, faults: new Faults(), ...options.sim } });
  await rig.settle(rig.modem.up());
  rig.lines.length = 0;
  return rig;
}

const isOpening = (line: string) => line.startsWith("AT+CAOPEN");
const ended = (rig: Rig, client: Client) => rig.world.run(() => client.error !== undefined, 300_000);
/** A firmware that knows no ASYNCOPEN, and one that knows the name and opens as before. */
const refusing = (line: string) => line.replace("+CACFG", "+NOT");
const pretending = (line: string) => line.replace('"ASYNCOPEN"', '"SACK"');

describe("where CAOPEN answers at once and tells its result later", () => {
  test.each([0, 1, 3900, 4100, 30_000, 73_000])("a modem that dies after %d ms is noticed within 10 s", async (ms) => {
    const rig = await online();
    rig.sim.setFault("caopen-stall");
    const client = rig.client();
    await rig.world.run(() => rig.lines.some((line) => line === "< OK"), 10_000);
    await rig.world.run(ms);
    const died = rig.world.now;
    rig.device.push(rig.sim.mishap("freeze", rig.world.now));
    await ended(rig, client);
    expect(rig.world.now - died).toBeLessThan(10_000);
    expect(client.error).toMatchObject({ code: "socket-timeout", advice: "reset-modem" });
    expect(client.error!.message).toContain("stopped answering");
    await rig.settle(rig.modem.powerCycle!());
    await rig.settle(rig.modem.up());
  });

  test("one that dies as it takes the command is noticed within 10 s too", async () => {
    const rig = await online();
    rig.sim.setFault("silence", undefined, 1000);
    const began = rig.world.now;
    const client = rig.client();
    await ended(rig, client);
    expect(rig.world.now - began).toBeLessThan(10_000);
    expect(client.error).toMatchObject({ advice: "reset-modem" });
  });

  test("a modem that lives is asked every few seconds, and the slow open ends as it ends", async () => {
    const rig = await online();
    rig.sim.setFault("caopen-stall", 23);
    const client = rig.client();
    await ended(rig, client);
    expect(client.error).toMatchObject({ code: "socket-refused", result: 23 });
    const asked = rig.sent.filter((line) => line === "AT+CASTATE?").length;
    expect(asked).toBeGreaterThanOrEqual(12);
    expect(asked).toBeLessThanOrEqual(19);
  });

  test("one that does not know the question lives too", async () => {
    const rig = await online({ filter: (line) => line.replace("AT+CASTATE?", "AT+NOT") });
    rig.sim.setFault("caopen-stall", 23);
    const client = rig.client();
    await ended(rig, client);
    expect(client.error).toMatchObject({ code: "socket-refused" });
  });
});

describe("where CAOPEN blocks the line until its result is there", () => {
  test("no second command is sent meanwhile: a dead modem is noticed when the longest open would be over", async () => {
    const rig = await online({ filter: refusing });
    rig.sim.setFault("caopen-freeze");
    const began = rig.world.now;
    const client = rig.client();
    await ended(rig, client);
    expect(rig.world.now - began).toBeGreaterThan(75_000);
    expect(rig.world.now - began).toBeLessThan(91_000);
    expect(client.error).toMatchObject({ advice: "reset-modem" });
    expect(rig.sent.slice(0, -1).filter((line) => !isOpening(line))).toEqual([]);
  });

  test("a firmware that only says it knows ASYNCOPEN costs one try: the next open may take its time", async () => {
    const rig = await online({ filter: pretending });
    rig.sim.setFault("caopen-stall", 23, 2);
    const first = rig.client();
    await ended(rig, first);
    expect(first.error).toMatchObject({ advice: "reset-modem" });
    await rig.world.run(100_000);
    const second = rig.client();
    const began = rig.world.now;
    await ended(rig, second);
    expect(second.error).toMatchObject({ code: "socket-refused", result: 23 });
    expect(rig.world.now - began).toBeGreaterThan(74_000);
  });

  test("one that was seen to answer at once is not waited for as long again", async () => {
    const rig = await online();
    rig.sim.setFault("silence", undefined, 4);
    await ended(rig, rig.client());
    await rig.world.run(10_000);
    const good = rig.client();
    await rig.world.run(() => good.room > 0, 100_000);
    expect(good.room).toBeGreaterThan(0);
    rig.sim.setFault("silence", undefined, 1000);
    const began = rig.world.now;
    await ended(rig, rig.client());
    expect(rig.world.now - began).toBeLessThan(10_000);
  });
});
