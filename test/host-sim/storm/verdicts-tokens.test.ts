// A token that is over is the broker's to tell of only where the device could not know, or was on its way as it ended.

import { describe, expect, test } from "@jest/globals";
import type { Fault } from "../../../host-sim/desk/fault.js";
import type { Evidence } from "../../../host-sim/storm/evidence.js";
import { VALID_TOKEN } from "../../../host-sim/storm/verdicts/tokens.js";
import { DEFAULT_START_MS } from "../../../host-sim/world/virtual-world.js";
import { connection, evidenceOf, HOUR, MINUTE, quietTrial } from "./evidence.js";

const { setup } = quietTrial();
/** A token of an hour that came at once ends at `HOUR`. */
const trialOf = (...faults: Fault[]) => quietTrial({ setup: { ...setup, tokenLifeS: 3_600 }, faults });
const onboarded = (...minutes: number[]) => minutes.map((minute) => ({ at: minute * MINUTE, status: 200 }));
const fault = (name: string, from: number, to: number, value?: number): Fault => ({
  at: from * MINUTE,
  fault: name,
  duration: (to - from) * MINUTE,
  ...(value !== undefined && { value }),
});
const closed = [{ at: HOUR, connection: 1, reason: "CUSTOMAUTH_TTL_EXPIRATION", detail: "" }] as const;
const denied = [{ at: HOUR + 5_000, connection: 1, denial: "token expired", endsAt: undefined }];
const clockReadAt = (...minutes: number[]) =>
  minutes.map((minute) => ({
    ...{ at: minute * MINUTE, level: "info", event: "clock" },
    fields: { wallMs: DEFAULT_START_MS + minute * MINUTE },
  })) as unknown as Evidence["log"];
const dialled = connection({ at: MINUTE });
const run = (change: Partial<Evidence>) => evidenceOf({ trial: trialOf(), onboardings: onboarded(0), ...change });
const judged = (change: Partial<Evidence>) => VALID_TOKEN.check(run(change)).length > 0;

describe("a token that is over is the device's fault, though", () => {
  test.each([
    ["onboarding was refused", fault("onboarding-refused", 20, 110)],
    ["the onboarding service said nothing", fault("tls-mute-onboarding", 20, 110)],
    ["the broker's certificate was a stranger's", fault("tls-untrusted", 20, 110)],
    ["nothing was acknowledged", fault("broker-no-puback", 20, 110)],
    ["nobody told the time", fault("clock-unset", 20, 110)],
    ["a block of flash wore out", fault("flash-worn", 59, 59, 1)],
    ["the chip restarted", fault("chip-restart", 58, 58)],
    ["its sensors were gone", fault("board-part-gone", 20, 110)],
    ["its app hung", fault("app-hangs", 20, 110)],
    ["no satellites were seen", fault("modem-no-fix", 20, 110)],
    ["there was no coverage until six minutes before", fault("network-no-coverage", 10, 54)],
    ["tokens were spoilt before it came", fault("broker-token-over", -2, -1)],
  ])("%s", (_, each) => expect(judged({ trial: trialOf(each), admitted: denied })).toBe(true));

  test("a later one that was spoilt has been replaced", () => {
    const trial = trialOf(fault("broker-token-short", 5, 15, 60));
    expect(judged({ trial, onboardings: onboarded(0, 10, 16), admitted: denied })).toBe(true);
  });
});

describe("it is not where", () => {
  test.each([
    ["a CONNECT was drawn out by a line that is late", { trial: trialOf(fault("at-late", 50, 70)), admitted: denied }],
    ["the radio was slow a moment before", { trial: trialOf(fault("socket-slow", 40, 59)), admitted: denied }],
    [
      "it was spoilt as it was given out",
      { trial: trialOf(fault("broker-token-over", 50, 51)), onboardings: onboarded(0, 50.5), admitted: denied },
    ],
    [
      "its clock was wrong when it got it, though a clone was given another since",
      {
        trial: trialOf(fault("clock-jump", 5, 5, 1)),
        log: clockReadAt(0, 20),
        onboardings: [...onboarded(0), { at: 55 * MINUTE, status: 200, isClone: true as const }],
        admitted: denied,
      },
    ],
    ["the device had left the connection", { closed, connections: [connection({ ...dialled, endedAt: 50 * MINUTE })] }],
    ["the device had died", { closed, connections: [dialled], boots: [0, 50 * MINUTE] }],
    ["it had died a moment ago", { closed, connections: [dialled], boots: [0, HOUR + 3_000] }],
    [
      "the board was dark",
      { closed, connections: [dialled], trial: trialOf(fault("chip-dark", 55, 55, 600)), boots: [0, 65 * MINUTE] },
    ],
  ])("%s", (_, change) => expect(judged(change)).toBe(false));

  test("but it is where the connection was there", () => {
    expect(judged({ closed, connections: [dialled] })).toBe(true);
    expect(judged({ closed, connections: [connection({ ...dialled, endedAt: HOUR + 100 })] })).toBe(true);
  });
});

describe("evidence", () => {
  const seen = (change: Partial<Evidence>) => VALID_TOKEN.seen(run(change));

  test("is each token whose renewal came due, replaced or not", () => {
    expect(seen({})).toBe(1);
    expect(seen({ onboardings: onboarded(0, 52) })).toBe(2);
    // The first was refused long before its end, and the last ends behind the run.
    expect(seen({ onboardings: onboarded(0, 20, 75) })).toBe(1);
    expect(seen({ onboardings: [...onboarded(0), { at: 5, status: 503 }] })).toBe(1);
  });

  test("is no token that something explains", () => {
    expect(seen({ trial: trialOf(fault("at-late", 50, 70)) })).toBe(0);
    expect(seen({ trial: trialOf(fault("clock-jump", 30, 30, -5)) })).toBe(0);
    expect(seen({ trial: trialOf(fault("onboarding-refused", 20, 70)) })).toBe(1);
  });

  test("is each that the device has signed itself", () => {
    const trial = { ...trialOf(), setup: { ...trialOf().setup, cloud: "jwt" } } as const;
    const fields = { alg: "ES256", expiresAt: DEFAULT_START_MS + HOUR, ms: 1 };
    const log = [{ at: 1, level: "info", event: "signed", fields }] as unknown as Evidence["log"];
    expect(seen({ trial, onboardings: [], log })).toBe(1);
  });
});
