// Evidence of updates made by hand: for each verdict on them, what breaks it, and what looks like it and does not.

import type { Evidence, Logged } from "../../../host-sim/storm/evidence.js";
import type { UpdatesSeen } from "../../../host-sim/storm/updates.js";
import { HOUR, quietTrial } from "./evidence.js";

const board = "esp32-breakout";
const start = (at: number, seq: number, isTrial = false, digest = `d${seq}`) => ({ at, seq, board, digest, isTrial });
const released = [1, 2, 3].map((seq) => ({ at: 0, seq, digest: `d${seq}`, isGood: true }));
const report = (at: number, seq: number, state: string) => ({ at, seq, state, reason: undefined });

/** The evidence of one update, as it should be. */
const seen = (change: Partial<UpdatesSeen> = {}): Partial<Evidence> => ({
  updates: {
    ...{ released, starts: [start(0, 1)], confirmed: [], sent: [], asked: [], reports: [], windows: [] },
    ...{ isBrick: false, ...change },
  },
});
const begins = (at: number, reset: string) => ({ at, level: "info", event: "start", fields: { reset } }) as Logged;
const trial = quietTrial();
const budgetKb = 100;
const bounded = { ...trial, setup: { ...trial.setup, updates: { budgetKb, releases: [] } } };
const window = (seq: number, bytes: number) => ({ at: 5, seq, bytes });
const long = { ...trial, hours: 24 };

export const UPDATES_TABLE: Record<string, { broken: Partial<Evidence>[]; kept: Partial<Evidence>[] }> = {
  "update-whole": {
    broken: [
      seen({ isBrick: true }),
      seen({ starts: [{ ...start(0, 1), board: "another" }] }),
      seen({ starts: [start(0, 1), start(9, 2, true, "dx")] }),
      seen({ released: [{ ...released[0]!, isGood: false }] }),
    ],
    kept: [{}, seen(), seen({ starts: [start(0, 1), start(9, 2, true)] })],
  },
  "update-forward": {
    broken: [seen({ starts: [start(0, 1), start(9, 2, true), start(20, 1)], confirmed: [{ at: 12, seq: 2 }] })],
    kept: [
      seen({ starts: [start(0, 1), start(9, 2, true), start(20, 1)] }),
      seen({ starts: [start(0, 1), start(9, 2, true), start(20, 2)], confirmed: [{ at: 12, seq: 2 }] }),
    ],
  },
  "update-tried": {
    broken: [
      seen({ starts: [start(0, 1), start(9, 2, true)], confirmed: [{ at: 12, seq: 2 }] }),
      // The report of another life, or of another image.
      seen({
        starts: [start(0, 1), start(9, 2, true), start(20, 2, true)],
        confirmed: [{ at: 22, seq: 2 }],
        reports: [report(10, 2, "trial")],
      }),
      seen({
        starts: [start(0, 1), start(9, 2, true)],
        confirmed: [{ at: 12, seq: 2 }],
        reports: [report(10, 3, "trial")],
      }),
    ],
    kept: [
      seen({
        starts: [start(0, 1), start(9, 2, true)],
        confirmed: [{ at: 12, seq: 2 }],
        reports: [report(10, 2, "trial")],
      }),
    ],
  },
  "update-stays-up": {
    broken: ["sleep", "command", "ladder"].map((reset) => ({
      ...seen({ starts: [start(0, 1), start(9, 2, true), start(20, 1)] }),
      log: [begins(20, reset)],
    })),
    kept: [
      ...["update", "power", "panic"].map((reset) => ({
        ...seen({ starts: [start(0, 1), start(9, 2, true), start(20, 1)] }),
        log: [begins(20, reset)],
      })),
      {
        ...seen({ starts: [start(0, 1), start(9, 2, true), start(20, 2)], confirmed: [{ at: 12, seq: 2 }] }),
        log: [begins(20, "sleep")],
      },
      { ...seen({ starts: [start(0, 1), start(9, 1)] }), log: [begins(9, "sleep")] },
    ],
  },
  "update-told": {
    broken: [
      { ...seen({ starts: [start(0, 1), start(9, 2, true)] }), trial: long },
      { ...seen({ starts: [start(9, 2, true)], reports: [report(7 * HOUR, 2, "confirmed")] }), trial: long },
      { ...seen({ starts: [start(9, 2, true)], reports: [report(10, 2, "trial")] }), trial: long },
    ],
    kept: [
      { ...seen({ starts: [start(9, 2, true)], reports: [report(HOUR, 2, "rolled-back")] }), trial: long },
      // Nobody knows yet.
      { ...seen({ starts: [start(20 * HOUR, 2, true)] }), trial: long },
    ],
  },
  "update-budget": {
    broken: [{ ...seen({ windows: [window(2, 60_000), window(2, 60_000)] }), trial: bounded }],
    kept: [{ ...seen({ windows: [window(2, 60_000), window(3, 60_000)] }), trial: bounded }],
  },
};
