// What each rung of the recovery ladder does to the modem and to its sockets; the ladder itself is device/'s.

import { describe, expect, test } from "@jest/globals";
import type { Modem } from "../../../../firmware/modem/modem.js";
import { Faults } from "../../../../host-sim/modem/faults.js";
import { Rig } from "../rig.js";

const RUNGS: readonly (readonly [name: string, climb: (modem: Modem) => Promise<void>, sent: string])[] = [
  ["renewPdp", (modem) => modem.renewPdp(), "AT+CNACT=0,0"],
  ["radioCycle", (modem) => modem.radioCycle(), "AT+CFUN=0"],
  ["restart", (modem) => modem.restart(), "AT+CFUN=1,1"],
  ["powerCycle", (modem) => modem.powerCycle!(), "AT+CPOWD=1"],
  ["down", (modem) => modem.down(), "AT+CNACT=0,0"],
];

async function online(): Promise<Rig> {
  const rig = new Rig({ sim: { poweredOn: true } });
  await rig.settle(rig.modem.up());
  return rig;
}

async function talks(rig: Rig): Promise<void> {
  const client = rig.client();
  await rig.world.run(() => client.room > 0, 60_000);
  client.write(Uint8Array.of(1));
  await rig.world.run(() => client.count === 1, 60_000);
  expect(client.count).toBe(1);
}

describe.each(RUNGS)("%s", (name, climb, command) => {
  test("fails all sockets, tells nobody that the link was lost, and up works behind it", async () => {
    const rig = await online();
    const clients = [rig.client(), rig.client()];
    await rig.world.run(() => clients.every(({ room }) => room > 0), 60_000);
    rig.lines.length = 0;
    await rig.settle(climb(rig.modem));
    expect(rig.sent).toContain(command);
    expect(clients.map(({ error }) => error)).toMatchObject([{ code: "socket-link" }, { code: "socket-link" }]);
    await rig.settle(rig.modem.up());
    await talks(rig);
    await rig.world.run(120_000);
    expect(rig.losses).toEqual([]);
  });

  test("is harmless before the first up", async () => {
    const rig = new Rig({ sim: { poweredOn: true } });
    await rig.settle(climb(rig.modem)).catch(() => {});
    await rig.settle(rig.modem.up());
    await talks(rig);
  });

  test("settles within a bounded time on a modem that is frozen, and up revives it", async () => {
    const rig = await online();
    rig.device.push(rig.sim.mishap("freeze", rig.world.now));
    const started = rig.world.now;
    await rig.settle(climb(rig.modem).catch(() => {}));
    expect(rig.world.now - started).toBeLessThan(60_000);
    await rig.settle(rig.modem.up());
    await talks(rig);
    expect(name).toBeTruthy();
  });
});

test("down closes its sockets before it gives the address back, and leaves nothing to be done", async () => {
  const rig = await online();
  const clients = [rig.client(), rig.client()];
  await rig.world.run(() => clients.every(({ room }) => room > 0), 60_000);
  for (const client of clients) client.write(new Uint8Array(1000));
  rig.lines.length = 0;
  await rig.settle(rig.modem.down());
  expect(rig.sent.slice(-3)).toEqual(["AT+CACLOSE=1", "AT+CACLOSE=0", "AT+CNACT=0,0"]);
  rig.lines.length = 0;
  await rig.world.run(120_000);
  expect(rig.sent).toEqual([]);
});

test("renewPdp keeps registration and settings: the next up only asks for an address", async () => {
  const rig = await online();
  await rig.settle(rig.modem.renewPdp());
  rig.lines.length = 0;
  await rig.settle(rig.modem.up());
  expect(rig.sent).toEqual(["AT", "AT+CEREG=1;+CEREG?", "AT+CNACT=0,1", "AT+CSQ;+CPSI?"]);
});

test("rungs asked for at the same time run one after another", async () => {
  const rig = await online();
  await rig.settle(Promise.all([rig.modem.renewPdp(), rig.modem.radioCycle(), rig.modem.up()]));
  const order = rig.sent.filter((line) => /CNACT=0,|CFUN=\d/.test(line));
  expect(order.slice(-4)).toEqual(["AT+CNACT=0,0", "AT+CFUN=0", "AT+CFUN=1", "AT+CNACT=0,1"]);
});

describe("a serial line that is lost", () => {
  test("ends the link with at-closed, and the next up opens it again", async () => {
    const rig = await online();
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 60_000);
    const before = rig.modem.counters();
    rig.unplug();
    await rig.world.run(100);
    expect(rig.losses).toMatchObject([{ code: "at-closed", advice: "reset-modem" }]);
    expect(client.error).toMatchObject({ code: "socket-link" });
    expect(rig.modem.counters().uartTxBytes).toBe(before.uartTxBytes);
    await rig.settle(rig.modem.up());
    await talks(rig);
    expect(rig.modem.counters().uartTxBytes).toBeGreaterThan(before.uartTxBytes);
  });
});

describe("a serial line that is lost in the middle of the bring-up", () => {
  test.each(["probe", "power", "register", "pdp"])("(%s) ends it with at-closed at once", async (stage) => {
    const faults = new Faults(["registration-slow=60"]);
    const rig = new Rig({ sim: { faults }, device: { powerKey: stage !== "power" } });
    const up = rig.modem.up().catch((error) => error);
    await rig.world.run(() => rig.stages.at(-1) === stage, 120_000);
    await rig.world.run(50);
    const lost = rig.world.now;
    rig.unplug();
    expect(await rig.settle(up)).toMatchObject({ code: "at-closed" });
    expect(rig.world.now - lost).toBeLessThan(5000);
  });
});

test("a port that cannot be opened is at-closed", async () => {
  const rig = new Rig();
  const modem = rig.make({
    Serial: class {
      format = "buffer";
      constructor() {
        throw new Error("no such device");
      }
      read(): undefined {}
      write(): number {
        return 0;
      }
      setBaud(): void {}
      close(): void {}
    },
  });
  await expect(rig.settle(modem.up())).rejects.toMatchObject({ code: "at-closed" });
});

test("status and time of a modem that does not answer fail in bounded time", async () => {
  const rig = await online();
  rig.device.push(rig.sim.mishap("freeze", rig.world.now));
  const started = rig.world.now;
  await expect(rig.settle(rig.modem.status())).rejects.toMatchObject({ code: "at-timeout" });
  await expect(rig.settle(rig.modem.time())).rejects.toMatchObject({ code: "at-timeout" });
  expect(rig.world.now - started).toBeLessThan(40_000);
});
