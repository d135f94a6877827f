// Promises about failure: back-off that grows and spreads, no crash, no standstill. That it ends: calms.ts.

import type { OnboardingCode } from "../../../firmware/cloud/1nce-aws/errors.js";
import type { Phase } from "../../../firmware/device/agent.js";
import { type Evidence, linesOf } from "../evidence.js";
import type { Breach, Verdict } from "./verdict.js";

const MINUTE = 60_000;
/** Longest stay in a phase that waits for something. */
const PHASE_MAX = 15 * MINUTE;
/** Phases that may last. */
const LASTING: ReadonlySet<string> = new Set<Phase>(["online", "asleep", "off", "stopped"]);
/** The back-off as it is promised, in milliseconds. */
const BACKOFF = { base: 1_000, cap: 240_000 };
/** Waits that are needed to see whether they are spread, and the most that may lie within a tenth of the range. */
const SPREAD = { least: 20, most: 0.5 };
const TENTHS = 10;
const MOST_DOUBLINGS = 20;
const SOON_RETRIES = 3;

export const LADDER_HOLDS: Verdict = {
  name: "ladder-holds",
  promise:
    "The count of failures goes back by an acknowledgement on a connection that then lives 20 s or is ended by the device, and by nothing less, over restarts too.",
  seen: (evidence) => backoffs(evidence).length,
  check: (evidence) => {
    const breaches: Breach[] = [];
    let before: { at: number; failures: number } | undefined;
    for (const { at, failures } of backoffs(evidence)) {
      const proven = before === undefined || mayForget(evidence, before.at, at);
      if (!proven && failures <= before!.failures && before!.failures < MOST_REMEMBERED) {
        breaches.push({
          at,
          what: `failure ${failures} after failure ${before!.failures}, and no connection was proven and lasted`,
        });
      }
      before = { at, failures };
    }
    return breaches;
  },
};

/**
 * How long a connection lives behind an acknowledgement before failures are forgotten; what the quartz may be off is
 * let pass.
 */
const LIVES = 19_900;
/** Phases in which the device ends a connection itself. */
const LEAVING: ReadonlySet<string> = new Set<Phase>(["draining", "settling", "yielding", "giving-way", "stopped"]);

/** Whether something between two waits lets the failures so far be forgotten. */
export function mayForget({ proofs, log, boots, trial }: Evidence, from: number, to: number): boolean {
  const within = proofs.filter((proof) => proof >= from && proof <= to);
  const { transport, fallback } = trial.setup.config;
  // By HTTPS each record has a connection of its own.
  if (transport === "https" || fallback === "https") return within.length > 0;
  const cuts = [...linesOf(log, "failure").map(({ at }) => at), ...boots];
  const leaves = linesOf(log, "phase").filter(({ fields }) => LEAVING.has(fields.phase));
  return within.some((proof) => {
    const cut = cuts.reduce((first, at) => (at >= proof ? Math.min(first, at) : first), Number.POSITIVE_INFINITY);
    return cut - proof >= LIVES || leaves.some(({ at }) => at >= from && at <= cut);
  });
}

/** The count is kept in one byte. */
const MOST_REMEMBERED = 255;

export const BACKOFF_SPREADS: Verdict = {
  name: "back-off-spreads",
  promise: "Waits are evenly spread up to a bound that doubles, so that devices never come back in step.",
  seen: (evidence) => backoffs(evidence).length,
  check: (evidence) => {
    const waits = backoffs(evidence);
    const parts = waits.map(({ ms, bound }) => ms / bound);
    const long = parts.findIndex((part) => part > 1);
    if (long >= 0) {
      const { at, ms, failures } = waits[long]!;
      return [{ at, what: `a wait of ${ms} ms after failure ${failures}` }];
    }
    const alike = Math.max(...waitTenths(evidence));
    if (parts.length < SPREAD.least || alike <= parts.length * SPREAD.most) return [];
    return [{ at: waits[0]!.at, what: `${alike} of ${parts.length} waits are the same part of their bound` }];
  },
};

/** How many waits after a failure lie in each tenth of the longest that they could have been. */
export function waitTenths(evidence: Evidence): number[] {
  const tenths = new Array<number>(TENTHS).fill(0);
  for (const { ms, bound } of backoffs(evidence)) tenths[Math.min(TENTHS - 1, Math.floor((ms / bound) * TENTHS))]!++;
  return tenths;
}

interface Wait {
  at: number;
  failures: number;
  ms: number;
  /** The longest that the wait may be, in milliseconds. */
  bound: number;
}

/** Every wait after a failure, by the log; but for those that the failure itself asks for. */
function backoffs(evidence: Evidence): Wait[] {
  return announced(evidence).flatMap(({ at, failures, ms, advice, isAsked }) => {
    if (isAsked) return [];
    // "Retry" means soon, for the first few failures.
    const soon = advice === "retry" && failures <= SOON_RETRIES;
    const doublings = soon ? 0 : Math.min(failures - 1, MOST_DOUBLINGS);
    return [{ at, failures, ms, bound: Math.min(BACKOFF.cap, BACKOFF.base * 2 ** doublings) }];
  });
}

/** A wait as the device has announced it. */
export interface Announced {
  at: number;
  failures: number;
  ms: number;
  advice: unknown;
  /** The failure itself says how long to wait. */
  isAsked: boolean;
}

/** A failure that says itself how long to wait, and one that does where the service's answer did. */
const ASKED: OnboardingCode = "onboarding-often";
const MAY_ASK: OnboardingCode = "onboarding-unavailable";
/** How long an answer takes to be read, at the most. */
const ANSWER_MS = 3 * MINUTE;

/** Every wait after a failure, by the log. */
export function announced({ log, onboardings, askedWaits }: Evidence): Announced[] {
  const shortAt = budgetOf(log);
  const answers = onboardings.filter(({ retryAfterS }) => retryAfterS !== undefined);
  let advice: unknown;
  let isAsked = false;
  let before = 0;
  return log.flatMap((line) => {
    if (line.event === "failure") {
      const { at, fields } = line;
      advice = fields.advice;
      isAsked =
        fields.code === ASKED ||
        shortAt(line.at) === "spent" ||
        askedWaits.some((asked) => asked.at > before && asked.at <= at) ||
        (fields.code === MAY_ASK && answers.some((answer) => answer.at <= at && answer.at >= at - ANSWER_MS));
    }
    if (line.event !== "backing-off") return [];
    before = line.at;
    const { failures, ms } = line.fields;
    return [{ at: line.at, failures, ms, advice, isAsked }];
  });
}

/** How the day's volume stood, as the log has it; to be asked for ever later times. */
function budgetOf(log: Evidence["log"]): (at: number) => string {
  const lines = linesOf(log, "data-budget");
  let next = 0;
  return (at) => {
    while (next < lines.length && lines[next]!.at <= at) next++;
    return lines[next - 1]?.fields.status ?? "ok";
  };
}

/** Whether the day's volume was near its end, or spent, at any time between two. */
export function isShort({ log }: Evidence, from: number, to: number): boolean {
  const lines = linesOf(log, "data-budget");
  const first = lines.findLastIndex(({ at }) => at <= from);
  return lines.some(({ at, fields: { status } }, i) => i >= first && at <= to && status !== "ok");
}

/** Starts in an hour that the device did not mean: with waits of up to four minutes some forty are to be expected. */
const STARTS_MOST = 60;
/** Of its own doing, or of somebody's who takes the power away. */
const MEANT = /^(power|command|ladder|console|update|sleep|safe-end)$/;
export const isMeant = (reset: string): boolean => MEANT.test(reset);

export const NO_RESTART_LOOP: Verdict = {
  name: "no-restart-loop",
  promise: `Whatever ends the device again and again, and whenever, it starts at most ${STARTS_MOST} times an hour.`,
  seen: ({ log }) => linesOf(log, "start").filter(({ fields }) => !isMeant(fields.reset)).length,
  check: ({ log }) => {
    const ends = linesOf(log, "start").filter(({ fields }) => !isMeant(fields.reset));
    return ends.flatMap(({ at, fields }, i) => {
      const first = ends[i - STARTS_MOST];
      return first === undefined || at - first.at > 60 * MINUTE
        ? []
        : [{ at, what: `start ${i + 1} that it did not mean (${fields.reset})` }];
    });
  },
};

export const NO_CRASH: Verdict = {
  name: "no-crash",
  promise: "No error comes out of the firmware.",
  seen: ({ boots }) => boots.length,
  check: ({ crashes }) => crashes.map(({ at, message }) => ({ at, what: message })),
};

export const NO_STANDSTILL: Verdict = {
  name: "no-standstill",
  promise: "Every wait has its end: no step takes longer than a quarter of an hour, or than 1NCE asks for.",
  seen: ({ log }) => linesOf(log, "phase").length,
  check: (evidence) => {
    const { log, boots, trial } = evidence;
    const asked = new Map(announced(evidence).flatMap(({ at, ms, isAsked }) => (isAsked ? [[at, ms] as const] : [])));
    const changes = linesOf(log, "phase").map(({ at, fields }) => ({ at, phase: fields.phase }));
    const all = [...changes, ...boots.map((at) => ({ at, phase: "off" }))].sort((a, b) => a.at - b.at);
    return all.flatMap(({ at, phase }, i) => {
      const until = all[i + 1]?.at ?? trial.hours * 60 * MINUTE;
      if (LASTING.has(phase) || until - at <= PHASE_MAX + (asked.get(at) ?? 0)) return [];
      return [{ at: at + PHASE_MAX, what: `${phase} for ${((until - at) / MINUTE).toFixed(0)} min` }];
    });
  },
};
