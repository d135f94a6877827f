// Where the modem is. Oracle: SIM7080 AT V1.07 §8 for the lines; reports from the field for radio and receiver by turns.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readFix } from "../../../../firmware/modem/sim7080/commands/gnss.js";
import type { Search } from "../../../../firmware/platform/link.js";
import { Faults } from "../../../../host-sim/modem/faults.js";
import type { Sim7080Options } from "../../../../host-sim/modem/sim7080.js";
import { Rig } from "../rig.js";

const read = (rest: string) => {
  try {
    return readFix.parse({ lines: [`+CGNSINF: ${rest}`], body: undefined }).fix ?? "none";
  } catch {
    return "unreadable";
  }
};

const FIX = "1,1,20260512101500.000,50.110922,8.682127,112.300,54.20,271.50,0,,1.0,1.3,0.9,,9,,8.4,12.0";
const changed = (index: number, value: string) => FIX.split(",").with(index, value).join(",");

describe("AT+CGNSINF", () => {
  test("tells place, motion, how far off they are, and when", () => {
    expect(read(FIX)).toEqual({
      latitude: 50.110922,
      longitude: 8.682127,
      altitudeM: 112.3,
      speedKmh: 54.2,
      courseDeg: 271.5,
      accuracyM: 8.4,
      wallMs: Date.UTC(2026, 4, 12, 10, 15),
    });
  });

  test("off, and before the first fix, there is none; nor where it has a time and no place", () => {
    expect(read(`0${",".repeat(17)}`)).toBe("none");
    expect(read("1,,,0.000000,0.000000,-18.000,,,1,,0.1,0.1,0.1,,,,9999000.0,6144.0")).toBe("none");
    expect(read("1,0,20260512101500.000,0.000000,0.000000,0.0,0.0,,0,,,,,,0,,,")).toBe("none");
    expect(read(FIX.replace("50.110922,8.682127", "0.000000,0.000000"))).toBe("none");
  });

  test("what may be missing is left out", () => {
    for (const index of [5, 6, 7, 16]) expect(read(changed(index, ""))).toMatchObject({ latitude: 50.110922 });
    expect(read(changed(7, ""))).toMatchObject({ courseDeg: undefined });
    expect(read(changed(16, "9999000.0"))).toMatchObject({ accuracyM: undefined });
  });

  test.each([
    [2, ""],
    [2, "20261312101500.000"],
    [2, "20260512"],
    [3, "90.000001"],
    [3, "-91"],
    [3, "NaN"],
    [3, "1e1"],
    [3, "0x10"],
    [3, "50.1109220000001"],
    [3, ""],
    [4, "180.000001"],
    [4, "--8.6"],
    [4, "8.6 8.6"],
    [1, "2"],
  ])("field %i as %j is no fix, and is not taken for none", (index, value) => {
    expect(read(changed(index, value))).toBe("unreadable");
  });

  test("more or fewer fields than 18 are unreadable", () => {
    expect(read(`${FIX},`)).toBe("unreadable");
    expect(read(FIX.slice(0, FIX.lastIndexOf(",")))).toBe("unreadable");
    expect(read("")).toBe("unreadable");
  });

  test("whatever a line says, a fix is a place on earth", () => {
    const field = fc.oneof(fc.string({ maxLength: 12 }), fc.double().map(String), fc.constantFrom(...FIX.split(",")));
    fc.assert(
      fc.property(fc.array(field, { minLength: 17, maxLength: 19 }), fc.boolean(), (fields, whole) => {
        const fix = read(
          (whole ? FIX.split(",").map((own, i) => (i % 3 === 0 ? (fields[i] ?? own) : own)) : fields).join(","),
        );
        if (typeof fix === "string") return;
        expect(Math.abs(fix.latitude)).toBeLessThanOrEqual(90);
        expect(Math.abs(fix.longitude)).toBeLessThanOrEqual(180);
        expect(Number.isFinite(fix.wallMs)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

const search = (withinMs = 120_000, isWanted: () => boolean = () => true): Search => ({ withinMs, isWanted });

async function online(sim: Sim7080Options = {}): Promise<Rig> {
  const rig = new Rig({ modem: { positions: true }, sim: { poweredOn: true, ...sim } });
  await rig.settle(rig.modem.up());
  rig.lines.length = 0;
  return rig;
}

const steps = (rig: Rig) => rig.sent.filter((line) => /CFUN|CGNSPWR/.test(line));

describe("a look for a fix", () => {
  test("has the radio off for as long as the receiver is on, and finds where the modem is", async () => {
    const rig = await online();
    const fix = await rig.settle(rig.modem.locate!(search()));
    expect(fix).toMatchObject({ latitude: 52.520008, longitude: 13.404954, accuracyM: 8.4 });
    expect(fix!.wallMs).toBeGreaterThan(rig.started);
    expect(steps(rig)).toEqual(["AT+CFUN=4", "AT+CGNSPWR=1", "AT+CGNSPWR=0", "AT+CFUN=1"]);
    // It was our doing, so nobody is told of a loss.
    expect(rig.losses).toEqual([]);
    await rig.settle(rig.modem.up());
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 60_000);
    expect(client.room).toBeGreaterThan(0);
  });

  test("may come first of all: the modem is switched on for it, and brought up after it", async () => {
    const rig = new Rig({ modem: { positions: true } });
    expect(await rig.settle(rig.modem.locate!(search()))).toMatchObject({ latitude: 52.520008 });
    expect(rig.sent).not.toContain("AT+CNACT=0,1");
    expect(await rig.settle(rig.modem.up())).toMatchObject({ iccid: expect.any(String) });
  });

  test("does not count as time with the radio on", async () => {
    const rig = await online({ faults: new Faults(["gnss-slow=100"]) });
    const before = rig.modem.counters().radioOnMs!;
    await rig.settle(rig.modem.locate!(search()));
    expect(rig.modem.counters().radioOnMs! - before).toBeLessThan(1_000);
  });

  test("ends by its deadline where no satellites are in sight", async () => {
    const rig = await online({ network: { sky: "none" } });
    const began = rig.world.now;
    expect(await rig.settle(rig.modem.locate!(search(30_000)))).toBeUndefined();
    expect(rig.world.now - began).toBeLessThan(35_000);
    expect(steps(rig).at(-1)).toBe("AT+CFUN=1");
  });

  test("ends soon once it is not wanted any more", async () => {
    const rig = await online({ network: { sky: "none" } });
    const began = rig.world.now;
    const wanted = search(600_000, () => rig.world.now - began < 10_000);
    expect(await rig.settle(rig.modem.locate!(wanted))).toBeUndefined();
    expect(rig.world.now - began).toBeLessThan(15_000);
  });

  test("goes on behind lines that cannot be, and takes none of them for a place", async () => {
    const rig = await online({ faults: new Faults(["gnss-garbled=70"]) });
    expect(await rig.settle(rig.modem.locate!(search()))).toMatchObject({ latitude: 52.520008, longitude: 13.404954 });
  });

  test("is refused where the modem has no receiver, and the radio comes back", async () => {
    const rig = await online({ faults: new Faults(["gnss-refused"]) });
    await expect(rig.settle(rig.modem.locate!(search()))).rejects.toMatchObject({ code: "gnss-refused" });
    expect(steps(rig).at(-1)).toBe("AT+CFUN=1");
    await rig.settle(rig.modem.up());
  });

  test("is taken by a modem that refuses it while its radio is on", async () => {
    const rig = await online({ faults: new Faults(["gnss-radio"]) });
    expect(await rig.settle(rig.modem.locate!(search()))).toMatchObject({ latitude: 52.520008 });
  });

  test("fails when the modem restarts meanwhile, and the link comes up from the beginning", async () => {
    const rig = await online({ faults: new Faults(["gnss-restart=5", "gnss-slow=60"]) });
    await expect(rig.settle(rig.modem.locate!(search()))).rejects.toMatchObject({ code: "at-restarted" });
    rig.lines.length = 0;
    await rig.settle(rig.modem.up());
    expect(rig.sent).toContain("ATE0");
  });

  test("that was cut off by a restart of the chip does not keep the radio from its network", async () => {
    const rig = await online({ network: { sky: "none" } });
    void rig.modem.locate!(search()).catch(() => {});
    await rig.world.run(() => steps(rig).includes("AT+CGNSPWR=1"), 60_000);
    const { Serial, clock, timer, log, powerKey } = rig.device.boot();
    const next = rig.make({ Serial, clock, timer, log, powerKey, positions: true });
    await rig.settle(next.up());
    expect(steps(rig).slice(2)).toContainEqual(expect.stringContaining("+CGNSPWR=0"));
  });
});

test("a device that does not look for its position never touches the receiver", async () => {
  const rig = new Rig({ sim: { poweredOn: true } });
  await rig.settle(rig.modem.up());
  expect(rig.sent.join()).not.toContain("CGNS");
});
