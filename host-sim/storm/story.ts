// What happened in a run that broke a promise, as short as it can be told.

import type { LogEvent } from "../../firmware/platform/events.js";
import { faultText, timeText } from "../desk/fault.js";
import { stormCommand, toHash } from "../page/world/plan.js";
import type { Logged } from "./evidence.js";
import { HOUR_MS } from "./play-trial.js";
import type { GivenApp } from "./rig.js";
import { runTrial } from "./run-trial.js";
import { drawTrial, type Trial } from "./trial.js";
import type { Failed } from "./verdicts/index.js";

/** What is told: from so long before the breach, or from the last acknowledgement on, to so long after. */
const BEFORE_MS = 5 * 60_000;
const AFTER_MS = 60_000;
/** Lines of the log that are told at the most, the last ones; faults are told all. */
const LINES = 30;

/** Lines of the log that tell nothing here. */
const UNTOLD: ReadonlySet<string> = new Set<LogEvent>(["recorded", "acked", "phase", "command", "answered"]);
/** One that says that it goes on as before. */
const STILL = / \d+ s"?}$/;

/** What the page's address ends with, to see that run there. */
const pageOf = ({ seed, hours }: Trial, digest: string): string =>
  toHash({ plan: { kind: "storm", seed, hours, actions: [] }, untilMs: hours * HOUR_MS, digest });

/** Whether a trial is the one of its seed, nothing left out or changed. */
const isDrawn = (trial: Trial) => JSON.stringify(trial) === JSON.stringify(drawTrial(trial.seed, trial.hours));

interface Line {
  at: number;
  text: string;
  isFault: boolean;
}

/**
 * Runs the trial once more and tells what led to the first breach.
 * @param given the app that it may be of, and the options of the command that name it
 */
export async function tell(
  trial: Trial,
  failed: readonly Failed[],
  given?: { app: GivenApp; options: string },
): Promise<string> {
  const first = failed.flatMap(({ breaches }) => breaches).reduce((a, b) => (b.at < a.at ? b : a));
  const lines: Line[] = [];
  const { proofs, digest } = await runTrial(trial, {
    given: given?.app,
    onLog: (logged) => {
      if (isTold(logged)) lines.push({ at: logged.at, text: logText(logged), isFault: false });
    },
    onFault: (at, { fault, value }, what) => {
      lines.push({ at, text: `*** ${value === undefined ? fault : `${fault}=${value}`} ${what}`, isFault: true });
    },
  });
  const proof = proofs.findLast((at) => at <= first.at - BEFORE_MS) ?? 0;
  const near = lines.filter(({ at }) => at >= Math.min(proof, first.at - BEFORE_MS) && at <= first.at + AFTER_MS);
  const untold = near.filter(({ isFault }) => !isFault).length - LINES;
  let skipped = 0;
  const told = near.filter(({ isFault }) => isFault || ++skipped > untold);
  return [
    `seed ${trial.seed}, ${trial.hours} h, ${trial.faults.length} faults:`,
    ...failed.flatMap(({ verdict, promise, breaches, count }) => [
      `  ${verdict}: ${promise}`,
      ...breaches.map(({ at, what }) => `    ${timeText(at)}  ${what}`),
      ...(count > breaches.length ? [`    … and ${count - breaches.length} more`] : []),
    ]),
    `  the device: ${JSON.stringify(trial.setup)}`,
    ...told.map(({ at, text }) => `  ${timeText(at)}  ${text}`),
    ...(untold > 0 ? [`  (without ${untold} earlier lines of its log)`] : []),
    `  again: ${stormCommand(trial)}${given?.options ?? ""}`,
    ...(given === undefined && isDrawn(trial) ? [`  on the page (npm run page): #${pageOf(trial, digest)}`] : []),
    "",
  ].join("\n");
}

/** A trial's faults, a line each. */
export const scheduleText = ({ faults }: Trial): string => faults.map((fault) => `  ${faultText(fault)}\n`).join("");

const isTold = (logged: Logged) => !UNTOLD.has(logged.event) && !STILL.test(logText(logged));

function logText({ event, fields }: Logged): string {
  return Object.keys(fields).length === 0 ? event : `${event} ${JSON.stringify(fields)}`;
}
