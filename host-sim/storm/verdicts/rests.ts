// The promise about rest: that a device which has delivered all sleeps, and for how long. When it is to wake is told by its last
// record and the interval that was set, not by what it announces: what it announces is judged too.

import { restsBetween } from "../../../firmware/settings/rules.js";
import { endOf } from "../../desk/fault.js";
import { kindOf } from "../../desk/kinds/index.js";
import { DEFAULT_SIM, iccidOf } from "../../world/sims.js";
import { type Evidence, linesOf } from "../evidence.js";
import type { RecordLife } from "../ledger.js";
import { answersOf } from "./answers.js";
import { recordsAsked } from "./downlink.js";
import type { Breach, Verdict } from "./verdict.js";

const SECOND = 1_000;
const TELEMETRY = `${iccidOf(DEFAULT_SIM)}/telemetry`;

/** What draining and resting take besides the listening, in milliseconds. */
const SETTLE = 90 * SECOND;
/** When a sleep is over, a device may be late by so much: its quartz, and where its chip slept, the start. */
const WAKE_LATE = SECOND;
const BOOT = 400;
/** What the announced length of a sleep may be off: whole milliseconds, and the quartz. */
const OFF = (ms: number) => 500 + ms * 1e-4;

export const RESTS: Verdict = {
  name: "rests",
  promise:
    "With power psm or off, a device that has delivered all sleeps soon after, and wakes when its next record is due; each wake from a deep sleep is judged by the record before it.",
  seen: (evidence) => sleepsOf(evidence).filter(({ isJudged }) => isJudged).length,
  check: (evidence) => {
    if (!restsBetween(evidence.trial.setup.config.power)) return [];
    return [...awake(evidence), ...sleepsOf(evidence).flatMap(overslept), ...early(evidence)];
  },
};

interface Change {
  at: number;
  /** `off`: a start. */
  phase: string;
}

/** All phases and starts, in their order. */
function phasesOf({ boots, log }: Evidence): Change[] {
  return [
    ...boots.map((at) => ({ at, phase: "off" })),
    ...linesOf(log, "phase").map(({ at, fields }) => ({ at, phase: fields.phase })),
  ].sort((a, b) => a.at - b.at);
}

const livesIn = ({ records, vanished }: Evidence): RecordLife[] => [...records.values(), ...vanished];

/** It waited in the outbox at this time. */
const waitedAt =
  (at: number) =>
  ({ keptAt, ackedAt = Number.POSITIVE_INFINITY, droppedAt = Number.POSITIVE_INFINITY }: RecordLife) =>
    keptAt !== undefined && keptAt <= at && ackedAt > at && droppedAt > at;

function awake(evidence: Evidence): Breach[] {
  const { proofs, trial } = evidence;
  const { listenS = 5 } = trial.setup.config;
  const phases = phasesOf(evidence);
  const lives = livesIn(evidence);
  // One that was dropped later may be the one that was waited for.
  const waits = (at: number) => lives.some((record) => record.droppedAt === undefined && waitedAt(at)(record));
  return phases.flatMap(({ at, phase }, i) => {
    if (phase !== "online") return [];
    const until = phases[i + 1]?.at ?? trial.hours * 3_600 * SECOND;
    // It may have been dark for most of that.
    if (phases[i + 1]?.phase === "off") return [];
    const proof = proofs.findLast((each) => each >= at && each <= until);
    if (proof === undefined || until - proof <= listenS * SECOND + SETTLE || waits(proof)) return [];
    return [{ at: proof, what: `online for ${((until - proof) / SECOND).toFixed(0)} s, and nothing waits` }];
  });
}

function early(evidence: Evidence): Breach[] {
  const phases = phasesOf(evidence);
  return evidence.connections.flatMap(({ at }) => {
    const last = phases.findLast((each) => each.at <= at);
    return last?.phase === "asleep" ? [{ at, what: "a connection while it sleeps" }] : [];
  });
}

/** A sleep. Times are milliseconds from the first power-on. */
interface Sleep {
  at: number;
  /** How long it says that it will sleep. */
  ms: number;
  /** When it may say that the sleep is over; empty: that is not known. */
  dues: readonly number[];
  /** The earliest and the latest time at which it may wake. */
  from: number;
  until: number;
  /** When it woke, or the run ended. */
  wokeAt: number;
  /** Neither another restart nor the end of the run hides when it would have woken. */
  isJudged: boolean;
}

function overslept({ at, ms, dues, from, until, wokeAt, isJudged }: Sleep): Breach[] {
  const text = (time: number) => ((time - at) / SECOND).toFixed(0);
  const due = dues.reduce(
    (best, each) => (Math.abs(each - at - ms) < Math.abs(best - at - ms) ? each : best),
    dues[0] ?? at + ms,
  );
  if (Math.abs(due - at - ms) > OFF(ms))
    return [{ at, what: `it says that it sleeps for ${text(at + ms)} s, and is to wake after ${text(due)}` }];
  if (!isJudged || (wokeAt >= from && wokeAt <= until)) return [];
  return [{ at: Math.min(wokeAt, until), what: `asleep for ${text(wokeAt)} s instead of ${text(until)}` }];
}

const READ = new WeakMap<Evidence, Sleep[]>();

function sleepsOf(evidence: Evidence): Sleep[] {
  const sleeps = READ.get(evidence) ?? readSleeps(evidence);
  READ.set(evidence, sleeps);
  return sleeps;
}

function readSleeps(evidence: Evidence): Sleep[] {
  const { log, trial } = evidence;
  const { power, recordsPerWake = 1 } = trial.setup.config;
  if (!restsBetween(power)) return [];
  const { deepSleep, app } = trial.setup;
  const end = trial.hours * 3_600 * SECOND;
  const phases = phasesOf(evidence);
  const planOf = plans(evidence);
  const slept = new Set(linesOf(log, "start").flatMap(({ at, fields }) => (fields.reset === "sleep" ? [at] : [])));
  const dark = trial.faults.filter(({ fault }) => kindOf(fault).seam === "chip" || kindOf(fault).seam === "flash");
  return linesOf(log, "asleep").map(({ at, fields: { ms } }) => {
    // An app may have something that is to go out at once.
    const plan = ms === 0 && app !== "none" ? undefined : planOf(at);
    // A chip may wake, keep a record and sleep on in one moment.
    const asleep = phases.findLastIndex((each) => each.at === at && each.phase === "asleep");
    const woke = phases.slice(asleep + 1).find((each) => each.at >= at && each.phase !== "asleep");
    const wokeAt = woke?.at ?? end;
    // A chip that sleeps deeply wakes for each record, its modem for the last of those that are gathered.
    const ends = plan?.[deepSleep ? "next" : "wakes"] ?? [at + ms];
    const last = Math.max(...ends);
    const until = last + WAKE_LATE + (last - at) * 1e-4 + (deepSleep ? BOOT : 0);
    // Of records that are gathered, an app's own make the number full sooner, and so does a full outbox.
    const isFree = plan === undefined || app !== "none" || (!deepSleep && recordsPerWake > 1);
    const isHit = dark.some((fault) => fault.at >= at && fault.at <= wokeAt);
    const from = isFree || isHit ? at : Math.min(...ends) - OFF(ms);
    const isJudged =
      woke === undefined
        ? // Somebody may have taken its power away for a while.
          until < end && !dark.some((fault) => fault.at >= at || endOf(fault) >= at)
        : // Nor does a restart of its own.
          woke.phase === "off"
          ? slept.has(woke.at)
          : woke.phase !== "stopped";
    return { at, ms, dues: plan?.wakes ?? [], from, until, wokeAt, isJudged };
  });
}

/** When the next record is due, and the one that wakes the modem: more than one time where several intervals were set at once. */
interface Plan {
  next: readonly number[];
  wakes: readonly number[];
}

/** What was due at the time of a sleep, as its life was told; undefined: that is not known. To be asked for ever later times. */
function plans(evidence: Evidence): (at: number) => Plan | undefined {
  const { trial, log, boots } = evidence;
  const { telemetryIntervalS, recordsPerWake = 1, dataBudgetKbPerDay = 0 } = trial.setup.config;
  const commands = new Set(evidence.commands.filter(({ cmd }) => cmd === "interval").map(({ id }) => id));
  const asked = recordsAsked(evidence);
  const lives = livesIn(evidence);
  const records = lives
    .filter(({ topic, keptAt, found }) => topic === TELEMETRY && keptAt !== undefined && !found)
    .map(({ keptAt }) => keptAt!)
    .sort((a, b) => a - b)
    .map((keptAt) => ({ keptAt, ...asked(keptAt) }));
  const settings = [
    ...linesOf(log, "configured").map(({ at, fields }) => ({ at, ms: fields.telemetryIntervalS * SECOND })),
    ...answersOf(evidence).flatMap(({ record, answer: { id, ok, seconds } }) =>
      ok && seconds !== undefined && !record.found && commands.has(id ?? "")
        ? [{ at: record.keptAt!, ms: seconds * SECOND }]
        : [],
    ),
  ].sort((a, b) => a.at - b.at);
  const unknown = linesOf(log, "not-recorded");
  return (at) => {
    // Its records are spaced by the day's volume.
    if (dataBudgetKbPerDay > 0) return undefined;
    const from = boots.findLast((boot) => boot <= at) ?? 0;
    const last = records.findLast(({ keptAt }) => keptAt <= at);
    if (last === undefined || last.keptAt < from || last.unknown) return undefined;
    if (unknown.some((line) => line.at >= last.at && line.at <= at)) return undefined;
    const set = settings.filter((each) => each.at >= from && each.at <= at);
    const setAt = set.at(-1)?.at;
    const intervals =
      setAt === undefined ? [telemetryIntervalS * SECOND] : set.filter((each) => each.at === setAt).map(({ ms }) => ms);
    const more = Math.max(0, recordsPerWake - 1 - lives.filter(waitedAt(at)).length);
    // What is overdue comes at once.
    const next = intervals.map((ms) => Math.max(at, last.at + ms));
    return { next, wakes: next.map((due, i) => due + more * intervals[i]!) };
  };
}
