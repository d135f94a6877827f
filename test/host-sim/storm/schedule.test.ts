// What a seed draws.

import { describe, expect, test } from "@jest/globals";
import { endOf, type Fault, faultText, SEAMS, timeText } from "../../../host-sim/desk/fault.js";
import { KINDS, kindOf, triggerOf } from "../../../host-sim/desk/kinds/index.js";
import { QUIET } from "../../../host-sim/storm/schedule.js";
import { drawTrial, readTrial, TrialError } from "../../../host-sim/storm/trial.js";

const HOUR = 3_600_000;
const trials = Array.from({ length: 200 }, (_, seed) => drawTrial(seed, 24));
const all = trials.flatMap(({ faults }) => faults);

describe("a trial", () => {
  test("is the same for the same seed, another for another", () => {
    expect(drawTrial(7, 24)).toEqual(drawTrial(7, 24));
    expect(drawTrial(7, 24).faults).not.toEqual(drawTrial(8, 24).faults);
  });

  test("is plain data: written and read again it is the same", () => {
    expect(readTrial(JSON.stringify(trials[3]))).toEqual(trials[3]);
  });

  test.each(["", "{}", '{"faults":[{"at":1,"fault":"gremlins","duration":0}]}', '{"faults":[],"hours":0,"seed":1}'])(
    "is not read from %s",
    (text) => {
      expect(() => readTrial(text)).toThrow(TrialError);
    },
  );
});

describe("a schedule", () => {
  test("comes to every kind of fault in a few hundred seeds, and to every seam about as often", () => {
    const drawn = new Set(all.map(({ fault }) => fault));
    expect(Object.keys(KINDS).filter((name) => !drawn.has(name))).toEqual([]);
    const bySeam = SEAMS.map((seam) => all.filter(({ fault }) => kindOf(fault).seam === seam).length);
    // Two of them are those of devices with an app alone.
    expect(Math.max(...bySeam)).toBeLessThan(6 * Math.min(...bySeam));
  });

  test("is in order, and leaves the end of the run in peace", () => {
    for (const { faults } of trials) {
      expect(faults).toEqual([...faults].sort((a, b) => a.at - b.at));
      for (const fault of faults) expect(endOf(fault)).toBeLessThanOrEqual(24 * HOUR - QUIET);
    }
  });

  test("spares a device what nothing it has could mend", () => {
    for (const { setup, faults } of trials) {
      for (const { fault } of faults) expect(kindOf(fault).spares?.(setup) ?? false).toBe(false);
    }
  });

  test("leaves the chip running of every second device that runs for days", () => {
    const long = Array.from({ length: 40 }, (_, seed) => drawTrial(seed, 240));
    const restarts = (faults: Fault[]) => faults.filter(({ fault }) => /^chip-|^flash-power-cut/.test(fault)).length;
    const steady = long.filter(({ setup }) => setup.steady);
    expect(steady.length).toBeGreaterThan(10);
    expect(steady.length).toBeLessThan(30);
    for (const { faults } of steady)
      expect({ faults: faults.length > 500, restarts: restarts(faults) }).toEqual({ faults: true, restarts: 0 });
    const others = long.filter(({ setup }) => !setup.steady).reduce((sum, { faults }) => sum + restarts(faults), 0);
    expect(others / (long.length - steady.length)).toBeGreaterThan(50);
    expect(trials.filter(({ setup }) => setup.steady)).toEqual([]);
  });

  test("has faults alone, in bursts of one kind, and in pairs of two seams that overlap", () => {
    const neighbours = trials.flatMap(({ faults }) => faults.slice(1).map((fault, i) => [faults[i]!, fault] as const));
    const overlap = ([a, b]: readonly [Fault, Fault]) => b.at < endOf(a);
    const seamsOf = ([a, b]: readonly [Fault, Fault]) => [kindOf(a.fault).seam, kindOf(b.fault).seam];
    const pairs = neighbours.filter(overlap).filter((pair) => new Set(seamsOf(pair)).size === 2);
    const bursts = neighbours.filter(([a, b]) => a.fault === b.fault && b.at - a.at <= 60_000);
    const alone = neighbours.filter(([a, b]) => b.at - endOf(a) > 600_000);
    for (const some of [pairs, bursts, alone]) expect(some.length).toBeGreaterThan(trials.length);
  });

  test("brings on what lets a fault bite", () => {
    expect(triggerOf("onboarding-status", "503")).toBe("broker-token-revoked");
    expect(triggerOf("tls-untrusted", "onboarding")).toBe("broker-token-revoked");
    expect(triggerOf("tls-untrusted", "broker")).toBe("broker-hangs-up");
    expect(triggerOf("socket-reset", undefined)).toBeUndefined();
    const bitten = trials.filter(({ faults }) =>
      faults.some(({ fault, at }) => {
        const trigger = triggerOf(fault, undefined);
        return faults.some((other) => other.fault === trigger && other.at >= at && other.at <= at + 20_000);
      }),
    );
    expect(bitten.length).toBeGreaterThan(trials.length / 2);
  });

  test("is told on one line a fault", () => {
    expect(faultText({ at: 3 * HOUR + 61_005, fault: "at-late", value: 900, duration: 1_500 })).toBe(
      "3:01:01.005  at-late=900 for 1.5 s",
    );
    expect(faultText({ at: 0, fault: "chip-restart", duration: 0 })).toBe("0:00:00.000  chip-restart");
    expect(timeText(25 * HOUR)).toBe("25:00:00.000");
  });
});
