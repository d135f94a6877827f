// Evidence of a run in which nothing happened, to change one thing in.

import { ENDPOINT_HOST } from "../../../host-sim/cloud/names.js";
import type { Evidence } from "../../../host-sim/storm/evidence.js";
import type { RecordLife } from "../../../host-sim/storm/ledger.js";
import { drawTrial, type Trial } from "../../../host-sim/storm/trial.js";
import type { Connection } from "../../../host-sim/storm/wire.js";

export const MINUTE = 60_000;
export const HOUR = 3_600_000;

export function quietTrial(change: Partial<Trial> = {}): Trial {
  const { setup } = drawTrial(1, 2);
  const way = { transport: "mqtt", fallback: "none", session: "clean", modemBaud: 115_200 } as const;
  const config = { ...way, telemetryIntervalS: 60, keepAliveS: 300, power: "always-on" } as const;
  return {
    seed: 1,
    hours: 2,
    setup: { ...setup, config, tokenLifeS: 86_400, app: "none", cloud: "1nce", appSettings: {} },
    faults: [],
    ...change,
  };
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
    connections: [],
    heard: [],
    commands: [],
    feeds: [MINUTE],
    broken: [],
    checks: 0,
    deeds: [],
    admitted: [],
    closed: [],
    onboardings: [],
    askedWaits: [],
    climbs: [],
    proofs: [MINUTE],
    cramped: [],
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
    found: false,
    arrivals: 1,
  };
  return [sequence, { ...life, ...change }];
}

/** A connection to the broker that came to nothing. */
export function connection(change: Partial<Connection> = {}): Connection {
  return {
    at: 0,
    host: ENDPOINT_HOST,
    serverName: ENDPOINT_HOST,
    alpn: ["mqtt"],
    requireAlpn: true,
    endedAt: undefined,
    socketsBefore: 0,
    isMqtt: true,
    token: undefined,
    keepAliveS: 300,
    connack: undefined,
    missing: undefined,
    refusedAt: undefined,
    saidAfterRefusal: 0,
    silence: { ms: 0, until: 0 },
    pings: 0,
    pingAt: undefined,
    ...change,
  };
}
