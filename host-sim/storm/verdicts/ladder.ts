// The promise about the ladder of recovery: which rung comes at which failure. By what is heard around the device: its failures,
// counted here, what its log tells, what then goes to its modem, and how its chip starts.

import type { LogEvents } from "../../../firmware/platform/events.js";
import { endOf, type Seam } from "../../desk/fault.js";
import { kindOf } from "../../desk/kinds/index.js";
import type { Evidence, KEPT_EVENTS, Logged } from "../evidence.js";
import { mayForget } from "./recovery.js";
import { isTrialAt } from "./updates.js";
import type { Breach, Verdict } from "./verdict.js";

type Rung = "reconnect" | "renew-pdp" | "radio-cycle" | "modem-restart" | "power-cycle" | "chip-restart";
/** The table of docs/architecture.md: the rungs, for how many failures in a row each is the next, and what it tells the modem. */
const LADDER: readonly { rung: Rung; tries: number; command?: string }[] = [
  { rung: "reconnect", tries: 3 },
  { rung: "renew-pdp", tries: 2, command: "AT+CNACT=0,0" },
  { rung: "radio-cycle", tries: 2, command: "AT+CFUN=0" },
  { rung: "modem-restart", tries: 2, command: "AT+CFUN=1,1" },
  { rung: "power-cycle", tries: 2, command: "AT+CPOWD=1" },
  { rung: "chip-restart", tries: 1 },
];
const MILDEST: Rung = "reconnect";
const STRONGEST: Rung = "chip-restart";
const ORDER: readonly Rung[] = LADDER.flatMap(({ rung, tries }) => new Array<Rung>(tries).fill(rung));
/** A modem that is at fault itself is spared the mere reconnect. */
const LEAST_OF_MODEM = LADDER.findIndex(({ rung }) => rung === "renew-pdp");
const MODEM_AT_FAULT = "reset-modem";
const commandOf = (name: string) => LADDER.find(({ rung }) => rung === name)?.command ?? "";
/** What a line is brought back into step with: a modem that is too dead for a rung is not told of it, and that rung fails. */
const PROBE = "AT";
/** But for the one that then holds the power key, for so long at the least (SIM7080 hardware design, PWRKEY). */
const BY_KEY: Rung = "power-cycle";
const KEY_MS = 1_200;

/** Behind an acknowledgement a connection lives so long, with what the quartz may be off: failures are forgotten then. */
const LIVED = 21_000;
/** The count that is kept over a restart has one byte. */
const MOST_KEPT = 255;

/** The rung for failure number `count`, counted from 1, on a device without some of them. */
function dueAt(count: number, advice: unknown, lacks: ReadonlySet<Rung>): Rung {
  const inTable = LADDER.findIndex(({ rung }) => rung === ORDER[(count - 1) % ORDER.length]);
  let index = advice === MODEM_AT_FAULT ? Math.max(inTable, LEAST_OF_MODEM) : inTable;
  while (index > 0 && lacks.has(LADDER[index]!.rung)) index--;
  return LADDER[index]!.rung;
}

/** The rungs that may be due: in a trial the chip is not restarted, and when that ends is not known to the moment. */
function dueFor(evidence: Evidence, { at, count, advice }: Failure): ReadonlySet<Rung> {
  const { powerKey, steady } = evidence.trial.setup;
  const lacks = new Set<Rung>([...(powerKey ? [] : ["power-cycle" as const]), ...(steady ? [STRONGEST] : [])]);
  const due = new Set([dueAt(count, advice, lacks)]);
  if (isTrialAt(evidence, at)) due.add(dueAt(count, advice, new Set([...lacks, STRONGEST])));
  return due;
}

/** A failure behind which the device waits, and what came next. */
interface Failure {
  at: number;
  /** As the device counts. */
  count: number;
  /** Its wait has begun: the count was kept by then, and outlives any end of the engine. */
  isKept: boolean;
  advice: unknown;
  /** Where it was announced: the rung that is to come. */
  announced: string | undefined;
  /** What it did when the wait was over; undefined: its life, or the run, ended before, or it was stopped. */
  taken: { rung: string; at: number } | undefined;
}

/** Lines that tell of the ladder, in their order. */
const TELLING = [
  "failure",
  "phase",
  "backing-off",
  "halted",
  "climbing",
  "start",
] as const satisfies (typeof KEPT_EVENTS)[number][];
const TELLS: ReadonlySet<string> = new Set(TELLING);
const WAITING: ReadonlySet<string> = new Set<LogEvents["phase"]["phase"]>(["backing-off", "halted"]);

/** All failures with a wait behind them. */
function failuresOf({ log }: Evidence): Failure[] {
  const lines = log.filter(({ event }) => TELLS.has(event)) as Logged<(typeof TELLING)[number]>[];
  let advice: unknown;
  return lines.flatMap((line, i): Failure[] => {
    if (line.event === "failure") advice = (line as Logged<"failure">).fields.advice;
    if (line.event !== "phase") return [];
    const { at, fields } = line as Logged<"phase">;
    if (!WAITING.has(fields.phase)) return [];
    const later = lines.slice(i + 1, i + 1 + LINES_MOST);
    const [wait] = later;
    const announced = wait?.event === "backing-off" ? (wait as Logged<"backing-off">).fields.rung : undefined;
    const isKept = wait?.event === "backing-off" || wait?.event === "halted";
    return [{ at, count: fields.failures, isKept, advice, announced, taken: takenIn(later) }];
  });
}
/** Lines from one phase to the next: failures may be told in between. */
const LINES_MOST = 50;

function takenIn(later: readonly Logged[]): Failure["taken"] {
  const next = later.find(({ event }) => event === "phase" || event === "start") as
    | Logged<"phase" | "start">
    | undefined;
  if (next?.event !== "phase") return undefined;
  const { phase } = (next as Logged<"phase">).fields;
  if (phase === "stopped") return undefined;
  if (phase !== "climbing") return { rung: MILDEST, at: next.at };
  const told = later[later.indexOf(next) + 1];
  // The engine may end between the two.
  if (told?.event === "start") return undefined;
  return { rung: told?.event === "climbing" ? (told as Logged<"climbing">).fields.rung : "none", at: next.at };
}

/** Whether failures must have been forgotten between two: an acknowledgement, and a connection that lived on in the same life. */
function mustForget({ proofs, log, boots }: Evidence, from: number, to: number): boolean {
  const ends = log.filter(({ at, event }) => event === "failure" && at > from && at < to).map(({ at }) => at);
  return proofs.some(
    (proof) =>
      proof > from &&
      proof <= to - LIVED &&
      !boots.some((boot) => boot > proof && boot <= to) &&
      !ends.some((end) => end >= proof && end < proof + LIVED),
  );
}

/** What is wrong with how a failure was counted. */
function miscounted(evidence: Evidence, before: Failure | undefined, { at, count }: Failure): Breach[] {
  const { at: from = 0, count: last = 0, isKept = true } = before ?? {};
  const hasRestarted = evidence.boots.some((boot) => boot > from && boot <= at);
  const kept = hasRestarted ? Math.min(last, MOST_KEPT) : last;
  const isNext = count === kept + 1 || (!isKept && hasRestarted && count === kept);
  const fits =
    (isNext && (kept === 0 || !mustForget(evidence, from, at))) ||
    (count === 1 && (kept === 0 || mayForget(evidence, from, at)));
  return fits ? [] : [{ at, what: `a failure counts as number ${count}, and the one before it was number ${last}` }];
}

/** What is wrong with the rung that was taken behind a failure. */
function mistaken(evidence: Evidence, failure: Failure): Breach[] {
  const { at, count, announced, taken } = failure;
  const due = dueFor(evidence, failure);
  const names = [...due].join(" or ");
  if (announced !== undefined && !due.has(announced as Rung))
    return [{ at, what: `${announced} is announced at failure ${count}, and ${names} is due` }];
  if (taken === undefined) return [];
  if (!due.has(taken.rung as Rung))
    return [{ at: taken.at, what: `${taken.rung} is taken at failure ${count}, and ${names} is due` }];
  return isCarriedOut(evidence, taken) ? [] : [{ at: taken.at, what: `${taken.rung} is told, and nothing is done` }];
}

/** Whether what a rung is can be heard around the device. */
function isCarriedOut({ log, climbs, trial }: Evidence, { rung, at }: NonNullable<Failure["taken"]>): boolean {
  if (rung === MILDEST) return true;
  if (rung === STRONGEST) {
    const next = log.find((line) => line.at >= at && (line.event === "start" || isPhaseBehind(line, at)));
    if (next === undefined || (next.event === "start" && (next as Logged<"start">).fields.reset === "ladder"))
      return true;
    // The engine, or its power, may end before it.
    return (
      next.event === "start" &&
      trial.faults.some((fault) => ENDS_CHIP.has(kindOf(fault.fault).seam) && fault.at <= next.at && endOf(fault) >= at)
    );
  }
  const climb = climbs.find((each) => each.at === at);
  if (climb === undefined) return false;
  const { commands, until } = climb;
  if (commands.includes(commandOf(rung)) || until === undefined) return true;
  const isDone = rung === BY_KEY && until - at >= KEY_MS;
  const hasFailed = log.some((line) => line.event === "failure" && line.at >= at && line.at <= until);
  return (isDone || hasFailed) && commands.every((command) => command === PROBE);
}

const ENDS_CHIP: ReadonlySet<string> = new Set<Seam>(["chip", "flash"]);
const isPhaseBehind = (line: Logged, at: number) => line.event === "phase" && line.at > at;

/** Restarts of the ladder's that no failure led to. */
function unasked(log: Evidence["log"]): Breach[] {
  let rung = "";
  return log.flatMap((line) => {
    if (line.event === "phase") rung = "";
    if (line.event === "climbing") rung = (line as Logged<"climbing">).fields.rung;
    if (line.event !== "start") return [];
    const { reset } = (line as Logged<"start">).fields;
    const isAsked = rung === STRONGEST;
    rung = "";
    return reset === "ladder" && !isAsked
      ? [{ at: line.at, what: "the ladder restarts the chip, and had not come so far" }]
      : [];
  });
}

export const RUNGS_IN_ORDER: Verdict = {
  name: "rungs-in-order",
  promise:
    "Failures in a row are counted one by one, over restarts too, and each is followed by its rung of the ladder, and no other, which is carried out.",
  // Where nothing but the next attempt is due, as for most failures, little could be left out.
  seen: (evidence) => failuresOf(evidence).filter(({ taken }) => taken !== undefined && taken.rung !== MILDEST).length,
  check: (evidence) => {
    const failures = failuresOf(evidence);
    return [
      ...failures.flatMap((failure, i) => [
        ...miscounted(evidence, failures[i - 1], failure),
        ...mistaken(evidence, failure),
      ]),
      ...unasked(evidence.log),
    ];
  },
};
