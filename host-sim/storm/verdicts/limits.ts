// What bounds the commands of a device: a bucket of them in each life, a share of the outbox for their answers, and ten
// minutes between two restarts, over lives. Promises that no more is carried out, and whether what was refused may have been.

import { DEFAULT_SIM, iccidOf } from "../../world/sims.js";
import { type Evidence, linesOf } from "../evidence.js";
import type { RecordLife } from "../ledger.js";
import { answersOf, type Taken, takenOf } from "./answers.js";
import type { Verdict } from "./verdict.js";

const SECOND = 1_000;
/** What a quartz may be off, at the most. */
const DRIFT = 1e-4;
/** Times of the firmware's are whole milliseconds. */
const ROUNDING = 2;

const BUSY = "busy";

/** A command that came, and what may have been left in the bucket then: more than is known, or less. */
export interface Drawn extends Taken {
  /** Whether it was carried out: it took a place of the bucket. */
  isDone: boolean;
  /** The bucket may have been empty. */
  mayBeEmpty: boolean;
  /** It was. */
  isEmpty: boolean;
}

/** All commands that came anew, each with the bucket as it found it. A life begins with a full one. */
export function drawnOf(evidence: Evidence): Drawn[] {
  const { commandBurst: burst = 10, commandEveryS: everyS = 10 } = evidence.trial.setup.config;
  const slow = everyS * SECOND * (1 + DRIFT);
  const quick = everyS * SECOND * (1 - DRIFT);
  const unwritten = new Set(linesOf(evidence.log, "not-recorded").map(({ at }) => at));
  // When the bucket is full again: by those that were carried out, and by those that may have been.
  let soonest = 0;
  let latest = 0;
  // When it was full for the last time: of what comes in that very moment nothing is rounded.
  let fullAt = -1;
  let life = 0;
  return takenOf(evidence).map((taken) => {
    const { heard, command, kept, deed } = taken;
    const { at } = heard;
    if (heard.life !== life) soonest = latest = 0;
    life = heard.life;
    const mayBeEmpty = latest - (burst - 1) * slow > at + (fullAt === at ? ROUNDING : -ROUNDING);
    const isEmpty = soonest - (burst - 1) * quick > at + ROUNDING;
    const isBusy = kept?.answer.error === BUSY;
    const isDone = deed !== undefined || (kept !== undefined && !isBusy);
    // The app may be busy too; an answer may not have been kept, or not yet as the life ended.
    const isOpen = kept === undefined ? heard.ackedAt === undefined || unwritten.has(at) : isBusy && command?.own;
    if (isDone) soonest = Math.max(soonest, at) + quick;
    if (latest < at - ROUNDING) fullAt = at;
    if (isDone || isOpen) latest = Math.min(Math.max(latest, at), at + (burst - 1) * slow) + slow;
    return { ...taken, isDone, mayBeEmpty, isEmpty };
  });
}

export const COMMANDS_BOUNDED: Verdict = {
  name: "commands-bounded",
  promise: "Of many commands a life carries out a bucketful at once, then one each so many seconds, and no more.",
  seen: (evidence) => drawnOf(evidence).filter(({ isEmpty }) => isEmpty).length,
  check: (evidence) =>
    drawnOf(evidence).flatMap(({ heard: { at }, id, isDone, isEmpty }) =>
      isDone && isEmpty ? [{ at, what: `command ${id} was carried out, and there had been too many` }] : [],
    ),
};

/** Answers may wait besides those of a full bucket. */
const BESIDES = 2;
/** How long an answer of the app's may be waited for. */
const APP_WITHIN = 10.1 * SECOND;
const TELEMETRY = `${iccidOf(DEFAULT_SIM)}/telemetry`;

/** Whether a device may have refused a command without a word. */
export function refusalOf(evidence: Evidence): (drawn: Drawn) => boolean {
  const isRoomless = roomlessOf(evidence);
  return ({ heard, mayBeEmpty }) => mayBeEmpty || isRoomless(heard);
}

/** Whether an answer, or a report, may have had no room at a time. */
export function roomlessOf(evidence: Evidence): (when: { at: number; life: number }) => boolean {
  const { log, cramped, trial, deeds } = evidence;
  const { commandBurst: burst = 10 } = trial.setup.config;
  const noRoom = new Set(cramped);
  const phases = linesOf(log, "phase");
  const kept = [...evidence.records.values(), ...evidence.vanished].filter(({ keptAt }) => keptAt !== undefined);
  const runs = deeds.filter(({ what }) => what === "command");
  const share = burst + BESIDES;
  return ({ at, life }) => {
    if (noRoom.has(at)) return true;
    // It ends, and keeps nothing any more.
    if (phases.findLast((line) => line.at <= at)?.fields.phase === "stopped") return true;
    // What a life before has left may all be answers, as far as the journal holds it back when this one begins.
    const began = evidence.boots[life - 1] ?? 0;
    const waiting = kept.filter(
      ({ topic, keptAt, ackedAt = at, droppedAt = at }) =>
        (keptAt! < began || !topic.startsWith(TELEMETRY)) && keptAt! <= at && ackedAt >= at && droppedAt >= at,
    ).length;
    const awaited = runs.filter(
      (run) => run.life === life && run.at <= at && Math.min(run.doneAt ?? at, run.at + APP_WITHIN) >= at,
    ).length;
    return waiting + awaited >= share;
  };
}

/** A restart by a command comes at most this often. */
const RESTART_EVERY = 600 * SECOND;
/** What the quartz may be off in that time, and what rounding adds. */
const SLACK = 100;

/** A restart that was granted. */
export interface Grant {
  at: number;
  /** Number of the start in which that was, from 1. */
  life: number;
  /** Its answer. */
  record: RecordLife;
}

const lifeAt = ({ boots }: Evidence, at: number) => boots.findLastIndex((boot) => boot <= at) + 1;

/** All of them, in their order. One that only the next start found is none: its life had ended before it. */
export function grantsOf(evidence: Evidence): Grant[] {
  const restarts = new Set(evidence.commands.filter(({ cmd }) => cmd === "restart").map(({ id }) => id));
  return answersOf(evidence)
    .filter(({ answer, record }) => answer.ok && !record.found && restarts.has(answer.id ?? ""))
    .map(({ record }) => ({ at: record.keptAt!, life: lifeAt(evidence, record.keptAt!), record }));
}

/** A start by a command, and what was granted in the life before it. */
export interface Restarted {
  at: number;
  /** The last of that life; undefined: none was. */
  grant: Grant | undefined;
}

/** All of them, in their order. */
export function restartedOf(evidence: Evidence): Restarted[] {
  const last = new Map(grantsOf(evidence).map((grant) => [grant.life, grant]));
  return linesOf(evidence.log, "start").flatMap(({ at, fields }) =>
    fields.reset === "command" ? [{ at, grant: last.get(lifeAt(evidence, at) - 1) }] : [],
  );
}

/** What the device's clock says at a time, in milliseconds since 1970; undefined: it was not set. */
function wallOf(evidence: Evidence): (at: number) => number | undefined {
  const set = linesOf(evidence.log, "clock");
  const jumps = evidence.trial.faults.filter(({ fault }) => fault === "clock-jump");
  return (at) => {
    const last = set.findLast((line) => line.at <= at);
    if (last === undefined || lifeAt(evidence, last.at) !== lifeAt(evidence, at)) return undefined;
    return jumps
      .filter((jump) => jump.at >= last.at && jump.at <= at)
      .reduce((wall, { value }) => wall + Number(value) * 3_600 * SECOND, last.fields.wallMs + at - last.at);
  };
}

/**
 * Whether a restart is too soon behind one that was granted: by the device's clock, where that tells, and by how long this life
 * lasts, where it does not. Two in one life are.
 */
function tooSoon(evidence: Evidence): (grant: Grant, at: number, slack: number) => boolean {
  const wallAt = wallOf(evidence);
  return (grant, at, slack) => {
    const life = lifeAt(evidence, at);
    if (grant.life === life) return true;
    const [then, now] = [wallAt(grant.at), wallAt(at)];
    const told = then === undefined || now === undefined ? 0 : now - then;
    return Math.max(told, at - evidence.boots[life - 1]!) < RESTART_EVERY + slack;
  };
}

export const RESTARTS_RARE: Verdict = {
  name: "restarts-rare",
  promise: "Between two restarts that are granted lie ten minutes, over lives too.",
  seen: (evidence) => {
    const grants = grantsOf(evidence);
    return takenOf(evidence).filter(
      ({ heard: { at, ackedAt }, command }) =>
        command?.cmd === "restart" &&
        ackedAt !== undefined &&
        grants.some((grant) => grant.at < at && at - grant.at < RESTART_EVERY),
    ).length;
  },
  check: (evidence) => {
    const isTooSoon = tooSoon(evidence);
    const grants = grantsOf(evidence);
    return grants.slice(1).flatMap(({ at }, i) => {
      const before = grants[i]!;
      const ms = at - before.at;
      if (ms >= RESTART_EVERY - SLACK || !isTooSoon(before, at, -SLACK)) return [];
      return [{ at, what: `a restart was granted ${(ms / SECOND).toFixed(1)} s behind another` }];
    });
  },
};

/** Whether a device may say that a restart comes too soon. */
export function delayOf(evidence: Evidence): (at: number) => boolean {
  const grants = grantsOf(evidence);
  const isTooSoon = tooSoon(evidence);
  return (at) => {
    const last = grants.findLast((grant) => grant.at <= at);
    return last !== undefined && isTooSoon(last, at, SLACK);
  };
}
