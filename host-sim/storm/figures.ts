// What a run amounts to in numbers: for the summary, and for the report over many runs.

import type { Rung } from "../../firmware/device/ladder.js";
import { endOf } from "../desk/fault.js";
import { type Evidence, linesOf } from "./evidence.js";
import { traitsOf } from "./traits.js";
import { waitTenths } from "./verdicts/recovery.js";

/** One outage: from the first failure to the next acknowledgement. */
export interface Outage {
  /** The strongest rung that was climbed in it. */
  rung: Rung;
  /** From the end of the last fault in it, or from its begin if no fault lasted on, in milliseconds. */
  recoveredMs: number;
}

export interface Figures {
  /** What was drawn for the device, by name. */
  drawn: Readonly<Record<string, string>>;
  /** How many faults of each kind began. */
  faults: Readonly<Record<string, number>>;
  outages: readonly Outage[];
  /** Records written, and what became of them. */
  recorded: number;
  acked: number;
  /** PUBLISH packets that brought what the broker had already. */
  repeated: number;
  /** Dropped by the full outbox and never sent. */
  dropped: number;
  /** Nowhere. */
  lost: number;
  /** Commands that came. */
  received: number;
  boots: number;
  onboardings: number;
  reconnects: number;
  uartTxBytes: number;
  uartRxBytes: number;
  airTxBytes: number;
  airRxBytes: number;
  /** Waits after a failure, by tenths of the longest that each could have been. */
  waits: readonly number[];
  /** From power-on to the first acknowledgement; undefined: there was none. */
  firstPubackMs: number | undefined;
}

/** Works out the figures of one run. @param lost how many records are nowhere, by the verdict on that */
export function figuresOf(evidence: Evidence, lost: number): Figures {
  const { trial, records, vanished, arrived, boots, onboardings, admitted, proofs, totals } = evidence;
  const lives = [...records.values(), ...vanished];
  const faults: Record<string, number> = {};
  for (const { fault } of trial.faults) faults[fault] = (faults[fault] ?? 0) + 1;
  const wakes = wakesOf(evidence);
  return {
    drawn: traitsOf(trial.setup),
    faults,
    outages: outagesOf(evidence),
    recorded: lives.filter(({ keptAt }) => keptAt !== undefined).length,
    acked: lives.filter(({ ackedAt }) => ackedAt !== undefined).length,
    repeated: arrived.length - lives.filter(({ arrivals }) => arrivals > 0).length,
    dropped: lives.filter(({ droppedAt, arrivals }) => droppedAt !== undefined && arrivals === 0).length,
    lost,
    boots: boots.length - wakes.size,
    onboardings: onboardings.filter(({ status }) => status === 200).length,
    reconnects: Math.max(0, admitted.filter(({ denial }) => denial === undefined).length - 1),
    ...totals,
    waits: waitTenths(evidence),
    firstPubackMs: proofs[0] === undefined ? undefined : Math.round(proofs[0]),
  };
}

/** Starts that end a sleep of the device's own. */
const wakesOf = ({ log }: Evidence) =>
  new Set(linesOf(log, "start").flatMap(({ at, fields }) => (fields.reset === "sleep" ? [at] : [])));

function outagesOf(evidence: Evidence): Outage[] {
  const { log, boots, proofs, trial } = evidence;
  const wakes = wakesOf(evidence);
  const failures = linesOf(log, "failure").map(({ at }) => at);
  const begins = [...failures, ...boots.slice(1).filter((at) => !wakes.has(at))].sort((a, b) => a - b);
  const climbs = linesOf(log, "climbing");
  const outages: Outage[] = [];
  let over = 0;
  let proof = 0;
  for (const begin of begins) {
    if (begin < over) continue;
    while (proof < proofs.length && proofs[proof]! <= begin) proof++;
    const end = proofs[proof];
    if (end === undefined) break;
    over = end;
    const cleared = trial.faults.reduce(
      (latest, fault) => (endOf(fault) <= end ? Math.max(latest, endOf(fault)) : latest),
      0,
    );
    const climbed = climbs.filter(({ at }) => at >= begin && at < end).map(({ fields }) => fields.rung as Rung);
    outages.push({ rung: strongest(climbed), recoveredMs: Math.round(end - Math.max(begin, cleared)) });
  }
  return outages;
}

const STRENGTH: readonly Rung[] = [
  "reconnect",
  "renew-pdp",
  "radio-cycle",
  "modem-restart",
  "power-cycle",
  "chip-restart",
];

const strongest = (rungs: readonly Rung[]): Rung =>
  STRENGTH[rungs.reduce((most, rung) => Math.max(most, STRENGTH.indexOf(rung)), 0)]!;
