import { describe, expect, test } from "@jest/globals";
import { discipline } from "../../../../firmware/modem/sim7080/clock-discipline.js";
import { Faults } from "../../../../host-sim/modem/faults.js";
import type { Sim7080Options } from "../../../../host-sim/modem/sim7080.js";
import { Rig, type RigOptions } from "../rig.js";

async function online(faults: string[] = [], options: RigOptions = {}, sim: Sim7080Options = {}): Promise<Rig> {
  const rig = new Rig({ ...options, sim: { faults: new Faults(faults), ...sim } });
  await rig.settle(rig.modem.up());
  return rig;
}

describe("the wall clock", () => {
  test("comes from the network, its quarter-hour zone taken off", async () => {
    for (const zoneQuarters of [-14, 0, 8, 23]) {
      const rig = await online([], {}, { network: { zoneQuarters } });
      const time = await rig.settle(rig.modem.time());
      expect(time.source).toBe("network");
      expect(Math.abs(time.wallMs - rig.world.now)).toBeLessThanOrEqual(time.uncertaintyMs!);
      expect(time.skewMs).toBeUndefined();
    }
  });

  test("comes from NTP where the network tells none: the never-set value is no time", async () => {
    const rig = await online(["no-network-time"]);
    const time = await rig.settle(rig.modem.time());
    expect(rig.lines).toContainEqual(expect.stringContaining('< +CCLK: "80/01/06'));
    expect(time.source).toBe("ntp");
    expect(Math.abs(time.wallMs - rig.world.now)).toBeLessThanOrEqual(2000);
    expect(rig.sent).toContain('AT+CNTP="pool.ntp.org",0,0,2');
  });

  test("of a network before the build date is not believed", async () => {
    const rig = await online([], {}, { network: { timeOffsetMs: -400 * 86_400_000 } });
    rig.device.push(rig.sim.setNetwork({ timeOffsetMs: 0 }, rig.world.now));
    expect(await rig.settle(rig.modem.time())).toMatchObject({ source: "ntp" });
  });

  test("is time-unknown when nobody tells it", async () => {
    const rig = await online(["no-network-time", "ntp-fails=65"]);
    await expect(rig.settle(rig.modem.time())).rejects.toMatchObject({
      code: "time-unknown",
      advice: "retry",
      message: expect.stringContaining("65"),
    });
  });

  test("is time-unknown when NTP tells a time before the build date", async () => {
    const rig = await online(["no-network-time"], { modem: { floorMs: 4e12 } });
    await expect(rig.settle(rig.modem.time())).rejects.toMatchObject({ code: "time-unknown" });
  });

  test("of a network that is doubted comes from NTP, and from the network where NTP tells none", async () => {
    const rig = await online([], {}, { network: { timeOffsetMs: 12 * 3_600_000 } });
    const wrong = await rig.settle(rig.modem.time());
    expect(wrong).toMatchObject({ source: "network" });
    expect(Math.round((wrong.wallMs - rig.world.now) / 3_600_000)).toBe(12);
    const right = await rig.settle(rig.modem.time(true));
    expect(right).toMatchObject({ source: "ntp" });
    expect(Math.abs(right.wallMs - rig.world.now)).toBeLessThanOrEqual(2_000);
    const silent = await online(["ntp-fails=65"]);
    expect(await silent.settle(silent.modem.time(true))).toMatchObject({ source: "network" });
  });

  test("the network's time is switched on where it was off", async () => {
    const rig = await online();
    rig.lines.length = 0;
    const modem = rig.make(rig.device.boot(), (line) => line.replace("+CLTS?", "+CLTS=0;+CLTS?"));
    await rig.settle(modem.up());
    expect(rig.sent).toContain("AT+CLTS=1");
  });
});

describe("a reading and the device's clock", () => {
  function clockAt(monotonic: number, wall: number | undefined) {
    return { monotonic: () => monotonic, wall: () => wall, setWall: () => {} };
  }
  const reading = { wallMs: 1_800_000_000_000, source: "network" } as const;

  test("of a clock that is not set: the middle of the second told", () => {
    expect(discipline(reading, clockAt(1000, undefined), 900)).toEqual({
      wallMs: 1_800_000_000_500,
      source: "network",
      uncertaintyMs: 550,
    });
  });

  test("that agree within what can be told: the clock is left alone", () => {
    const own = 1_800_000_000_900;
    expect(discipline(reading, clockAt(1000, own), 900)).toMatchObject({
      wallMs: own,
      skewMs: -400,
      uncertaintyMs: 550,
    });
  });

  test("that do not: the reading counts, and the skew is told", () => {
    expect(discipline(reading, clockAt(1000, 1_799_999_990_500), 1000)).toMatchObject({
      wallMs: 1_800_000_000_500,
      skewMs: 10_000,
    });
  });
});
