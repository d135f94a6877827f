// Promises about what comes down: each command answered once or counted as refused, none obeyed that the broker kept,
// subscriptions that stand, intervals that show.

import { DEFAULT_SIM, iccidOf } from "../../world/sims.js";
import type { Command } from "../downlink.js";
import type { Evidence } from "../evidence.js";
import { linesOf } from "../evidence.js";
import { byLife, livesOf } from "../lives.js";
import { answersOf, commandsHeard, idOf, type Kept } from "./answers.js";
import { type Drawn, delayOf, drawnOf, grantsOf, refusalOf, restartedOf } from "./limits.js";
import { isTrialAt } from "./updates.js";
import type { Breach, Verdict } from "./verdict.js";

const SECOND = 1_000;
const OWN = iccidOf(DEFAULT_SIM);
const TELEMETRY = `${OWN}/telemetry`;

/** How long a command of the app's may take, in milliseconds. */
const APP_WITHIN = 10.1 * SECOND;

export const COMMANDS_ANSWERED: Verdict = {
  name: "commands-answered",
  promise:
    "A command that the device acknowledges has its answer in the outbox, or is counted as refused: more came than it takes, or their answers have no room.",
  seen: (evidence) =>
    commandsHeard(evidence).filter(({ ackedAt, retained }) => ackedAt !== undefined && !retained).length,
  check: (evidence) => {
    const answered = new Map<string, number[]>();
    for (const { record, answer } of answersOf(evidence))
      if (answer.id !== null) answered.set(answer.id, [...(answered.get(answer.id) ?? []), record.keptAt!]);
    const own = new Set(evidence.commands.flatMap((command) => (command.own ? [command.id] : [])));
    const mayRefuse = refusalOf(evidence);
    const breaches: Breach[] = drawnOf(evidence).flatMap((drawn) => {
      const { heard, id, kept, deed } = drawn;
      const isRefused = heard.ackedAt !== undefined && kept === undefined && deed === undefined;
      return isRefused && !mayRefuse(drawn) ? [{ at: heard.at, what: `command ${id} was refused without need` }] : [];
    });
    let life = 0;
    let without = 0;
    for (const heard of commandsHeard(evidence)) {
      if (heard.retained || heard.ackedAt === undefined) continue;
      if (heard.life !== life) without = 0;
      life = heard.life;
      const id = idOf(heard);
      // What an app carries out is APP_ANSWERED's, and so is its answer, which comes later.
      const by = heard.ackedAt + (own.has(id) ? APP_WITHIN : 0);
      if (answered.get(id)?.some((at) => at <= by)) continue;
      if (own.has(id) && evidence.deeds.some(({ what, at }) => what === "command" && at === heard.at)) continue;
      without++;
      if (without > heard.refused)
        breaches.push({ at: heard.ackedAt, what: `command ${id} was acknowledged, and neither answered nor refused` });
    }
    return breaches;
  },
};

export const ANSWERED_ONCE: Verdict = {
  name: "answered-once",
  promise:
    "A command is answered no more often than it came, and with what it asked for; or that too many came, or a restart too soon, where that is so.",
  seen: (evidence) => answersOf(evidence).filter(({ answer }) => answer.ok).length,
  check: (evidence) => {
    const commands = new Map(evidence.commands.map((command) => [command.id, command]));
    const came = new Map<string, number>();
    for (const heard of commandsHeard(evidence))
      if (!heard.retained) came.set(idOf(heard), (came.get(idOf(heard)) ?? 0) + 1);
    const fits = fitting(evidence);
    const answers = new Map<string, number>();
    return answersOf(evidence).flatMap(({ record, answer }) => {
      const { id } = answer;
      const at = record.keptAt!;
      const command = id === null ? undefined : commands.get(id);
      if (id === null || command === undefined) return [{ at, what: "an answer to nobody's command" }];
      const count = (answers.get(id) ?? 0) + 1;
      answers.set(id, count);
      // One that the broker kept is RETAINED_IGNORED's.
      const often = came.get(id) ?? 0;
      if (count > often && often > 0) return [{ at, what: `command ${id} came ${often} times and was answered again` }];
      return fits(command, { record, answer })
        ? []
        : [{ at, what: `command ${id} (${command.cmd}) got ${record.text}` }];
    });
  },
};

/** No restart while an update is on trial. */
const ON_TRIAL = "on-trial";
/** The longest interval that a device takes, in seconds. */
const LONGEST = 86_400;

/** Whether an answer is one that its command may get. */
function fitting(evidence: Evidence): (command: Command, kept: Kept) => boolean {
  const drawn = new Map(drawnOf(evidence).flatMap((each) => (each.kept ? [[each.kept.record, each]] : [])));
  const mayWait = delayOf(evidence);
  const runs = evidence.deeds.filter(({ what }) => what === "command");
  /** The app may be at another such command still. */
  const isAtIt = ({ heard: { at, life } }: Drawn, cmd: string) =>
    runs.some((run) => run.name === cmd && run.life === life && run.at <= at && (run.doneAt ?? at) >= at);
  return ({ cmd, seconds, own }, { record, answer: { ok, error, ...rest } }) => {
    if (error === "busy") {
      const its = drawn.get(record);
      // Written as a life ended: it is not known when.
      return record.found || (its !== undefined && (its.mayBeEmpty || (own !== undefined && isAtIt(its, cmd))));
    }
    // APP_ANSWERED's.
    if (own) return true;
    if (cmd === "restart" && error === "too-soon") return record.found || mayWait(record.keptAt!);
    if (cmd === "restart" && error === ON_TRIAL) return record.found || isTrialAt(evidence, record.keptAt!);
    if (cmd === "interval" && seconds! <= LONGEST) return ok && rest.seconds === seconds;
    if (!ok || cmd === "interval") return !ok && WRONG[cmd] === error;
    return cmd !== "nonsense" && ((cmd !== "ping" && cmd !== "status") || typeof rest.uptime === "number");
  };
}

/** What is said of those that are wrong. */
const WRONG: Readonly<Record<string, string>> = { interval: "bad-argument", nonsense: "unknown-command" };

export const RETAINED_IGNORED: Verdict = {
  name: "retained-ignored",
  promise: "A command that the broker kept is neither obeyed nor answered.",
  seen: (evidence) => commandsHeard(evidence).filter(({ retained }) => retained).length,
  check: (evidence) => {
    const now = new Set(commandsHeard(evidence).flatMap((heard) => (heard.retained ? [] : idOf(heard))));
    const kept = new Set(commandsHeard(evidence).flatMap((heard) => (heard.retained ? idOf(heard) : [])));
    const answered = answersOf(evidence).flatMap(({ record, answer: { id } }) =>
      id !== null && kept.has(id) && !now.has(id)
        ? [{ at: record.keptAt!, what: `command ${id}, which came only as one that was kept, was answered` }]
        : [],
    );
    const restarts = new Set(evidence.commands.flatMap(({ id, cmd }) => (cmd === "restart" ? id : [])));
    const keptRestarts = commandsHeard(evidence).filter((heard) => heard.retained && restarts.has(idOf(heard)));
    const restarted = restartedOf(evidence).flatMap(({ at, grant }) => {
      const cause = keptRestarts.findLast((heard) => heard.at < at && at - heard.at <= RESTART_WITHIN);
      if (grant !== undefined || cause === undefined) return [];
      return [{ at, what: `a restart, and all that asked for it was command ${idOf(cause)}, which was kept` }];
    });
    return [...answered, ...restarted];
  },
};

export const SUBSCRIPTION_STANDS: Verdict = {
  name: "subscription-stands",
  promise: "After any loss of the session its subscriptions are asked for again before a record goes out.",
  seen: ({ connections }) =>
    connections.filter(({ connack, missing }) => connack !== undefined && !connack.present && missing !== undefined)
      .length,
  check: ({ connections }) =>
    connections.flatMap(({ connack, missing = [] }) =>
      missing.length === 0
        ? []
        : [{ at: connack?.at ?? 0, what: `a record went out, and nobody had subscribed to ${missing.join(", ")}` }],
    ),
};

export const REFUSAL_HEEDED: Verdict = {
  name: "refusal-heeded",
  promise: "A subscription that the broker refuses is not taken for granted: the connection ends.",
  seen: ({ connections }) => connections.filter(({ refusedAt }) => refusedAt !== undefined).length,
  check: ({ connections, trial, boots }) =>
    connections.flatMap(({ refusedAt, saidAfterRefusal, endedAt }) => {
      if (refusedAt === undefined) return [];
      const what = `a refused subscription, and ${saidAfterRefusal} packets behind it`;
      // Where its life ended, it is not known when: the board may have been dark for long.
      const died = endedAt === undefined && boots.some((boot) => boot >= refusedAt);
      const until = died ? refusedAt : (endedAt ?? trial.hours * 3_600 * SECOND);
      return saidAfterRefusal > 0 || until - refusedAt > SECOND ? [{ at: refusedAt, what }] : [];
    }),
};

/** How long a restart waits for its answer, and what draining, shutting down and starting take after that, in milliseconds. */
const ANSWER_WAIT = 10 * SECOND;
const RESTART_WITHIN = 120 * SECOND;
/** Faults that take the board's power away. */
const DARKENING: ReadonlySet<string> = new Set(["chip-dark", "chip-power-out"]);
/** What the quartz may be off. */
const DRIFT = 100;

export const RESTART_ANSWERED: Verdict = {
  name: "restart-answered",
  promise:
    "A restart by a command was granted in the life that it ends; it waits for its answer to be acknowledged, ten seconds at most, and comes within two minutes.",
  seen: ({ log }) => linesOf(log, "start").filter(({ fields }) => fields.reset === "command").length,
  check: (evidence) => {
    const { boots, trial } = evidence;
    const granted = grantsOf(evidence).map(({ record }) => record);
    const early = restartedOf(evidence).flatMap(({ at, grant }) => {
      if (grant === undefined) return [{ at, what: "a restart by a command that nobody answered" }];
      const { ackedAt = Number.POSITIVE_INFINITY, keptAt } = grant.record;
      if (ackedAt <= at || at - keptAt! >= ANSWER_WAIT - DRIFT) return [];
      return [{ at, what: `a restart ${((at - keptAt!) / SECOND).toFixed(1)} s after its answer, which waits` }];
    });
    const late = granted.flatMap(({ keptAt }) => {
      const next = boots.find((boot) => boot > keptAt!) ?? trial.hours * 3_600 * SECOND;
      const inTime = (at: number) => at >= keptAt! && at - keptAt! <= RESTART_WITHIN;
      // A board without power starts when that is back.
      const isDark = trial.faults.some(({ fault, at }) => DARKENING.has(fault) && inTime(at));
      return isDark || inTime(next) ? [] : [{ at: keptAt!, what: "a restart was granted and did not come" }];
    });
    return [...early, ...late];
  },
};

/** A record may come so much later than it is due, or sooner by the quartz: part of the interval, and milliseconds. */
const LATE = { part: 1e-4, ms: 500 };

/** Something that decides when the next record is due. */
interface Moment {
  at: number;
  /** From now on this interval; undefined: a record was written. */
  intervalMs?: number;
  /** Records are missing. */
  unknown?: true;
}

export const INTERVAL_KEPT: Verdict = {
  name: "interval-kept",
  promise:
    "Records come at the interval that was last set, by a command or a configuration, counted from the one before.",
  seen: (evidence) => spacings(evidence).filter(({ changed }) => changed).length,
  check: (evidence) =>
    spacings(evidence).flatMap(({ at, due, intervalMs }) => {
      const off = at - due;
      if (Math.abs(off) <= LATE.ms + LATE.part * intervalMs) return [];
      const what = `a record ${(Math.abs(off) / SECOND).toFixed(1)} s too ${off > 0 ? "late" : "soon"} for an interval of ${intervalMs / SECOND} s`;
      return [{ at, what }];
    }),
};

/** A sample that takes so long may hold up the record behind it, in milliseconds. */
const SWIFT = 500;

/**
 * By when a record was written, when it was begun: with an app, as its sample was asked for. One whose sample took long tells
 * nothing of the interval.
 */
export function recordsAsked({ deeds }: Evidence): (keptAt: number) => Moment {
  const late = new Map<number, number>();
  const waits: { from: number; to: number }[] = [];
  for (const { what, at, doneAt } of deeds) {
    if (what !== "sample" || doneAt === at) continue;
    if (doneAt !== undefined && doneAt - at <= SWIFT) late.set(doneAt, at);
    else waits.push({ from: at, to: at + SAMPLE_MOST });
  }
  let next = 0;
  return (keptAt) => {
    while (next < waits.length && waits[next]!.to < keptAt) next++;
    const wait = waits[next];
    return wait !== undefined && wait.from <= keptAt
      ? { at: keptAt, unknown: true }
      : { at: late.get(keptAt) ?? keptAt };
  };
}
/** How long one is waited for, and what the quartz may be off. */
const SAMPLE_MOST = 5.1 * SECOND;

interface Spacing {
  at: number;
  due: number;
  intervalMs: number;
  /** The interval was set since the record before. */
  changed: boolean;
}

/** When each record came that has one before it in its life, and when it was due. */
function spacings(evidence: Evidence): Spacing[] {
  const { trial, log, records, vanished } = evidence;
  const { telemetryIntervalS, dataBudgetKbPerDay = 0 } = trial.setup.config;
  // Its records are spaced by the day's volume.
  if (dataBudgetKbPerDay > 0) return [];
  const commands = new Set(evidence.commands.filter(({ cmd }) => cmd === "interval").map(({ id }) => id));
  const asked = recordsAsked(evidence);
  const moments: Moment[] = [
    ...linesOf(log, "configured").map(({ at, fields }) => ({ at, intervalMs: fields.telemetryIntervalS * SECOND })),
    ...linesOf(log, "not-recorded").map(({ at }): Moment => ({ at, unknown: true })),
    ...answersOf(evidence).flatMap(({ record, answer: { id, ok, seconds } }) =>
      // What the life before was answering as it ended took effect there alone.
      ok && seconds !== undefined && !record.found && commands.has(id ?? "")
        ? [{ at: record.keptAt!, intervalMs: seconds * SECOND }]
        : [],
    ),
    ...[...records.values(), ...vanished]
      .filter(({ topic, keptAt, found }) => topic === TELEMETRY && keptAt !== undefined && !found)
      .map(({ keptAt }) => asked(keptAt!)),
  ].sort((a, b) => a.at - b.at);
  const spaced: Spacing[] = [];
  for (const life of byLife(moments, ({ at }) => at, livesOf(evidence))) {
    // More than one where several were set in one moment: the log does not tell which came last.
    let intervals = [telemetryIntervalS * SECOND];
    let last: number | undefined;
    let setAt: number | undefined;
    // When one was set that was in effect: another of the same moment may still be the one.
    let confirmedAt: number | undefined;
    for (const { at, intervalMs, unknown } of life) {
      if (unknown) last = undefined;
      else if (intervalMs === undefined) {
        if (last !== undefined) {
          const base = last;
          const dues = intervals.map((intervalMs) => ({ intervalMs, due: Math.max(base + intervalMs, setAt ?? 0) }));
          const nearest = dues.reduce((a, b) => (Math.abs(b.due - at) < Math.abs(a.due - at) ? b : a));
          spaced.push({ at, ...nearest, changed: setAt !== undefined });
          // What does as well may be the one: an overdue record comes at once, whatever was set.
          const fits = Math.abs(nearest.due - at);
          intervals = dues.flatMap(({ due, intervalMs }) => (Math.abs(due - at) === fits ? [intervalMs] : []));
        }
        last = at;
        setAt = undefined;
      } else if (at === setAt || at === confirmedAt) {
        intervals.push(intervalMs);
        setAt = at;
      } else if (intervals.includes(intervalMs) && intervals.length === 1) confirmedAt = at;
      else {
        intervals = [intervalMs];
        setAt = at;
      }
    }
  }
  return spaced;
}
