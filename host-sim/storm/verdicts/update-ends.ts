// The promise that an update which was accepted comes to an end. The bounds of docs/updates.md are not its own: a file of many
// sectors may take five hours for each. So it is looked at step by step: no step waits without a reason, so many windows in a
// row may bring nothing, and a file is fetched so many times. The steps of an update are a window's begin and end, a digest that
// is checked, and a start of its image.

import { restsBetween } from "../../../firmware/settings/rules.js";
import { KINDS } from "../../desk/kinds/index.js";
import { type Evidence, linesOf } from "../evidence.js";
import { isLast, type Word, wordsOf } from "./update-words.js";
import type { Breach, Verdict } from "./verdict.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long a connection stays before a window, and the time between two looks: so much of each tells nothing. */
const SETTLES = 30 * SECOND;
/** Time of being connected behind that in which the next step must begin. A window waits until the outbox is empty. */
const ONLINE_WITHIN = 10 * MINUTE;
/** Rests between two steps: a device that rests looks before each. One may be under way, and one connection may fail. */
const RESTS_MOST = 3;
/** The longest wait behind a window that brought nothing. */
const RETRY_MOST = HOUR;
/** Windows in a row that bring nothing: the eleventh gives the update up. */
const FRUITLESS_MOST = 11;
/** A file is fetched three times, and begun anew once in each. */
const FETCHES_MOST = 6;

/** An update from being accepted to its end. */
interface Course {
  from: number;
  until: number;
  seq: number;
  version: string | undefined;
  /** Its last word; undefined: it was left for a newer one, or the run was over. */
  end: Word | undefined;
}

export const UPDATE_ENDS: Verdict = {
  name: "update-ends",
  promise:
    "An update that was accepted goes on, step by step, until it is confirmed, rolled back or refused with a reason, or a newer one takes its place.",
  seen: (evidence) => coursesOf(evidence).filter(({ end }) => end !== undefined).length,
  check: (evidence) =>
    coursesOf(evidence).flatMap((course): Breach[] => {
      const { end, seq } = course;
      const isMute = end && end.state !== "confirmed" && end.reason === undefined;
      return [
        ...(isMute ? [{ at: end.at, what: `update ${seq} was ${end.state} without a reason` }] : []),
        ...stillOf(evidence, course),
        ...fetchesOf(evidence, course),
      ];
    }),
};

function coursesOf(evidence: Evidence): Course[] {
  const over = evidence.trial.hours * HOUR;
  const words = wordsOf(evidence);
  return words.flatMap((word, i): Course[] => {
    const { at: from, state, update: seq = 0, version } = word;
    if (state !== "accepted") return [];
    const after = words.slice(i + 1);
    // Said again by the next life, where the power went as it was said.
    const next = after.find((each) =>
      each.state === "accepted" ? each.update! >= seq : isLast(each) && isOf(each, seq, version),
    );
    const end = next?.state === "accepted" ? undefined : next;
    return [{ from, until: next?.at ?? over, seq, version, end }];
  });
}

/** Whether a last word is on an update: one on another of its number has that one's version. */
const isOf = (word: Word, seq: number, version: string | undefined) =>
  word.update === seq && (word.version === undefined || word.version === version);

/** Where it stood still. */
function stillOf(evidence: Evidence, course: Course): Breach[] {
  const { from, until, seq } = course;
  const rests = restsBetween(evidence.trial.setup.config.power);
  const steps = stepsOf(evidence, from, until);
  const busy = busyOf(evidence);
  const online = onlineOf(evidence).flatMap((stay) => without(stay, busy));
  const asleep = looksOf(evidence);
  return [{ at: from, waitMs: 0 }, ...steps].flatMap(({ at, waitMs }, i): Breach[] => {
    const to = steps[i]?.at ?? until;
    const begin = Math.max(at + waitMs, turnOf(evidence, course));
    if (begin >= to || isExcused(evidence, course, at, to)) return [];
    const connected = online.reduce((sum, stay) => {
      const ms = Math.min(stay.until, to) - Math.max(stay.from, begin);
      return sum + Math.max(0, ms - SETTLES);
    }, 0);
    const slept = rests ? asleep.filter((at) => at >= begin && at < to).length : 0;
    if (connected <= ONLINE_WITHIN && slept <= RESTS_MOST) return [];
    const minutes = ((to - begin) / MINUTE).toFixed(0);
    return [{ at: to, what: `nothing was done for update ${seq} in ${minutes} min, ${slept} rests among them` }];
  });
}

/** Its steps, each with the wait that the device announces behind it. */
function stepsOf({ log, updates }: Evidence, from: number, until: number): { at: number; waitMs: number }[] {
  const events = new Set<string>(["update-window", "update-window-over", "update-check", "update-retry"]);
  const lines = log.filter(({ event }) => events.has(event));
  const starts = updates!.starts.filter(({ isTrial }, i, all) => isTrial || all[i - 1]?.isTrial === true);
  return [
    ...lines.map(({ at, event, fields }) => ({
      at,
      waitMs: event === "update-retry" ? Math.min(RETRY_MOST, fields.ms) : 0,
    })),
    ...starts.map(({ at }) => ({ at, waitMs: 0 })),
  ]
    .filter(({ at }) => at > from && at < until)
    .sort((a, b) => a.at - b.at);
}

/** When it is its turn at the latest, as its manifest has it. */
function turnOf({ updates }: Evidence, { from, seq, version }: Course): number {
  const sent = updates!.sent.find((each) => each.seq === seq && each.version === version);
  if (!sent?.later) return 0;
  return Math.max(sent.at + sent.later.afterMs, from) + sent.later.spreadS * SECOND;
}

/** How long before a clock may have gone wrong that is still believed. */
const CLOCK_BEFORE = 24 * HOUR;

/**
 * What lets an update wait: the day's volume is near its end, or its manifest names a time, and the clock may have been wrong.
 */
function isExcused({ log, trial, updates }: Evidence, { seq, version }: Course, from: number, to: number): boolean {
  const volume = linesOf(log, "data-budget");
  const first = volume.findLastIndex(({ at }) => at <= from);
  if (volume.some(({ at, fields }, i) => i >= first && at <= to && fields.status !== "ok")) return true;
  if (!updates!.sent.some((each) => each.seq === seq && each.version === version && each.later)) return false;
  return trial.faults.some(({ at, fault, duration }) => {
    return KINDS[fault]?.seam === "clock" && at <= to && at + duration >= from - CLOCK_BEFORE;
  });
}

/** When it was connected so that messages come. */
function onlineOf({ log, boots, trial }: Evidence): Span[] {
  const phases = linesOf(log, "phase").map(({ at, fields }) => ({ at, phase: fields.phase }));
  const all = [...phases, ...boots.map((at) => ({ at, phase: "off" }))].sort((a, b) => a.at - b.at);
  // By the second way nothing is heard.
  const deaf = linesOf(log, "second-way");
  return all.flatMap(({ at: from, phase }, i) => {
    if (phase !== "online") return [];
    const dialled = all[i - 1]?.at ?? 0;
    if (deaf.some(({ at }) => at >= dialled && at <= from)) return [];
    return [{ from, until: all[i + 1]?.at ?? trial.hours * HOUR }];
  });
}

/** When it went to sleep behind a connection: a chip that only takes a sample, and sleeps on, looks for nothing. */
function looksOf({ log }: Evidence): number[] {
  let hasConnected = false;
  return linesOf(log, "phase").flatMap(({ at, fields: { phase } }) => {
    if (phase === "online") hasConnected = true;
    if (phase !== "asleep" || !hasConnected) return [];
    hasConnected = false;
    return [at];
  });
}

interface Span {
  from: number;
  until: number;
}

/** How long a record may wait that keeps no window away. */
const ON_ITS_WAY = 20 * SECOND;

/** When records waited for long, in order and apart: no window opens then. */
function busyOf({ records, trial }: Evidence): Span[] {
  const spans: Span[] = [];
  const over = trial.hours * HOUR;
  for (const { keptAt: from, ackedAt, droppedAt } of records.values()) {
    const until = Math.min(ackedAt ?? over, droppedAt ?? over);
    if (from === undefined || until - from <= ON_ITS_WAY) continue;
    const last = spans.at(-1);
    if (last !== undefined && from <= last.until) last.until = Math.max(last.until, until);
    else spans.push({ from, until });
  }
  return spans;
}

/** What is left of a span without others. */
function without({ from, until }: Span, others: readonly Span[]): Span[] {
  const left: Span[] = [];
  let at = from;
  for (const other of others) {
    if (other.until <= at || other.from >= until) continue;
    if (other.from > at) left.push({ from: at, until: other.from });
    at = Math.max(at, other.until);
  }
  return at < until ? [...left, { from: at, until }] : left;
}

/** Where it was fetched more often than it may be. */
function fetchesOf({ log }: Evidence, { from, until, seq }: Course): Breach[] {
  let fruitless = 0;
  let fetched = 0;
  let begun: { from: number; length: number } | undefined;
  return log.flatMap((line): Breach[] => {
    if (line.at <= from || line.at >= until) return [];
    if (line.event === "start") begun = undefined;
    if (line.event === "update-window") begun = line.fields;
    if (line.event !== "update-window-over" || begun === undefined) return [];
    const { at, fields } = line;
    const brought = fields.done - begun.from;
    fruitless = brought > 0 ? 0 : fruitless + 1;
    fetched += Math.max(0, brought);
    const { length } = begun;
    begun = undefined;
    if (fruitless === FRUITLESS_MOST + 1)
      return [{ at, what: `${fruitless} windows of update ${seq} brought nothing` }];
    const isOften = fetched > FETCHES_MOST * length && fetched - Math.max(0, brought) <= FETCHES_MOST * length;
    return isOften ? [{ at, what: `update ${seq} was fetched more than ${FETCHES_MOST} times` }] : [];
  });
}
