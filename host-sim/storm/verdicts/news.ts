// The promise about news: a record that is to be told at once wakes a modem that rests until others are gathered.

import { restsBetween } from "../../../firmware/settings/rules.js";
import { type Evidence, linesOf } from "../evidence.js";
import { byLife, livesOf } from "../lives.js";
import { told } from "./fields.js";
import type { Verdict } from "./verdict.js";

const SECOND = 1_000;
/** How soon the device is awake behind a record with news, in milliseconds. */
const WAKES_WITHIN = SECOND;

export const NEWS_WAKES: Verdict = {
  name: "news-wakes",
  promise: "Where records are gathered, one that has news (`sendAtOnceWhen`) wakes a device that sleeps at once.",
  seen: (evidence) => newsAsleep(evidence).length,
  check: (evidence) =>
    newsAsleep(evidence).flatMap(({ at, isSo, awake }) => {
      const since = awake - at;
      if (since <= WAKES_WITHIN) return [];
      return [{ at, what: `it became ${isSo}, and the device slept on for ${(since / SECOND).toFixed(0)} s` }];
    }),
};

interface News {
  at: number;
  isSo: boolean;
  /** When the device was no longer asleep, or its life ended. */
  awake: number;
}

/** News that came while the device slept. A chip that sleeps deeply begins a life with each record: it is not looked at. */
function newsAsleep(evidence: Evidence): News[] {
  const { power, recordsPerWake = 1, sendAtOnceWhen } = evidence.trial.setup.config;
  if (sendAtOnceWhen === undefined || recordsPerWake <= 1 || !restsBetween(power)) return [];
  if (evidence.trial.setup.deepSleep) return [];
  const [, name = "", sign, limit] = /^(\w+)([<>])(.+)$/.exec(sendAtOnceWhen)!;
  const holds = (value: number) => (sign === ">" ? value > Number(limit) : value < Number(limit));
  const lives = livesOf(evidence);
  const moments = [
    ...told(evidence)
      .filter(({ record }) => !record.found)
      .map(({ record, fields }) => ({ at: record.keptAt!, value: numberIn(fields, name) })),
    // What it said is not known.
    ...linesOf(evidence.log, "not-recorded").map(({ at }) => ({ at, value: Number.NaN })),
  ].sort((a, b) => a.at - b.at);
  const said = byLife(moments, ({ at }) => at, lives);
  const phases = byLife(linesOf(evidence.log, "phase"), ({ at }) => at, lives);
  return lives.flatMap(({ until }, i) => {
    let before: boolean | undefined = false;
    return said[i]!.flatMap(({ at, value }): News[] => {
      if (value === undefined) return [];
      const isSo = Number.isNaN(value) ? undefined : holds(value);
      const isNews = isSo !== undefined && before !== undefined && isSo !== before;
      before = isSo;
      const last = phases[i]!.findLastIndex((line) => line.at < at);
      if (!isNews || phases[i]![last]?.fields.phase !== "asleep") return [];
      return [{ at, isSo, awake: phases[i]![last + 1]?.at ?? until }];
    });
  });
}

/** The app's number counts where it has one. */
function numberIn(fields: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const { app } = fields as { app?: Readonly<Record<string, unknown>> };
  return [app?.[name], fields[name]].find((value) => typeof value === "number");
}
