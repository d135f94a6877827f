// Evidence of a run in which nothing happened, to change one thing in.

import type { Evidence } from "../../../host-sim/storm/evidence.js";
import type { RecordLife } from "../../../host-sim/storm/ledger.js";
import { drawTrial, type Trial } from "../../../host-sim/storm/trial.js";

export const MINUTE = 60_000;
export const HOUR = 3_600_000;

export function quietTrial(change: Partial<Trial> = {}): Trial {
  const { setup } = drawTrial(1, 2);
  const way = { transport: "mqtt", fallback: "none", session: "clean", modemBaud: 115_200 } as const;
  const config = { ...way, telemetryIntervalS: 60, keepAliveS: 300, power: "always-on" } as const;
  return { seed: 1, hours: 2, setup: { ...setup, config, tokenLifeS: 86_400 }, faults: [], ...change };
}

export function evidenceOf(change: Partial<Evidence> = {}): Evidence {
  return {
    trial: quietTrial(),
    records: new Map(),
    vanished: [],
    sent: [],
    posted: [],
    refused: [],
    arrived: [],
    connects: [],
    cloneConnects: [],
    dials: [],
    admitted: [],
    closed: [],
    onboardings: [],
    proofs: [MINUTE],
    boots: [0],
    log: [],
    crashes: [],
    leaks: [],
    measured: [],
    totals: { received: 0, uartTxBytes: 0, uartRxBytes: 0, airTxBytes: 0, airRxBytes: 0 },
    end: { phase: "online", waiting: [], size: 0, dropped: 0, overwrites: 0 },
    digest: "",
    ...change,
  };
}

/** A record that was written, arrived and was acknowledged. */
export function record(sequence: number, change: Partial<RecordLife> = {}): [number, RecordLife] {
  const life = {
    sequence,
    topic: "t",
    text: String(sequence),
    keptAt: sequence * MINUTE,
    ackedAt: sequence * MINUTE + 500,
    droppedAt: undefined,
    arrivals: 1,
  };
  return [sequence, { ...life, ...change }];
}
