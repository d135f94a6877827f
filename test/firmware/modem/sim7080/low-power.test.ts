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
    // It takes its time to stop; who wakes it at once waits for that.
    expect(rig.sim.powerState).toBe("stopping");
    await rig.settle(rig.modem.up());
    expect(rig.sim.powerState).toBe("running");
  });

  test("leaves the PDP context to the network", async () => {
    const rig = await online({ profile: PSM });
    rig.lines.length = 0;
    await rig.settle(rig.modem.rest());
    expect(rig.sent.filter((line) => line.includes("CNACT"))).toEqual([]);
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

describe("a modem that was put to rest", () => {
  /** Time from `up` to the address. */
  async function woken(rig: Rig, modem = rig.modem): Promise<number> {
    rig.lines.length = 0;
    rig.stages.length = 0;
    const from = rig.world.now;
    await rig.settle(modem.up());
    return rig.world.now - from;
  }

  test("is woken by its key at once, and asked for an address first", async () => {
    const rig = await online({ profile: PSM });
    await rig.settle(rig.modem.rest());
    await rig.world.run(60_000);
    expect(await woken(rig)).toBeLessThan(4_500);
    expect(rig.stages.slice(0, 2)).toEqual(["power", "configure"]);
    const asked = rig.sent.filter((line) => line !== "AT");
    expect(asked.slice(0, 5)).toEqual([
      "AT+IPR?",
      "ATE0",
      expect.stringMatching(/^AT\+CMEE/),
      "AT+CNACT=0,1",
      "AT+CCID;+CGSN;+CGMR",
    ]);
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 60_000);
    expect(client.room).toBeGreaterThan(0);
  });

  test("is so by a chip that slept as well, where it is told how the modem rests", async () => {
    const rig = await online({ profile: PSM });
    await rig.settle(rig.modem.rest());
    await rig.world.run(600_000);
    const modem = rig.make({ ...rig.device.boot(), profile: PSM, rests: "psm" });
    expect(await woken(rig, modem)).toBeLessThan(4_500);
    expect(rig.stages[0]).toBe("power");
    // Of this wake alone: afterwards it is looked for as ever.
    rig.lines.length = 0;
    rig.stages.length = 0;
    await rig.settle(modem.restart());
    await rig.settle(modem.up());
    expect(rig.stages[0]).toBe("probe");
  });

  test("and is awake by now, is switched off by the key, found to be so, and switched on again", async () => {
    const rig = await online({ profile: PSM });
    const modem = rig.make({ ...rig.device.boot(), profile: PSM, rests: "psm", pulses: { onMs: 1300, offMs: 1300 } });
    await woken(rig, modem);
    expect(rig.sim.powerState).toBe("running");
    expect(rig.stages.slice(0, 2)).toEqual(["power", "configure"]);
    expect(rig.lines).toContain("< NORMAL POWER DOWN");
    expect(rig.losses).toEqual([]);
  });

  test("has its PDP context used where that still stands", async () => {
    const rig = await online({ profile: PSM });
    // Awake by itself, for its periodic update, and the key too short to switch it off.
    const modem = rig.make({ ...rig.device.boot(), profile: PSM, rests: "psm", pulses: { onMs: 1100, offMs: 1300 } });
    await woken(rig, modem);
    expect(rig.sent.filter((line) => line.includes("CNACT"))).toEqual(["AT+CNACT=0,1", "AT+CNACT?"]);
    expect(rig.lines).not.toContain("< +APP PDP: 0,ACTIVE");
  });

  test("and that the network does not know any more, is set up as after a start", async () => {
    const faults = new Faults();
    const rig = await online({ profile: PSM }, { faults });
    await rig.settle(rig.modem.rest());
    rig.lines.length = 0;
    faults.set("pdp-refused");
    await rig.settle(rig.modem.up());
    expect(rig.sent.filter((line) => line === "AT+CNACT=0,1")).toHaveLength(2);
    expect(rig.sent.some((line) => line.startsWith("AT+CEREG=1"))).toBe(true);
  });

  test("and whose card has a PIN, goes through all steps", async () => {
    const rig = await online({ profile: PSM, pin: "1234" }, { faults: new Faults(["sim-pin=1234"]) });
    await rig.settle(rig.modem.rest());
    await woken(rig);
    const asked = rig.sent.filter((line) => line.startsWith("AT+CPIN"));
    expect(asked.length).toBeGreaterThan(0);
  });
});

describe("the profile off", () => {
  test("switches the modem off between wakes, and its key on", async () => {
    const rig = await online({ profile: { mode: "off" } });
    expect(writes(rig)).toEqual([]);
    expect(await rig.settle(rig.modem.rest())).toBe("off");
    await rig.world.run(5_000);
    expect(rig.sim.powerState).toBe("off");
    rig.stages.length = 0;
    await rig.settle(rig.modem.up());
    expect(rig.stages[0]).toBe("power");
    expect(rig.sim.powerState).toBe("running");
  });

  test("takes back what psm had saved", async () => {
    const rig = await online({ profile: PSM });
    rig.lines.length = 0;
    await rig.settle(rig.make({ ...rig.device.boot(), profile: { mode: "off" } }).up());
    expect(writes(rig)).toEqual(["AT+CPSMS=0"]);
  });

  test("a modem that goes off without a word, as some firmware does, is off and rests", async () => {
    const rig = await online({ profile: { mode: "off" } }, { faults: new Faults(["no-power-down-text"]) });
    expect(await rig.settle(rig.modem.rest())).toBe("off");
    expect(rig.sim.powerState).toBe("off");
    await rig.settle(rig.modem.up());
    expect(rig.sim.powerState).toBe("running");
  });

  test("a modem that takes no order to go off and still answers does not rest", async () => {
    const faults = new Faults();
    const rig = await online({ profile: { mode: "off" } }, { faults });
    faults.set("silence");
    await expect(rig.settle(rig.modem.rest())).rejects.toMatchObject({ code: "at-timeout" });
    expect(rig.sim.powerState).toBe("running");
  });

  test("switches only the radio off where no key could bring the modem back", async () => {
    const rig = await online({ profile: { mode: "off" } }, {}, { powerKey: false });
    expect(await rig.settle(rig.modem.rest())).toBe("radio-off");
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
