import { describe, expect, test } from "@jest/globals";
import type { ModemOptions } from "../../../../firmware/modem/modem.js";
import { Faults } from "../../../../host-sim/modem/faults.js";
import type { Sim7080Options } from "../../../../host-sim/modem/sim7080.js";
import { Rig } from "../rig.js";

const PSM = { mode: "psm", periodS: 3600, activeS: 10 } as const;

async function online(modem: Partial<ModemOptions>, sim: Sim7080Options = {}, device = {}): Promise<Rig> {
  const rig = new Rig({ modem, sim: { poweredOn: true, ...sim }, device });
  await rig.settle(rig.modem.up());
  return rig;
}

function writes(rig: Rig): string[] {
  return rig.sent.filter((line) => /CPSMS=|CEDRXS=/.test(line));
}

describe("the profile psm", () => {
  test("asks for its timers once, as they are saved", async () => {
    const rig = await online({ profile: PSM }, { network: { grantedActiveS: 8, grantedTauS: 7200 } });
    expect(writes(rig)).toEqual(
      ['AT+CPSMS=1,,,"10011111","00000101"'].map(() => expect.stringMatching(/^AT\+CPSMS=1,,,"[01]{8}","00000101"$/)),
    );
    rig.lines.length = 0;
    await rig.settle(rig.make({ ...rig.device.boot(), profile: PSM }).up());
    expect(writes(rig)).toEqual([]);
  });

  test("tells what the network granted when the modem first rests", async () => {
    const told: unknown[] = [];
    const log = (_: string, event: string, fields: unknown) => {
      if (event === "low-power") told.push(fields);
    };
    const rig = await online({ profile: PSM }, { network: { grantedActiveS: 8, grantedTauS: 7200 } }, { log });
    for (let i = 0; i < 2; i++) {
      expect(await rig.settle(rig.modem.rest())).toBe("psm");
      await rig.settle(rig.modem.up());
    }
    expect(told).toEqual([{ psmActiveS: 8, psmPeriodS: 7200 }]);
  });

  test("rests in power saving mode: sockets end, the modem sleeps, and up wakes it and sets it up again", async () => {
    const rig = await online({ profile: PSM });
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 60_000);
    expect(await rig.settle(rig.modem.rest())).toBe("psm");
    expect(client.error).toMatchObject({ code: "socket-link" });
    expect(rig.sim.powerState).toBe("asleep");
    expect(rig.losses).toEqual([]);
    rig.lines.length = 0;
    await rig.settle(rig.modem.up());
    expect(rig.sent).toContain("ATE0");
    const again = rig.client();
    await rig.world.run(() => again.room > 0, 60_000);
    expect(again.room).toBeGreaterThan(0);
  });

  test("is not asked for on a board without a power key, where nothing could wake the modem before its time", async () => {
    const rig = await online({ profile: PSM }, {}, { powerKey: false });
    expect(writes(rig)).toEqual([]);
    await rig.world.run(60_000);
    expect(rig.sim.powerState).toBe("running");
    expect(await rig.settle(rig.modem.rest())).toBe("radio-off");
    await rig.settle(rig.modem.up());
  });

  test("a chip that slept with the modem finds it asleep and wakes it", async () => {
    const rig = await online({ profile: PSM });
    await rig.settle(rig.modem.rest());
    await rig.world.run(600_000);
    const modem = rig.make({ ...rig.device.boot(), profile: PSM });
    await rig.settle(modem.up());
    expect(rig.sim.powerState).toBe("running");
  });

  test("is found out to sleep though the modem does not say so", async () => {
    const rig = await online({ profile: PSM });
    const modem = rig.make({ ...rig.device.boot(), profile: PSM }, (line) =>
      line.replace("+CPSMSTATUS=1", "+CPSMSTATUS=0"),
    );
    await rig.settle(modem.up());
    expect(await rig.settle(modem.rest())).toBe("psm");
  });

  test("switches the modem off where the network grants nothing", async () => {
    const rig = await online({ profile: PSM }, { faults: new Faults(["psm-refused"]) });
    expect(await rig.settle(rig.modem.rest())).toBe("off");
    expect(rig.sim.powerState).toBe("off");
    await rig.settle(rig.modem.up());
  });

  test("switches only the radio off where there is no key to wake the modem", async () => {
    const rig = await online({ profile: PSM }, {}, { powerKey: false });
    expect(await rig.settle(rig.modem.rest())).toBe("radio-off");
    expect(rig.sent.at(-1)).toBe("AT+CFUN=0");
    await rig.settle(rig.modem.up());
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 60_000);
    expect(client.room).toBeGreaterThan(0);
  });

  test("a modem that falls asleep while the link is up and idle ends the link", async () => {
    const rig = await online({ profile: PSM });
    await rig.world.run(() => rig.losses.length > 0, 120_000);
    expect(rig.losses).toMatchObject([{ code: "modem-asleep", advice: "retry" }]);
    await rig.settle(rig.modem.up());
  });
});

describe("the profile edrx", () => {
  test("asks for a cycle, and stays awake", async () => {
    const rig = await online({ profile: { mode: "edrx", cycleS: 20 }, rat: "LTE-M" }, { network: { edrx: true } });
    expect(writes(rig)).toEqual(['AT+CEDRXS=1,4,"0010"']);
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 60_000);
    expect(await rig.settle(rig.modem.rest())).toBe("awake");
    await rig.world.run(1000);
    expect(client.error).toBeUndefined();
  });
});

describe("the profile always-on", () => {
  test("takes back what another profile had saved, and writes nothing else", async () => {
    const rig = await online({ profile: PSM });
    rig.lines.length = 0;
    await rig.settle(rig.make(rig.device.boot()).up());
    expect(writes(rig)).toEqual(["AT+CPSMS=0"]);
    await rig.settle(rig.make({ ...rig.device.boot(), profile: { mode: "edrx", cycleS: 40 } }).up());
    rig.lines.length = 0;
    const modem = rig.make(rig.device.boot());
    await rig.settle(modem.up());
    expect(writes(rig)).toEqual(["AT+CEDRXS=0"]);
    rig.lines.length = 0;
    await rig.settle(rig.make(rig.device.boot()).up());
    expect(writes(rig)).toEqual([]);
  });
});

test("the time the radio is on is counted, without the time at rest", async () => {
  const rig = await online({ profile: PSM });
  await rig.settle(rig.modem.rest());
  const before = rig.modem.counters().radioOnMs!;
  expect(before).toBeGreaterThan(0);
  await rig.world.run(600_000);
  expect(rig.modem.counters().radioOnMs).toBe(before);
  await rig.settle(rig.modem.up());
  const after = rig.modem.counters().radioOnMs!;
  expect(after).toBeGreaterThan(before);
  expect(after - before).toBeLessThan(60_000);
});
