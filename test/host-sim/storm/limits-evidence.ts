// Evidence about what bounds commands, for each verdict on it: what breaks the promise, and what does not.

import type { Evidence } from "../../../host-sim/storm/evidence.js";
import { DEFAULT_SIM, iccidOf } from "../../../host-sim/world/sims.js";
import { DEFAULT_START_MS } from "../../../host-sim/world/virtual-world.js";
import { HOUR, MINUTE, quietTrial, record } from "./evidence.js";

const ICCID = iccidOf(DEFAULT_SIM);
export const SECOND = 1_000;

/** A command that came, and what it got. */
export interface Asked {
  at: number;
  cmd?: string;
  life?: number;
  /** `none`: nothing, and it was counted as refused. */
  answer?: object | "none";
  own?: { wrong: boolean };
}

/** A run in which these came. */
export function run(asked: readonly Asked[], change: Partial<Evidence> = {}): Partial<Evidence> {
  const commands = asked.map(({ at, cmd = "ping", own }, i) => ({
    ...{ at, id: String(i + 1), cmd, kept: false },
    ...(own && { own }),
  }));
  const refused = asked.filter(({ answer }) => answer === "none").length;
  const heard = asked.map(({ at, cmd = "ping", life = 1 }, i) => ({
    ...{ at, life, topic: `${ICCID}/commands/request`, text: JSON.stringify({ id: String(i + 1), cmd }) },
    ...{ retained: false, ackedAt: at, refused },
  }));
  const records = asked.flatMap(({ at, answer = { ok: true, uptime: 5 } }, i) => {
    const text = JSON.stringify({ id: String(i + 1), ...(answer as object) });
    return answer === "none" ? [] : [record(i + 1, { topic: `${ICCID}/responses`, text, keptAt: at, ackedAt: at + 1 })];
  });
  return { commands, heard, records: new Map(records), ...change };
}

/** So many pings in one moment. */
export const pings = (count: number, at: number, change: Partial<Asked> = {}): Asked[] =>
  Array.from({ length: count }, () => ({ at, ...change }));
/** A command that restarts, or is said to be too soon. */
export const restart = (at: number, life: number, isGranted = true): Asked => ({
  ...{ at, life, cmd: "restart" },
  answer: isGranted ? { ok: true } : { ok: false, error: "too-soon" },
});
/** The device sets its clock, which is wrong by so much. */
export const clockSet = (at: number, offMs: number) =>
  ({ at, level: "info", event: "clock", fields: { wallMs: DEFAULT_START_MS + at + offMs } }) as Evidence["log"][number];
const jump = (at: number) => ({ at, fault: "clock-jump", value: 5, duration: 0 });

const [EARLY, LATE] = [11 * MINUTE, 12 * MINUTE];
const TWO_LIVES = { boots: [0, 11 * MINUTE + 10 * SECOND] };

export const LIMITS_TABLE: Record<string, { broken: Partial<Evidence>[]; kept: Partial<Evidence>[] }> = {
  "commands-bounded": {
    broken: [
      run(pings(11, MINUTE)),
      run([...pings(10, MINUTE), { at: MINUTE + 9_000 }]),
      run([...pings(10, MINUTE), ...pings(2, MINUTE + 15_000)]),
      // What is wrong takes its place too.
      run([...pings(10, MINUTE, { cmd: "nonsense", answer: { ok: false, error: "unknown-command" } }), { at: MINUTE }]),
    ],
    kept: [
      run(pings(10, MINUTE)),
      run([...pings(10, MINUTE), { at: MINUTE + 10_001 }, { at: MINUTE + 20_002 }]),
      run([...pings(10, MINUTE), ...pings(10, MINUTE + 101 * SECOND)]),
      run([...pings(10, MINUTE), { at: MINUTE, answer: { ok: false, error: "busy" } }, { at: MINUTE, answer: "none" }]),
      // A life has a full one.
      run([...pings(10, MINUTE), ...pings(10, MINUTE + 5_000, { life: 2 })], { boots: [0, MINUTE + 4_000] }),
    ],
  },
  "restarts-rare": {
    broken: [
      run([restart(MINUTE, 1), restart(MINUTE + SECOND, 1)]),
      run([restart(EARLY, 1), restart(LATE, 2)], TWO_LIVES),
      run([restart(EARLY, 1), restart(LATE, 2)], { ...TWO_LIVES, log: [clockSet(1, 0), clockSet(LATE - SECOND, 0)] }),
      // Its clock is set back.
      run([restart(EARLY, 1), restart(LATE, 2)], {
        ...TWO_LIVES,
        log: [clockSet(1, HOUR), clockSet(LATE - SECOND, 0)],
      }),
    ],
    kept: [
      run([restart(EARLY, 1), restart(EARLY + 10 * MINUTE, 2)], TWO_LIVES),
      run([restart(EARLY, 1), restart(LATE, 2, false)], TWO_LIVES),
      // By its clock, which the network or somebody has set on.
      run([restart(EARLY, 1), restart(LATE, 2)], {
        ...TWO_LIVES,
        log: [clockSet(1, 0), clockSet(LATE - SECOND, HOUR)],
      }),
      run([restart(EARLY, 1), restart(LATE, 2)], {
        ...TWO_LIVES,
        log: [clockSet(1, 0), clockSet(LATE - 2 * SECOND, 0)],
        trial: quietTrial({ faults: [jump(LATE - SECOND)] }),
      }),
    ],
  },
};
