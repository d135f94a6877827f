// Promises about updates: what runs, what may follow it, what is told of it and what it costs.

import { FACTORY_IMAGE } from "../../desk/desk.js";
import { type Evidence, linesOf } from "../evidence.js";
import type { Breach, Verdict } from "./verdict.js";

const HOUR = 3_600_000;
/** From the start of a trial to the arrival of its end: the trial itself, and the longest that anything keeps a device away. */
const TOLD_WITHIN = 6 * HOUR;
const ENDS: ReadonlySet<string> = new Set(["confirmed", "rolled-back", "refused"]);
/** A device that restarts by itself, or sleeps. Not `update`: so it undoes an image, by the boot loader. */
const MEANT: ReadonlySet<string> = new Set(["command", "ladder", "sleep", "safe-end"]);

const startsOf = ({ updates }: Evidence) => updates?.starts ?? [];
const trialsOf = (evidence: Evidence) => startsOf(evidence).filter(({ isTrial }) => isTrial);

/** Whether the life that ended before the start at a time was that of an image on trial, which may do anything. */
export function wasTrial({ updates }: Evidence, at: number): boolean {
  const starts = updates?.starts.filter((each) => each.at <= at) ?? [];
  return starts.at(-2)?.isTrial === true;
}

/** What confirming an image takes, in milliseconds. */
const CONFIRMING = 1_000;

/** Whether the image that runs at a time is on trial. */
export function isTrialAt({ updates }: Evidence, at: number): boolean {
  const start = updates?.starts.findLast((each) => each.at <= at);
  if (start?.isTrial !== true) return false;
  return !updates!.confirmed.some((each) => each.at >= start.at && each.at < at - CONFIRMING);
}

export const UPDATE_WHOLE: Verdict = {
  name: "update-whole",
  promise: "The chip always starts a whole image, signed by a release key, of its own board.",
  seen: (evidence) => startsOf(evidence).length,
  check: (evidence) => {
    const { updates, trial } = evidence;
    if (updates?.isBrick) return [{ at: trial.hours * HOUR, what: "there was no image to start" }];
    return startsOf(evidence).flatMap(({ at, seq, board, digest }): Breach[] => {
      if (board !== FACTORY_IMAGE.board) return [{ at, what: `image ${seq} is for ${board}` }];
      const isSigned = updates!.released.some((each) => each.digest === digest && each.isGood);
      return isSigned ? [] : [{ at, what: `nobody has signed image ${seq}` }];
    });
  },
};

export const UPDATE_FORWARD: Verdict = {
  name: "update-forward",
  promise: "No image runs that is older than one that was confirmed before.",
  seen: ({ updates }) => updates?.confirmed.length ?? 0,
  check: (evidence) =>
    startsOf(evidence).flatMap(({ at, seq }) => {
      const before = evidence.updates!.confirmed.filter((each) => each.at < at).map((each) => each.seq);
      const newest = Math.max(0, ...before);
      return seq >= newest ? [] : [{ at, what: `image ${seq} starts, and ${newest} was confirmed` }];
    }),
};

export const UPDATE_TRIED: Verdict = {
  name: "update-tried",
  promise: "An image is confirmed once its own report is at the broker, in the life of its trial, and not before.",
  seen: ({ updates }) => updates?.confirmed.length ?? 0,
  check: (evidence) =>
    (evidence.updates?.confirmed ?? []).flatMap(({ at, seq }): Breach[] => {
      const start = startsOf(evidence).findLast((each) => each.at <= at)!;
      const isTold = evidence.updates!.reports.some(
        (report) => report.state === "trial" && report.seq === seq && report.at >= start.at && report.at <= at,
      );
      return isTold && start.seq === seq ? [] : [{ at, what: `image ${seq} was confirmed without its report` }];
    }),
};

export const UPDATE_STAYS_UP: Verdict = {
  name: "update-stays-up",
  promise: "A device whose image is on trial neither sleeps nor restarts by itself.",
  seen: (evidence) => trialsOf(evidence).length,
  check: (evidence) => {
    const starts = startsOf(evidence);
    const confirmed = evidence.updates?.confirmed ?? [];
    return linesOf(evidence.log, "start").flatMap(({ at, fields: { reset } }) => {
      const before = starts.findLast((each) => each.at < at - 1 && each !== starts.findLast((last) => last.at <= at));
      if (!before?.isTrial || !MEANT.has(reset)) return [];
      const isOver = confirmed.some((each) => each.at >= before.at && each.at <= at);
      return isOver ? [] : [{ at, what: `image ${before.seq} was on trial, and the device ended by ${reset}` }];
    });
  },
};

export const UPDATE_TOLD: Verdict = {
  name: "update-told",
  promise: "What became of an image that was tried reaches the broker within six hours.",
  fromHours: 24,
  seen: (evidence) => settled(evidence).length,
  check: (evidence) =>
    settled(evidence).flatMap(({ at, seq }) => {
      const isTold = evidence.updates!.reports.some(
        (report) => report.seq === seq && ENDS.has(report.state) && report.at >= at && report.at <= at + TOLD_WITHIN,
      );
      return isTold ? [] : [{ at, what: `nothing was told of how the trial of image ${seq} ended` }];
    }),
};

/** Trials so long before the end that what became of them must have been told. */
const settled = (evidence: Evidence) =>
  trialsOf(evidence).filter(({ at }) => at < evidence.trial.hours * HOUR - TOLD_WITHIN);

export const UPDATE_BUDGET: Verdict = {
  name: "update-budget",
  promise: "No update takes more volume than is set, over all its tries and restarts.",
  seen: ({ updates }) => updates?.windows.length ?? 0,
  check: ({ updates, trial }) => {
    const most = (trial.setup.updates?.budgetKb ?? 0) * 1_000;
    const used = new Map<number, number>();
    return (updates?.windows ?? []).flatMap(({ at, seq, bytes }) => {
      const sum = (used.get(seq) ?? 0) + bytes;
      used.set(seq, sum);
      return sum <= most || sum - bytes > most ? [] : [{ at, what: `update ${seq} has taken ${sum} bytes of ${most}` }];
    });
  },
};
