import { describe, expect, test } from "@jest/globals";
import { AXP2101_ADDRESS, AXP2101_HZ, axp2101Supply } from "../../../../firmware/modem/axp2101.js";
import type { ModemOptions } from "../../../../firmware/modem/modem.js";
import type { Failure } from "../../../../firmware/platform/failure.js";
import { Axp2101, pmuFeeding } from "../../../../host-sim/board/axp2101.js";
import { makeBoard } from "../../../../host-sim/board/board.js";
import { Faults } from "../../../../host-sim/modem/faults.js";
import type { Sim7080Options } from "../../../../host-sim/modem/sim7080.js";
import { Rig, type RigOptions } from "../rig.js";

/** A rig whose power key tells how long it was pressed. */
function withKey(options: RigOptions = {}) {
  const presses: number[] = [];
  const rig = new Rig(options);
  let since = 0;
  const key = {
    write: (level: 0 | 1) => {
      if (level === 1) since = rig.world.now;
      else presses.push(rig.world.now - since);
      rig.platform.powerKey!.write(level);
    },
  };
  const make = (more: Partial<ModemOptions> = {}) => rig.make({ ...options.modem, powerKey: key, ...more });
  return { rig, presses, make };
}

/** Opens a power chip on a board of its own. */
function opening(pmu: Axp2101) {
  const { device } = makeBoard({ parts: { pmu } });
  return () => new device.io.SMBus({ ...device.I2C.default, address: AXP2101_ADDRESS, hz: AXP2101_HZ });
}

function on(faults: string[] = [], more: Sim7080Options = {}): Sim7080Options {
  return { poweredOn: true, faults: new Faults(faults), ...more };
}

function failureOf(promise: Promise<unknown>): Promise<Failure> {
  return promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: Failure) => error,
  );
}

describe("the power key", () => {
  test("is pressed once, between 1 and 12 s, and only after plain AT got no answer", async () => {
    const { rig, presses, make } = withKey();
    await rig.settle(make().up());
    expect(presses).toEqual([1200]);
    expect(rig.lines[0]).toBe("> AT");
  });

  test("is not touched while the modem answers", async () => {
    const { rig, presses, make } = withKey({ sim: on() });
    await rig.settle(make().up());
    expect(presses).toEqual([]);
  });

  test("wakes a frozen modem in two presses: off, then on", async () => {
    const { rig, presses, make } = withKey({ sim: on() });
    rig.device.push(rig.sim.mishap("freeze", rig.world.now));
    await rig.settle(make().up());
    expect(presses).toEqual([1200, 1200]);
  });

  test("held for more than 12 s resets a modem that ignores it otherwise", async () => {
    const { rig, presses, make } = withKey({ sim: on() });
    rig.device.push(rig.sim.mishap("zombie", rig.world.now));
    await rig.settle(make().up());
    expect(presses.at(-1)).toBeGreaterThan(12_600);
    expect(presses).toHaveLength(3);
  });

  test("is pressed as long as the board's table says", async () => {
    const { rig, presses, make } = withKey();
    await rig.settle(make({ pulses: { onMs: 1500, offMs: 1400 } }).up());
    expect(presses).toEqual([1500]);
  });

  test("of a modem that is not there: modem-silent within a bounded time", async () => {
    const rig = new Rig();
    rig.device.push(rig.sim.supply(0, rig.world.now));
    expect(await rig.settle(failureOf(rig.modem.up()))).toMatchObject({ code: "modem-silent", advice: "reset-modem" });
    expect(rig.world.now - rig.started).toBeLessThan(90_000);
  });
});

describe("a board without a power key", () => {
  test("waits for a modem that boots with its supply", async () => {
    const { rig } = withKey({ sim: on(["boot-slow=8"]), device: { powerKey: false } });
    rig.device.push(rig.sim.mishap("restart", rig.world.now));
    await rig.settle(rig.make({ powerKey: undefined }).up());
    expect(rig.details).toContain("power no power key: waiting for it to boot");
  });

  test("says that it has no power-cycle rung", () => {
    const rig = new Rig({ device: { powerKey: false } });
    expect(rig.modem.powerCycle).toBeUndefined();
  });

  test("fails with modem-silent when nothing comes", async () => {
    const rig = new Rig({ device: { powerKey: false } });
    expect(await rig.settle(failureOf(rig.modem.up()))).toMatchObject({ code: "modem-silent" });
  });
});

describe("boot", () => {
  test("slow, it is waited for", async () => {
    const { rig, presses, make } = withKey({ sim: { faults: new Faults(["boot-slow=12"]) } });
    await rig.settle(make().up());
    expect(presses).toHaveLength(1);
  });

  test("after RDY no AT is lost", async () => {
    const rig = new Rig();
    await rig.settle(rig.modem.up());
    const ready = rig.lines.indexOf("< RDY");
    expect(rig.lines.slice(ready + 1, ready + 3)).toEqual(["> AT", "< OK"]);
  });
});

test("a chip that restarted while the modem waited for bytes finds it again without the power key", async () => {
  const { rig, presses, make } = withKey({ sim: on() });
  await rig.settle(rig.modem.up());
  const client = rig.client();
  await rig.world.run(() => client.room > 0, 60_000);
  client.write(new Uint8Array(1460));
  await rig.world.run(() => rig.lines.at(-1) === "> AT+CASEND=0,1460,2000", 10_000);
  const { Serial, clock, timer, log } = rig.device.boot();
  await rig.world.run(400);
  await rig.settle(make({ Serial, clock, timer, log }).up());
  expect(presses).toEqual([]);
});

describe("a modem left in data mode", () => {
  test("is brought back by +++ between two seconds of silence, without the power key", async () => {
    const { rig, presses, make } = withKey({ sim: on(["data-mode"]) });
    await rig.settle(make().up());
    expect(presses).toEqual([]);
    expect(rig.lines).toEqual(expect.arrayContaining(["> +++", "> ATH"]));
    expect(rig.logs).toContain("info left-data-mode");
  });
});

describe("the line speed", () => {
  test("of an autobauding modem is fixed, verified, and found fixed the next time", async () => {
    const rig = new Rig({ sim: on([], { baud: 0 }) });
    await rig.settle(rig.modem.up());
    const at = rig.lines.indexOf("> AT+IPR=115200");
    expect(rig.lines.slice(at, at + 4)).toEqual(["> AT+IPR=115200", "< OK", "> AT", "< OK"]);
    rig.lines.length = 0;
    await rig.settle(rig.make(rig.device.boot()).up());
    expect(rig.sent.filter((line) => line.startsWith("AT+IPR="))).toEqual([]);
  });

  test("is 921600 where RTS and CTS are wired, and then the modem is told to use them", async () => {
    const rig = new Rig({ sim: on(), modem: { flowControl: "hardware" } });
    await rig.settle(rig.modem.up());
    expect(rig.sent).toContain("AT+IPR=921600");
    expect(rig.sent.some((line) => line.includes("+IFC=2,2"))).toBe(true);
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 60_000);
  });

  test("of a modem with another configuration is found out, off or on", async () => {
    for (const poweredOn of [true, false]) {
      const rig = new Rig({ sim: { poweredOn, baud: 921_600 } });
      await rig.settle(rig.modem.up());
      expect(rig.sent).toContain("AT+IPR=115200");
    }
  });

  test.each([{ powerKey: true }, { powerKey: false }])(
    "that another program has saved and nobody uses here is found when nothing else helps (%o)",
    async (device) => {
      for (const baud of [460_800, 9600]) {
        const rig = new Rig({ sim: on([], { baud }), device });
        await rig.settle(rig.modem.up());
        expect(rig.sent).toContain("AT+IPR=115200");
        rig.stages.length = 0;
        await rig.settle(rig.make(rig.device.boot()).up());
        expect(rig.stages).not.toContain("power");
      }
    },
  );

  test("that the modem refuses is given up, and the one that works is kept", async () => {
    const filter = (line: string) => (line.startsWith("AT+IPR=") ? "AT+NOT" : line);
    const rig = new Rig({ sim: on(), modem: { baud: 460_800 }, filter });
    await rig.settle(rig.modem.up());
    expect(rig.logs).toContain("warn line-speed-refused");
  });

  test("that the modem takes but does not keep is taken back", async () => {
    // The modem says OK to a speed and goes on with its own.
    const filter = (line: string) => (line === "AT+IPR=460800" ? "AT" : line);
    const rig = new Rig({ sim: on(), modem: { baud: 460_800 }, filter });
    await rig.settle(rig.modem.up());
    expect(rig.logs).toContain("warn line-speed-failed");
    expect(rig.sent).toContain("AT+IPR=115200");
  });
});

describe("switching off and on", () => {
  test("waits for NORMAL POWER DOWN and for the lines to fall", async () => {
    const { rig, presses, make } = withKey();
    const modem = make();
    await rig.settle(modem.up());
    presses.length = 0;
    await rig.settle(modem.powerCycle!());
    expect(rig.lines.slice(-2)).toEqual(["> AT+CPOWD=1", "< NORMAL POWER DOWN"]);
    expect(rig.sim.powerState).toBe("off");
    expect(presses).toEqual([]);
    await rig.settle(modem.up());
    expect(presses).toEqual([1200]);
  });

  test("uses the key when the modem does not say that it is off", async () => {
    const { rig, presses, make } = withKey({ sim: { faults: new Faults(["no-power-down-text"]) } });
    const modem = make();
    await rig.settle(modem.up());
    await rig.settle(modem.powerCycle!());
    expect(presses.at(-1)).toBe(1300);
    await rig.settle(modem.up());
  });

  test("uses the supply where the board can switch it, and that revives a zombie", async () => {
    const { rig, presses, make } = withKey();
    const pmu = pmuFeeding((level) => rig.device.push(rig.sim.supply(level, rig.world.now)));
    const modem = make({ supply: axp2101Supply(opening(pmu)) });
    await rig.settle(modem.up());
    rig.device.push(rig.sim.mishap("zombie", rig.world.now));
    presses.length = 0;
    await rig.settle(modem.powerCycle!());
    await rig.settle(modem.up());
    expect(presses).toEqual([1200]);
    expect(pmu.millivolts("DC1")).toBe(3300);
  });

  test("a supply chip that does not answer is reported and does not stop a modem that has power", async () => {
    const rig = new Rig({ sim: on() });
    const absent = new Axp2101();
    absent.fault = "absent";
    await rig.settle(rig.make({ supply: axp2101Supply(opening(absent)) }).up());
    expect(rig.logs).toContain("error modem-supply");
  });
});

describe("a modem that restarts by itself", () => {
  test("ends all sockets at once, is told once, and is set up again", async () => {
    const rig = new Rig();
    await rig.settle(rig.modem.up());
    const clients = [rig.client(), rig.client()];
    await rig.world.run(() => clients.every(({ room }) => room > 0), 60_000);
    await rig.world.run(120_000);
    rig.device.push(rig.sim.mishap("restart", rig.world.now));
    await rig.world.run(() => rig.losses.length > 0, 10_000);
    expect(clients.map(({ error }) => error?.code)).toEqual(["socket-link", "socket-link"]);
    expect(rig.losses).toMatchObject([{ code: "at-restarted", advice: "retry" }]);
    await rig.world.run(20_000);
    expect(rig.losses).toHaveLength(1);
    rig.lines.length = 0;
    await rig.settle(rig.modem.up());
    expect(rig.sent).toContain("ATE0");
    const again = rig.client();
    await rig.world.run(() => again.room > 0, 60_000);
  });

  test("is found out by SMS Ready where the line speed prints no RDY", async () => {
    const filter = (line: string) => (line.startsWith("AT+IPR=") ? "AT+NOT" : line);
    const rig = new Rig({ sim: { baud: 0 }, filter });
    await rig.settle(rig.modem.up());
    await rig.world.run(120_000);
    rig.device.push(rig.sim.mishap("restart", rig.world.now));
    await rig.world.run(() => rig.losses.length > 0, 30_000);
    expect(rig.lines).not.toContain("< RDY");
    expect(rig.losses).toMatchObject([{ code: "at-restarted", message: expect.stringContaining("SMS Ready") }]);
  });

  test("in the middle of the bring-up ends that with at-restarted, and the next one succeeds", async () => {
    const rig = new Rig({ sim: { faults: new Faults(["registration-slow=30"]) } });
    const up = failureOf(rig.modem.up());
    await rig.world.run(() => rig.stages.at(-1) === "register", 60_000);
    await rig.world.run(10_000);
    rig.device.push(rig.sim.mishap("restart", rig.world.now));
    expect(await rig.settle(up)).toMatchObject({ code: "at-restarted" });
    await rig.settle(rig.modem.up());
  });

  test.each([
    ["register", "registration-slow=100"],
    ["pdp", "pdp-silent"],
  ])("while the driver waits for the network (%s) it is told as what it is, at once", async (stage, fault) => {
    const rig = new Rig({ sim: { faults: new Faults([fault]) } });
    const up = failureOf(rig.modem.up());
    await rig.world.run(() => rig.stages.at(-1) === stage, 60_000);
    await rig.world.run(1000);
    rig.lines.length = 0;
    rig.device.push(rig.sim.mishap("restart", rig.world.now));
    await rig.world.run(() => rig.lines.includes("< RDY"), 10_000);
    const told = rig.world.now;
    expect(await rig.settle(up)).toMatchObject({ code: "at-restarted" });
    expect(rig.world.now).toBe(told);
  });

  test("the SMS Ready of a boot or of CFUN=1 is no restart", async () => {
    const rig = new Rig();
    await rig.settle(rig.modem.up());
    await rig.world.run(60_000);
    expect(rig.lines).toContain("< SMS Ready");
    expect(rig.losses).toEqual([]);
  });
});

test("a modem that switches itself off for want of voltage ends the link", async () => {
  const rig = new Rig();
  await rig.settle(rig.modem.up());
  rig.device.push(rig.sim.mishap("under-voltage", rig.world.now));
  await rig.world.run(1000);
  expect(rig.losses).toMatchObject([{ code: "modem-off", advice: "reset-modem" }]);
});

describe("where power has just come to the chip", () => {
  /** Time from `up` to the first setting. */
  async function ready(rig: Rig): Promise<number> {
    const from = rig.world.now;
    const up = rig.modem.up();
    await rig.world.run(() => rig.stages.includes("configure"), 120_000);
    const took = rig.world.now - from;
    await rig.settle(up);
    return took;
  }

  test("the key is pressed while the modem is asked: one that is off is up as soon as it can be", async () => {
    const rig = new Rig({ modem: { isCold: true } });
    expect(await ready(rig)).toBeLessThan(4_000);
    expect(rig.stages.slice(0, 3)).toEqual(["probe", "power", "configure"]);
    expect(rig.sent.filter((line) => line === "+++")).toEqual([]);
  });

  test("one that is on answers, and the pulse is too short to switch it off", async () => {
    const rig = new Rig({ modem: { isCold: true }, sim: { poweredOn: true } });
    expect(await ready(rig)).toBeLessThan(1_000);
    await rig.world.run(10_000);
    expect(rig.sim.powerState).toBe("running");
    expect(rig.losses).toEqual([]);
  });

  test("one that is on and deaf at this speed is up again after a while", async () => {
    const rig = new Rig({ modem: { isCold: true }, sim: { poweredOn: true, baud: 57_600 } });
    await ready(rig);
    expect(rig.sim.powerState).toBe("running");
  });

  test("it is so once: a modem that is lost later is asked first", async () => {
    const rig = new Rig({ modem: { isCold: true } });
    await ready(rig);
    rig.unplug();
    rig.stages.length = 0;
    rig.lines.length = 0;
    await rig.settle(rig.modem.up());
    expect(rig.stages[0]).toBe("probe");
    expect(rig.stages).not.toContain("power");
  });

  test("a board without a power key asks as ever", async () => {
    const rig = new Rig({ modem: { isCold: true }, sim: { poweredOn: true }, device: { powerKey: false } });
    await ready(rig);
    expect(rig.stages).not.toContain("power");
  });
});

test("a modem that says that it is off by the key, and is up again, has its radio counted as on", async () => {
  // Its answers come too late to be heard.
  const rig = new Rig({ sim: on(["late=616"]) });
  await rig.settle(rig.modem.up());
  expect(rig.lines).toContain("< NORMAL POWER DOWN");
  const before = rig.modem.counters().radioOnMs!;
  await rig.world.run(60_000);
  expect(rig.modem.counters().radioOnMs! - before).toBe(60_000);
});

test.each([
  ["while its link stands", []],
  ["while it does not", ["pdp-drop"]],
] as const)("a modem that switches itself off %s has its radio counted as off", async (_, before) => {
  const rig = new Rig({ sim: on() });
  await rig.settle(rig.modem.up());
  for (const mishap of [...before, "under-voltage"] as const) {
    rig.device.push(rig.sim.mishap(mishap, rig.world.now));
    await rig.world.run(10_000);
  }
  const counted = rig.modem.counters().radioOnMs!;
  expect(counted).toBeGreaterThan(0);
  await rig.world.run(60_000);
  expect(rig.modem.counters().radioOnMs).toBe(counted);
});
