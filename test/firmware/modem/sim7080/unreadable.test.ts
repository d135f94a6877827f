// An answer that only informs may be unreadable, or in a form nobody has seen: the device goes on without it.

import { describe, expect, test } from "@jest/globals";
import { Faults } from "../../../../host-sim/modem/faults.js";
import type { Sim7080Options } from "../../../../host-sim/modem/sim7080.js";
import { iccidOf } from "../../../../host-sim/world/sims.js";
import { Client, ECHO_HOST, ECHO_PORT, Rig, type RigOptions } from "../rig.js";

/** Writes all of `bytes` as room comes. */
function pour(client: Client, bytes: Uint8Array): void {
  let at = 0;
  client.onRoom = () => {
    while (at < bytes.length && client.room > 0) {
      const part = bytes.subarray(at, at + client.room);
      at += part.length;
      client.write(part);
    }
  };
}

const withFaults = (...faults: string[]): Sim7080Options => ({ faults: new Faults(faults) });

async function echo(rig: Rig, bytes: Uint8Array): Promise<Client> {
  const client = rig.client();
  pour(client, bytes);
  await rig.world.run(() => client.count >= bytes.length || client.error !== undefined, 120_000);
  expect(client.error).toBeUndefined();
  expect(Buffer.compare(client.received, bytes)).toBe(0);
  return client;
}

const few = Uint8Array.of(1, 2, 3);

describe("identity", () => {
  test("a model and a firmware in their rarer forms are told as they are", async () => {
    const rig = new Rig({ sim: { ...withFaults("identity-odd"), firmware: "1951B08SIM7080" } });
    expect(await rig.settle(rig.modem.up())).toMatchObject({
      iccid: iccidOf(1),
      model: "SIMCOM_SIM7080G-HP-S",
      firmware: "1951B08SIM7080",
    });
    expect(rig.logs).not.toContainEqual(expect.stringContaining("modem-firmware"));
    await echo(rig, few);
  });

  test("firmware that is known to be bad is warned of in this form too", async () => {
    const rig = new Rig({ sim: { ...withFaults("identity-odd"), firmware: "1951B05SIM7080" } });
    await rig.settle(rig.modem.up());
    expect(rig.logs).toContainEqual(expect.stringContaining("warn modem-firmware"));
  });

  test("an answer with a byte turned over is asked for once more", async () => {
    const rig = new Rig({ sim: { poweredOn: true, ...withFaults() } });
    const up = rig.modem.up();
    await rig.world.run(() => rig.sent.some((line) => line.startsWith("AT+CCID")), 60_000);
    // Within the ICCID: behind CR, LF and a few digits.
    rig.sim.setFault("garble", 8, 1);
    expect(await rig.settle(up)).toMatchObject({ iccid: iccidOf(1) });
    expect(rig.sent.filter((line) => line.includes("+CCID"))).toEqual(["AT+CCID;+CGSN;+CGMR", "AT+CCID"]);
  });
});

describe("nothing that only informs can be read", () => {
  test.each<[string, RigOptions]>([
    ["switched on", {}],
    ["found running, its PDP context perhaps up", { sim: { poweredOn: true } }],
    ["with bands, technology and eDRX to set", { modem: { rat: "LTE-M", bands: { "CAT-M": [8, 20] } } }],
    ["asked for PSM", { modem: { profile: { mode: "psm", periodS: 3600, activeS: 30 } } }],
  ])("a modem %s comes up, tells the time and carries bytes", async (_, options) => {
    const rig = new Rig({ ...options, sim: { ...options.sim, ...withFaults("unreadable") } });
    expect(await rig.settle(rig.modem.up())).toEqual({});
    expect(rig.logs).toContainEqual("warn iccid-unread");
    expect(await rig.settle(rig.modem.time())).toMatchObject({ source: "ntp" });
    expect(await rig.settle(rig.modem.status())).toEqual({});
    const bytes = new Uint8Array(9000).fill(0x41);
    await echo(rig, bytes);
    await rig.settle(rig.modem.renewPdp());
    await rig.settle(rig.modem.up());
    await echo(rig, few);
    await rig.settle(rig.modem.rest());
    await rig.settle(rig.modem.up());
  });

  test("a driver that finds the context of its last life up uses it", async () => {
    const rig = new Rig({ sim: { poweredOn: true, ...withFaults() } });
    await rig.settle(rig.modem.up());
    rig.sim.setFault("unreadable");
    const again = rig.make(rig.device.boot());
    await rig.settle(again.up());
    const before = rig.world.now;
    expect(await rig.settle(again.up())).toEqual({});
    expect(rig.world.now).toBe(before);
  });
});

describe("a SIM whose state cannot be read", () => {
  const unknown = (line: string) => (line === "AT+CPIN?" ? "AT" : line);

  test("is used as it is: the network tells soon enough whether that will do", async () => {
    const rig = new Rig({ sim: { poweredOn: true } });
    await rig.settle(rig.modem.up());
    const began = rig.world.now;
    await rig.settle(rig.make(rig.device.boot(), unknown).up());
    expect(rig.logs).toContain("warn sim-state-unread");
    expect(rig.world.now - began).toBeLessThan(25_000);
  });

  test("is not taken for one that was unlocked: a refused PIN stays refused", async () => {
    const rig = new Rig({ sim: { poweredOn: true, ...withFaults("sim-pin=4711") }, modem: { pin: "0000" } });
    const keyed = { pin: "0000", keyValue: rig.device.keyValue };
    await expect(rig.settle(rig.make(keyed).up())).rejects.toMatchObject({ code: "sim-pin-refused" });
    const kept = rig.device.keyValue.read("pin-refused");
    await rig.settle(rig.make({ ...rig.device.boot(), ...keyed }, unknown).up()).catch(() => {});
    expect(rig.device.keyValue.read("pin-refused")).toEqual(kept);
  });
});

describe("the registration state", () => {
  test("that cannot be read is awaited as a change, and asked for again", async () => {
    const never = (line: string) => line.replace("+CEREG?", "+CMEE?");
    const rig = new Rig({ sim: withFaults("registration-slow=20"), filter: never });
    await rig.settle(rig.modem.up());
    expect(rig.sent.filter((line) => line === "AT+CEREG?").length).toBeGreaterThan(1);
  });
});

describe("acknowledgements", () => {
  test("of which one cannot be read are asked for again, and no byte is lost", async () => {
    const rig = new Rig({ sim: { poweredOn: true } });
    await rig.settle(rig.modem.up());
    rig.sim.setFault("late", 100);
    let asked = 0;
    const again = rig.make(rig.device.boot(), (line) =>
      line.startsWith("AT+CAACK") && asked++ % 2 === 0 ? "AT" : line,
    );
    await rig.settle(again.up());
    const client = new Client(again.TCP, ECHO_HOST, ECHO_PORT);
    const bytes = new Uint8Array(40_000).fill(0x42);
    pour(client, bytes);
    await rig.world.run(() => client.count >= bytes.length || client.error !== undefined, 300_000);
    expect(client.error).toBeUndefined();
    expect(client.count).toBe(bytes.length);
    expect(asked).toBeGreaterThan(1);
  });
});

describe("commands that a firmware lacks and that can be done without", () => {
  test.each([
    ["AT+CASTATE?", "the sockets of a life before"],
    ["AT+CNTPCID=0", "the context of NTP"],
    ["AT+CEREG=1", "changes of registration"],
    ["AT+CNACT?", "the state of the PDP context"],
    ["AT+CCLK?", "the clock"],
  ])("%s: %s", async (missing) => {
    const filter = (line: string) => line.replace(missing.slice(2), "+NOTHERE");
    const rig = new Rig({ sim: { poweredOn: true, ...withFaults("no-network-time") }, filter });
    await rig.settle(rig.modem.up());
    const again = rig.make(rig.device.boot(), filter);
    await rig.settle(again.up());
    expect(await rig.settle(again.time())).toMatchObject({ source: "ntp" });
  });
});

test("no blank behind the colon: everything is understood all the same", async () => {
  const rig = new Rig({ sim: { poweredOn: true, ...withFaults("no-blank") } });
  expect(await rig.settle(rig.modem.up())).toMatchObject({ iccid: iccidOf(1), rat: "LTE-M", plmn: "262-02" });
  expect(await rig.settle(rig.modem.time())).toMatchObject({ source: "network" });
  const bytes = Uint8Array.from({ length: 12_000 }, (_, i) => "\r\nOK\r\n+CARECV:9,".charCodeAt(i % 17));
  const client = await echo(rig, bytes);
  client.write(Uint8Array.from("quit", (c) => c.charCodeAt(0)));
  await rig.world.run(() => client.error !== undefined, 60_000);
  expect(client.error).toMatchObject({ code: "closed" });
});
