import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Rollout, type RolloutPlan, reportIn } from "../../../host-sim/update/rollout.js";

const HOUR = 3_600_000;
const YEAR = 8_766 * HOUR;
const NAMES = Array.from({ length: 40 }, (_, i) => `89882280${String(i).padStart(11, "0")}`);
const PLAN: RolloutPlan = {
  ...{ seq: 7, manifest: "ab".repeat(32), devices: NAMES },
  ...{ stages: [5, 25, 100], stopAt: 10, patienceMs: 24 * HOUR, quorum: 50 },
};
const rolloutOf = (more: Partial<RolloutPlan> = {}) => new Rollout({ ...PLAN, ...more }, 0);
const confirmed = { update: 7, state: "confirmed" };
const failed = { update: 7, state: "rolled-back", reason: "update-health" };

/** Tells all that are to be told. @returns them */
function tell(rollout: Rollout): string[] {
  const names = rollout.toTell();
  for (const name of names) rollout.told(name);
  return names;
}

test("each stage is a part of the next, told once, and the last is everybody", () => {
  const rollout = rolloutOf();
  const told: string[][] = [];
  for (let stage = 0; stage < 3; stage++) {
    told.push(tell(rollout));
    expect(rollout.toTell()).toEqual([]);
    expect(rollout.advance(0)).toBe(false);
    for (const name of told[stage]!) rollout.heard(name, confirmed);
    expect(rollout.advance(0)).toBe(stage < 2);
  }
  expect(told.map(({ length }) => length)).toEqual([2, 8, 30]);
  expect(new Set(told.flat())).toEqual(new Set(NAMES));
  expect(rollout.verdict(0)).toEqual({ verdict: "done" });
});

test("the first few are others with another release, and the same with the same", () => {
  expect(rolloutOf().reached).toEqual(rolloutOf().reached);
  expect(rolloutOf({ devices: [...NAMES].reverse() }).reached).toEqual(rolloutOf().reached);
  expect(rolloutOf({ manifest: "cd".repeat(32) }).reached).not.toEqual(rolloutOf().reached);
});

test("a device whose message the broker never acknowledged is told again, unless it was heard", () => {
  const rollout = rolloutOf();
  const [first, second] = tell(rollout) as [string, string];
  rollout.heard(first, { update: 7, state: "accepted" });
  for (const name of [first, second]) rollout.missed(name);
  expect(rollout.toTell()).toEqual([second]);
});

test("too large a share of failures ends it: nobody is told any more, whatever comes", () => {
  const rollout = rolloutOf();
  const [first, second] = tell(rollout) as [string, string];
  rollout.heard(first, failed);
  expect(rollout.verdict(0)).toEqual({ verdict: "stopped", why: "failures" });
  rollout.heard(second, confirmed);
  expect(rollout.advance(100 * HOUR)).toBe(false);
  expect(rollout.toTell()).toEqual([]);
  expect(rollout.reasons()).toEqual([["update-health", 1]]);
});

test("a share of failures that is allowed does not", () => {
  const rollout = rolloutOf({ stages: [100] });
  const names = tell(rollout);
  names.forEach((name, i) => {
    rollout.heard(name, i < 4 ? failed : confirmed);
  });
  expect(rollout.verdict(0)).toEqual({ verdict: "done" });
  expect(rollout.tally()).toEqual({ told: 40, confirmed: 36, failed: 4, open: 0 });
});

test("silent devices are waited for, and then left behind if enough have confirmed", () => {
  const rollout = rolloutOf();
  const [first] = tell(rollout) as [string];
  rollout.heard(first, confirmed);
  expect(rollout.advance(24 * HOUR - 1)).toBe(false);
  expect(rollout.advance(24 * HOUR)).toBe(true);
  expect(rollout.verdict(24 * HOUR)).toEqual({ verdict: "going" });
  expect(rollout.without()).toHaveLength(1);
});

test("only the hours in which somebody listens are waited: not those of an interruption", () => {
  const first = rolloutOf();
  tell(first);
  const state = first.save(23 * HOUR);
  const later = new Rollout(PLAN, YEAR, state);
  expect(later.verdict(YEAR + HOUR - 1)).toEqual({ verdict: "going" });
  expect(later.verdict(YEAR + HOUR)).toEqual({ verdict: "stopped", why: "silence" });
});

test("silence of too many ends it", () => {
  const rollout = rolloutOf();
  tell(rollout);
  expect(rollout.verdict(24 * HOUR - 1)).toEqual({ verdict: "going" });
  expect(rollout.verdict(24 * HOUR)).toEqual({ verdict: "stopped", why: "silence" });
});

describe("a report counts", () => {
  const first = () => {
    const rollout = rolloutOf();
    const [name] = tell(rollout) as [string];
    return { rollout, name };
  };
  test("when it is about this release, and from a device that was told", () => {
    const { rollout, name } = first();
    const stranger = NAMES.find((each) => !rollout.reached.includes(each))!;
    expect(rollout.heard(name, { update: 6, state: "confirmed" })).toBeUndefined();
    expect(rollout.heard(name, { state: "confirmed" })).toBeUndefined();
    expect(rollout.heard(stranger, confirmed)).toBeUndefined();
    expect(rollout.heard(name, { update: 7, state: "nonsense" })).toBeUndefined();
    expect(rollout.heard(name, { update: 7, state: "trial" })).toBe("trial");
    expect(rollout.heard(name, { update: 7, state: "trial" })).toBeUndefined();
    expect(rollout.heard(name, confirmed)).toBe("confirmed");
    // The last word is the last.
    expect(rollout.heard(name, failed)).toBeUndefined();
  });
  test("as good in the end where a device that had no network in its trial tries again; that it tries does not", () => {
    const { rollout, name } = first();
    expect(rollout.heard(name, { update: 7, state: "rolled-back", reason: "update-network" })).toBe("rolled-back");
    expect(rollout.heard(name, { update: 7, state: "accepted" })).toBeUndefined();
    expect(rollout.tally()).toMatchObject({ failed: 1, open: 1 });
    expect(rollout.heard(name, confirmed)).toBe("confirmed");
    expect(rollout.tally()).toMatchObject({ failed: 0, confirmed: 1 });
  });
  test("as a refusal also where the device could not read which release it was", () => {
    const { rollout, name } = first();
    expect(rollout.heard(name, { state: "refused", reason: "update-signature" })).toBe("refused");
  });
  test("as good where the device has the release already", () => {
    const { rollout, name } = first();
    expect(rollout.heard(name, { update: 7, state: "refused", reason: "update-seq" })).toBe("has");
    expect(rollout.tally().failed).toBe(0);
  });
  test.each(["", "{", "[]", "null", "7", '{"state":7}', '{"update":7}'])("not when it is %j", (payload) => {
    expect(reportIn(payload)).toBeUndefined();
  });
});

test("what is kept goes on where it ended, at any moment", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("tell", "good", "bad", "trial", "on"), { maxLength: 60 }), (steps) => {
      const whole = rolloutOf({ stopAt: 60 });
      let kept = rolloutOf({ stopAt: 60 });
      for (const [i, step] of steps.entries()) {
        for (const rollout of [whole, kept]) {
          const open = rollout.without();
          const name = open[i % Math.max(open.length, 1)] ?? "none";
          if (step === "tell") tell(rollout);
          else if (step === "on") rollout.advance(i);
          else
            rollout.heard(name, step === "good" ? confirmed : step === "bad" ? failed : { update: 7, state: "trial" });
        }
        // The command rests for a year between two steps.
        kept = new Rollout({ ...PLAN, stopAt: 60 }, i + YEAR, JSON.parse(JSON.stringify(kept.save(i))));
        expect(kept.save(i + YEAR)).toEqual(whole.save(i));
        kept = new Rollout({ ...PLAN, stopAt: 60 }, i, JSON.parse(JSON.stringify(kept.save(i + YEAR))));
        expect(kept.toTell()).toEqual(whole.toTell());
        expect(kept.verdict(0)).toEqual(whole.verdict(0));
      }
    }),
    { numRuns: 100 },
  );
});

test("the state of another release or of other devices is refused", () => {
  const state = rolloutOf().save(0);
  expect(() => new Rollout({ ...PLAN, manifest: "cd".repeat(32) }, 0, state)).toThrow(RangeError);
  expect(() => new Rollout(PLAN, 0, { ...state, devices: [["other", "told"]] })).toThrow(/other/);
});
