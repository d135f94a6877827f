// Promises about an app of the device's own: what it says is told as it said it, or what went wrong; what it keeps is kept;
// what it does, or does not do, costs nothing else. What it said was heard where the device asks it (../../desk/app-tap.ts).

import type { AppDeed } from "../../desk/app-tap.js";
import { endOf, type Seam } from "../../desk/fault.js";
import { kindOf } from "../../desk/kinds/index.js";
import { DEFAULT_SIM, iccidOf } from "../../world/sims.js";
import { type Evidence, linesOf } from "../evidence.js";
import type { RecordLife } from "../ledger.js";
import { livesOf } from "../lives.js";
import type { Heard } from "../wire.js";
import { answersOf } from "./answers.js";
import { told } from "./fields.js";
import { isMeant } from "./recovery.js";
import { wasTrial } from "./updates.js";
import type { Breach, Verdict } from "./verdict.js";

const SECOND = 1_000;
const OWN = iccidOf(DEFAULT_SIM);
const TELEMETRY = `${OWN}/telemetry`;
const BELOW = `${TELEMETRY}/`;
/** How long a sample and a command are waited for, in milliseconds; what the quartz may be off is let pass. */
const WAITS = { sample: 5 * SECOND + 50, command: 10 * SECOND + 50 } as const;
/** A life may have ended in that time, and its board been dark for ten minutes. */
const DARK = 620 * SECOND;
/** Records of the app's own: so many at once, then one each so many milliseconds. */
const AT_ONCE = 10;
const THEN_EACH = 10 * SECOND;

/** Records that are looked back at: more than a bucket that is refilled for an hour. */
const MOST_KEPT = 400;

type Json = Record<string, unknown>;
/** The same members, and in the same order. */
const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
type Fields = Json & { app?: Json; safe?: true };

interface Written {
  record: RecordLife;
  at: number;
  fields: Fields;
}

/** Records on a topic, with what they say, in the order in which they were written; not those that a start found. */
function written(evidence: Evidence, isIt: (topic: string) => boolean): Written[] {
  return told(evidence, true)
    .filter(({ record: { topic, found } }) => isIt(topic) && !found)
    .map(({ record, fields }) => ({ record, at: record.keptAt!, fields: fields as Fields }));
}

/** Finds the life of a time. */
function lifeAt({ boots }: Pick<Evidence, "boots">) {
  return (at: number) => boots.findLastIndex((boot) => boot <= at) + 1;
}

/** Deeds of one kind, by life. */
function byLife({ deeds }: Evidence, what: AppDeed["what"]): Map<number, AppDeed[]> {
  const lives = new Map<number, AppDeed[]>();
  for (const deed of deeds) {
    if (deed.what !== what) continue;
    const those = lives.get(deed.life);
    if (those === undefined) lives.set(deed.life, [deed]);
    else those.push(deed);
  }
  return lives;
}

/** The samples that were under way at a time, or done then; to be asked for ever later times. */
function underWay(deeds: readonly AppDeed[]): (at: number) => readonly AppDeed[] {
  const samples = deeds.filter(({ what }) => what === "sample");
  let begun = 0;
  let open: AppDeed[] = [];
  return (at) => {
    while (begun < samples.length && samples[begun]!.at <= at) open.push(samples[begun++]!);
    open = open.filter(({ doneAt = at }) => doneAt >= at).slice(-MOST_OPEN);
    return open;
  };
}
/** Those that never settle are of earlier lives, but for the last. */
const MOST_OPEN = 16;

/** The first of some times, in their order, that is not before a time; to be asked for ever later ones. */
function firstFrom(times: readonly number[]): (at: number) => number {
  let next = 0;
  return (at) => {
    while (next < times.length && times[next]! < at) next++;
    return times[next] ?? Number.POSITIVE_INFINITY;
  };
}

/** Whether a life may have ended between two times. */
const mayHaveDied = ({ boots, trial }: Evidence, from: number, to: number): boolean =>
  to >= trial.hours * 3_600 * SECOND || boots.some((boot) => boot > from && boot <= to + DARK);

const notRecorded = ({ log }: Evidence, from: number, to: number): boolean =>
  linesOf(log, "not-recorded").some(({ at }) => at >= from && at <= to);

const isError = (app: Json | undefined) => typeof app?.error === "string" && app.error !== "";

export const APP_TOLD: Verdict = {
  name: "app-told",
  promise:
    "A record says what the app sampled, as it did, or what went wrong with that; no sample is waited for longer than 5 s.",
  needs: "app",
  seen: ({ deeds }) => deeds.filter(({ what }) => what === "sample").length,
  check: (evidence) => {
    const life = lifeAt(evidence);
    const samplesUnder = underWay(evidence.deeds);
    const starts = byLife(evidence, "start");
    const those = evidence.deeds.length === 0 ? [] : written(evidence, (topic) => topic === TELEMETRY);
    const wrong = those.flatMap(({ record, at, fields: { app, safe } }): Breach[] => {
      if (safe) return app === undefined ? [] : [{ at, what: "a safe start has an app" }];
      const threw = starts.get(life(at))?.some((start) => start.at === at && threwOf(start) !== undefined);
      const under = samplesUnder(at).filter((each) => each.life === life(at));
      if ((threw && isError(app)) || under.some((sample) => tells(app, sample, at))) return [];
      const last = under.at(-1);
      const what = last === undefined ? "nobody asked it" : `it came to ${JSON.stringify(last.outcome)}`;
      return [{ at, what: `record ${record.sequence} says of the app ${JSON.stringify(app)}; ${what}` }];
    });
    const next = firstFrom(those.map(({ at }) => at));
    const late = evidence.deeds.flatMap(({ what, at, doneAt }) => {
      if (what !== "sample") return [];
      const until = Math.min(doneAt ?? Number.POSITIVE_INFINITY, at + WAITS.sample);
      if (next(at) <= until || mayHaveDied(evidence, at, until) || notRecorded(evidence, at, until)) return [];
      return [{ at, what: "a sample was asked for, and no record came of it" }];
    });
    return [...wrong, ...late];
  },
};

const threwOf = ({ outcome }: AppDeed) => (outcome && "threw" in outcome ? outcome : undefined);

/** Whether a record's `app` is what comes of a sample. */
function tells(app: Json | undefined, { doneAt, outcome }: AppDeed, at: number): boolean {
  if (doneAt !== at || outcome === undefined) return isError(app);
  if ("good" in outcome) return isSame(app ?? {}, JSON.parse(outcome.good));
  return "nothing" in outcome ? app === undefined : isError(app);
}

export const APP_ANSWERED: Verdict = {
  name: "app-answered",
  promise:
    "A command of the app is carried out no more often than it came, with good arguments, and is answered within 10 s with what it came to.",
  needs: "app-commands",
  seen: ({ deeds }) => deeds.filter(({ what, outcome }) => what === "command" && outcome !== undefined).length,
  check: (evidence) => {
    const own = new Map(evidence.commands.flatMap((command) => (command.own ? [[command.id, command]] : [])));
    const heard = evidence.heard.flatMap(({ at, text, retained, topic }) => {
      if (retained || !topic.startsWith(`${OWN}/commands/`)) return [];
      const command = own.get((JSON.parse(text) as { id: string }).id);
      return command ? [{ at, command }] : [];
    });
    const runs = evidence.deeds.filter(({ what }) => what === "command");
    const came = new Map<string, number>();
    for (const { at, command } of heard)
      if (!command.own!.wrong) came.set(`${command.cmd} ${at}`, (came.get(`${command.cmd} ${at}`) ?? 0) + 1);
    const often = runs.flatMap(({ name, at }) => {
      const left = (came.get(`${name} ${at}`) ?? 0) - 1;
      came.set(`${name} ${at}`, left);
      return left >= 0 ? [] : [{ at, what: `${name} was carried out, and nobody asked for it` }];
    });
    const answers = answersOf(evidence).flatMap(({ record, answer }) => {
      const command = own.get(answer.id ?? "");
      return command ? [{ at: record.keptAt!, record, answer, command }] : [];
    });
    const unsaid = new Set(runs);
    const life = lifeAt(evidence);
    const wrong = answers.flatMap(({ at, record, answer, command: { id, cmd, own: how } }) => {
      if (record.found || answer.error === "busy" || answer.error === "unknown-command") return [];
      if (how!.wrong && answer.error === "bad-argument") return [];
      const asked = heard.filter(({ command }) => command.id === id).map((each) => each.at);
      if (answer.error === "failed" && asked.includes(at) && threwAtStart(evidence, at)) return [];
      const run = [...unsaid].find((each) => {
        const waited = at - each.at;
        return (
          each.name === cmd &&
          each.life === life(at) &&
          asked.includes(each.at) &&
          waited >= 0 &&
          waited <= WAITS.command &&
          fits(each, answer, at)
        );
      });
      if (run) unsaid.delete(run);
      return run ? [] : [{ at, what: `command ${id} (${cmd}) was answered with ${record.text}` }];
    });
    const silent = [...unsaid].flatMap(({ name, at, doneAt }) => {
      const until = Math.min(doneAt ?? Number.POSITIVE_INFINITY, at + WAITS.command);
      if (mayHaveDied(evidence, at, until) || notRecorded(evidence, at, until)) return [];
      return [{ at, what: `${name} was carried out, and not answered by ${(until / SECOND).toFixed(1)} s` }];
    });
    return [...often, ...wrong, ...silent];
  },
};

/** Whether the app could not start, so that no command of its own was carried out. */
const threwAtStart = ({ deeds }: Evidence, at: number): boolean =>
  deeds.some((deed) => deed.what === "start" && deed.at === at && threwOf(deed) !== undefined);

/** Whether an answer is what comes of a run of its command. */
function fits({ doneAt, outcome }: AppDeed, { id: _, ok, ...said }: Json, at: number): boolean {
  if (doneAt !== at || outcome === undefined) return ok === false && said.error === "failed";
  if ("good" in outcome) return ok === true && isSame(said, JSON.parse(outcome.good));
  if ("nothing" in outcome) return ok === true && Object.keys(said).length === 0;
  const { code = "failed" } = outcome as { code?: string };
  return ok === false && said.error === code;
}

export const APP_PUBLISHED: Verdict = {
  name: "app-published",
  promise:
    "What the app publishes is a record of its own, to the byte, or it is told no: for more than ten at once, then one each 10 s, and for what is none.",
  needs: "app",
  seen: ({ deeds }) => deeds.filter(({ what }) => what === "publish").length,
  check: (evidence) => {
    const life = lifeAt(evidence);
    const waiting = new Map<string, Written[]>();
    for (const each of written(evidence, (topic) => topic.startsWith(BELOW))) {
      const key = `${each.record.topic} ${each.at}`;
      waiting.set(key, [...(waiting.get(key) ?? []), each]);
    }
    const kept: { at: number; life: number }[] = [];
    const breaches = evidence.deeds.flatMap(({ what, at, life: of, name, outcome, kept: isKept }): Breach[] => {
      if (what !== "publish") return [];
      const isGood = outcome !== undefined && "good" in outcome;
      if (!isKept) {
        if (!isGood || isExcused(evidence, at, of, kept)) return [];
        return [{ at, what: `${name} was refused, and nothing stood against it` }];
      }
      const key = `${BELOW}${name} ${at}`;
      const [record, ...others] = waiting.get(key) ?? [];
      waiting.set(key, others);
      const before = kept.slice(-MOST_KEPT).filter((each) => each.life === of);
      kept.push({ at, life: of });
      // One more may be in the bucket by what the quartz is off.
      const since = before.find((each, i) => before.length + 1 - i > AT_ONCE + 1 + (at - each.at) / THEN_EACH);
      if (since) return [{ at, what: `more than ${AT_ONCE} records since ${since.at / SECOND} s` }];
      if (!isGood) return [{ at, what: `what is none was taken as a record on ${name}` }];
      if (record === undefined) return [{ at, what: `${name} was said to be kept, and there is no such record` }];
      const { app } = record.fields;
      return isSame(app, JSON.parse(outcome.good))
        ? []
        : [{ at, what: `record ${record.record.sequence} on ${name} says ${JSON.stringify(app)}` }];
    });
    const strays = [...waiting.values()].flat().map(({ at, record: { topic, sequence } }) => ({
      at,
      what: `record ${sequence} on ${topic}, which the app of life ${life(at)} did not publish`,
    }));
    return [...breaches, ...strays];
  },
};

/** Whether a good record of the app's may have been refused. */
function isExcused(
  evidence: Evidence,
  at: number,
  life: number,
  kept: readonly { at: number; life: number }[],
): boolean {
  const { trial, log, boots, records, vanished } = evidence;
  const lately = kept.slice(-MOST_KEPT).filter((each) => each.life === life && at - each.at <= AT_ONCE * THEN_EACH);
  if (lately.length >= AT_ONCE - 1 || (trial.setup.config.dataBudgetKbPerDay ?? 0) > 0) return true;
  // The first connection of a life brings its first record.
  const from = boots[life - 1]!;
  const spoken = [...records.values(), ...vanished].some(
    ({ topic, keptAt }) => topic === TELEMETRY && keptAt !== undefined && keptAt >= from && keptAt < at,
  );
  const stopped = linesOf(log, "phase").findLast((line) => line.at <= at)?.fields.phase === "stopped";
  return !spoken || stopped || notRecorded(evidence, at, at) || mayHaveDied(evidence, at, at);
}

export const APP_SETTINGS: Verdict = {
  name: "app-settings",
  promise: "The app sees its settings as they were built in, or as the last configuration that was obeyed has them.",
  needs: "app",
  seen: ({ deeds }) => new Set(deeds.map(({ life, settings }) => `${life} ${settings}`)).size,
  check: (evidence) => {
    const { deeds, heard, log, trial } = evidence;
    const [first] = deeds;
    if (first === undefined) return [];
    const built = { ...(JSON.parse(first.settings) as Json), ...onlyOf(trial.setup.appSettings, first) };
    const said = new Set(heard.filter(({ topic }) => topic === `${OWN}/config`));
    const { telemetryIntervalS: usual } = trial.setup.config;
    const obeyed = linesOf(log, "configured").map(({ at, fields }) => {
      // Several may come in one moment, and not all are obeyed.
      const isIt = (each: Heard) => {
        const { telemetryIntervalS = usual } = JSON.parse(each.text || "{}") as Json;
        return each.at === at && telemetryIntervalS === fields.telemetryIntervalS;
      };
      const one = [...said].find(isIt);
      if (one) said.delete(one);
      return { at, values: { ...built, ...onlyOf(JSON.parse(one?.text || "{}") as Json, first) } };
    });
    const lives = livesOf(evidence);
    return deeds.flatMap(({ at, what, life, settings }) => {
      const { from } = lives[life - 1]!;
      const before = obeyed.findLast((each) => each.at < at && each.at >= from)?.values ?? built;
      // What was obeyed in this very moment may come before it or behind it.
      const possible = [before, ...obeyed.flatMap((each) => (each.at === at ? [each.values] : []))];
      const seen = JSON.parse(settings) as Json;
      if (possible.some((each) => isSame(each, seen))) return [];
      return [{ at, what: `${what}: it sees ${settings}, and they are ${JSON.stringify(before)}` }];
    });
  },
};

/** Those of the settings that are the app's. */
function onlyOf(settings: Readonly<Json>, { settings: seen }: AppDeed): Json {
  const own = new Set(Object.keys(JSON.parse(seen) as Json));
  return Object.fromEntries(Object.entries(settings).filter(([name]) => own.has(name)));
}

/** Seams whose faults end a life. */
const ENDING: ReadonlySet<Seam> = new Set(["chip", "flash"]);
/** A start comes so long behind what ended the life before, at the most, in milliseconds. */
const STARTS_WITHIN = 5 * SECOND;

export const APP_HARMLESS: Verdict = {
  name: "app-harmless",
  promise: "Whatever an app does, or does not do, its device does not restart by it.",
  needs: "app",
  seen: ({ trial }) => trial.faults.filter(({ fault }) => HARM.has(kindOf(fault).seam)).length,
  check: (evidence) => {
    const { log, trial, deeds } = evidence;
    const causes = trial.faults.filter(({ fault }) => ENDING.has(kindOf(fault).seam));
    if (deeds.length === 0) return [];
    return linesOf(log, "start").flatMap(({ at, fields: { reset } }) =>
      isMeant(reset) ||
      wasTrial(evidence, at) ||
      causes.some((fault) => fault.at <= at && at <= endOf(fault) + STARTS_WITHIN)
        ? []
        : [{ at, what: `a start by ${reset}, and nothing from outside had ended the life before` }],
    );
  },
};

const HARM: ReadonlySet<Seam> = new Set(["app", "board"]);
