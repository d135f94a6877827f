// Promises about what a record says of the device.

import { decodeRecords } from "../../decode/records.js";
import { endOf } from "../../desk/fault.js";
import { kindOf } from "../../desk/kinds/index.js";
import { DEFAULT_SIM, iccidOf } from "../../world/sims.js";
import type { Evidence } from "../evidence.js";
import { linesOf } from "../evidence.js";
import type { RecordLife } from "../ledger.js";
import { byLife, livesOf } from "../lives.js";
import type { Breach, Verdict } from "./verdict.js";

const TELEMETRY = `${iccidOf(DEFAULT_SIM)}/telemetry`;

/** Those fields of a record that are numbers. */
type Fields = Readonly<Record<string, unknown>> & { seq: number; uptime: number; acked: number; time?: number };

/** A record of telemetry and what it says. */
export interface Told {
  record: RecordLife;
  fields: Fields;
}

/** Of text that has a character a byte. */
const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Read once for all verdicts on them. */
const READ = new WeakMap<Evidence, readonly Told[]>();

/** Records of telemetry with what they say, in the order in which they were kept. @param own those of the app's own too */
export function told(evidence: Evidence, own = false): readonly Told[] {
  const all = READ.get(evidence) ?? read(evidence);
  READ.set(evidence, all);
  return own ? all : all.filter(({ record }) => record.topic === TELEMETRY);
}

function read({ records, vanished }: Evidence): Told[] {
  return [...records.values(), ...vanished]
    .filter(({ topic, keptAt }) => (topic === TELEMETRY || topic.startsWith(`${TELEMETRY}/`)) && keptAt !== undefined)
    .sort((a, b) => a.keptAt! - b.keptAt!)
    .map((record) => ({ record, fields: decodeRecords(bytesOf(record.text))[0] as Fields }));
}

export const NUMBERED: Verdict = {
  name: "numbered",
  promise: "The number in a record is its number in the outbox.",
  seen: (evidence) => told(evidence, true).length,
  check: (evidence) =>
    told(evidence, true).flatMap(({ record: { sequence, keptAt }, fields: { seq } }) =>
      seq === sequence ? [] : [{ at: keptAt!, what: `record ${sequence} says it is ${seq}` }],
    ),
};

const DAY_S = 86_400;

export const BUDGET_KEPT: Verdict = {
  name: "budget-kept",
  promise:
    "What is used of a day's volume only grows until all is, over restarts too; then one record of each life says so, and no other comes on that day.",
  seen: (evidence) => told(evidence).filter(({ fields }) => fields.dataUsedKb !== undefined).length,
  check: (evidence) => {
    const { trial, boots } = evidence;
    if (!trial.setup.config.dataBudgetKbPerDay) return [];
    const lives = told(evidence)
      .filter(({ record, fields }) => !record.found && fields.time !== undefined)
      .map(({ record, fields }) => ({
        at: record.keptAt!,
        life: boots.findLastIndex((boot) => boot <= record.keptAt!),
        day: Math.floor(fields.time! / DAY_S),
        isSpent: fields.dataBudget === "spent",
        usedKb: Number(fields.dataUsedKb),
      }));
    const clocks = trial.faults.filter(({ fault }) => kindOf(fault).seam === "clock");
    return lives.slice(1).flatMap(({ at, life, day, isSpent, usedKb }, i) => {
      const before = lives[i]!;
      // Whoever moves its clock moves it to another day, and back.
      const isOther = day !== before.day || clocks.some((fault) => fault.at <= at && endOf(fault) >= before.at);
      if (isOther) return [];
      // Behind the limit it is counted, and not kept: there is no more to save.
      if (usedKb < before.usedKb && !before.isSpent)
        return [{ at, what: `${usedKb} KB used on day ${day}, and ${before.usedKb} before` }];
      if (!before.isSpent || (isSpent && life !== before.life)) return [];
      return [{ at, what: `a record ${isSpent ? "more " : ""}on day ${day}, whose volume was spent` }];
    });
  },
};

/** Fields that only grow within a life. */
const GROWING = ["uptime", "airTx", "airRx", "radioOn", "acked", "lost", "reconnects", "refused"] as const;
/** What uptime may be off, in milliseconds: whole seconds, and the quartz. */
const UPTIME_OFF = (ms: number) => 1_500 + ms * 1e-4;
/** The same of the time since it was read. */
const TIME_OFF = (ms: number) => 2_500 + ms * 1e-4;

export const SANE_FIELDS: Verdict = {
  name: "sane-fields",
  promise:
    "What a record counts only grows in a life of the device; its uptime and its time are right, and no more is acknowledged than was.",
  seen: (evidence) => told(evidence).length,
  check: (evidence) => {
    const { proofs } = evidence;
    const clear = told(evidence).filter(({ record }) => !record.found);
    const lives = livesOf(evidence);
    const said = byLife(clear, ({ record }) => record.keptAt!, lives);
    const acked = byLife(proofs, (at) => at, lives);
    const clocks = clocksOf(evidence);
    return lives.flatMap(({ from }, i) => {
      const proofsOfLife = acked[i]!;
      let proven = 0;
      const wrong = said[i]!.flatMap(({ record, fields }): Breach[] => {
        const at = record.keptAt!;
        const say = (what: string) => [{ at, what: `record ${record.sequence}: ${what}` }];
        const up = at - from;
        if (Math.abs(fields.uptime * 1_000 - up) > UPTIME_OFF(up))
          return say(`uptime ${fields.uptime} s, started ${(up / 1_000).toFixed(1)} s ago`);
        while (proven < proofsOfLife.length && proofsOfLife[proven]! <= at) proven++;
        if (fields.acked > proven) return say(`${fields.acked} acknowledged, it was ${proven}`);
        const clock = clocks(at);
        if (fields.time === undefined || clock === undefined) return [];
        const expected = clock.wallMs + at - clock.at;
        return Math.abs(fields.time * 1_000 - expected) <= TIME_OFF(at - clock.at)
          ? []
          : say(`time ${fields.time}, by its clock it is ${Math.round(expected / 1_000)}`);
      });
      return [...shrinking(said[i]!), ...wrong];
    });
  },
};

function shrinking(records: readonly Told[]): Breach[] {
  return records.slice(1).flatMap(({ record, fields }, i) => {
    const before = records[i]!.fields;
    const name = GROWING.find((each) => {
      const [was = 0, is = 0] = [before[each], fields[each]] as (number | undefined)[];
      return !(is >= was);
    });
    if (name === undefined) return [];
    const what = `record ${record.sequence}: ${name} is ${String(fields[name])}, and was ${String(before[name])}`;
    return [{ at: record.keptAt!, what }];
  });
}

/** The last reading of the clock before a time, unless somebody has moved the clock since. To be asked for ever later times. */
function clocksOf({ log, trial, boots }: Evidence) {
  const readings = linesOf(log, "clock");
  let next = 0;
  const moved = trial.faults.filter(({ fault }) => fault === "clock-jump").map(({ at }) => at);
  return (time: number) => {
    while (next < readings.length && readings[next]!.at <= time) next++;
    const reading = readings[next - 1];
    if (reading === undefined) return undefined;
    const spoilt = [...moved, ...boots].some((at) => at >= reading.at && at <= time);
    return spoilt ? undefined : { at: reading.at, wallMs: reading.fields.wallMs };
  };
}
