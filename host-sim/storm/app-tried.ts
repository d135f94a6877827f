// How much of an app that a storm was given was put to the test: by one run, and by all of them. It is the app itself that is
// counted: what a fault did or said in its place is not.

import type { DeviceApp } from "../../firmware/compose.js";
import type { Seam } from "../desk/fault.js";
import { kindOf } from "../desk/kinds/index.js";
import type { Evidence } from "./evidence.js";
import { answersOf } from "./verdicts/answers.js";

/** How often a command was tried. */
export interface CommandTried {
  /** By the cloud, with arguments that are none too. */
  sent: number;
  /** By the app. */
  carriedOut: number;
  answered: number;
}

/** Of one run, or the sum of all. Plain data. */
export interface AppTried {
  /** Samples that the app was asked for, and those that it gave. */
  samples: number;
  sampled: number;
  /** All commands that it has. */
  commands: Readonly<Record<string, CommandTried>>;
  /** All settings that the cloud may change: how often the app was told that it had. */
  settings: Readonly<Record<string, number>>;
  /** Records that it published, and those that were kept. */
  published: number;
  kept: number;
  /** Faults of the app, and of parts on its board. */
  faults: number;
  /** Devices that commands come to, and those that have a topic for a configuration. */
  hearing: number;
  configured: number;
}

/** Something of the app that no run came to. */
export interface Untried {
  what: string;
  why: string;
}

const ITS_SEAMS: ReadonlySet<Seam> = new Set(["app", "board"]);

/** What one run has tried of an app. */
export function triedOf(evidence: Evidence, { commands = {}, settings = {} }: DeviceApp): AppTried {
  const { deeds, trial } = evidence;
  const own = deeds.filter(({ byFault }) => !byFault);
  const of = (what: string) => own.filter((deed) => deed.what === what);
  const names = new Map(evidence.commands.flatMap(({ id, cmd, own: is }) => (is ? [[id, cmd] as const] : [])));
  const sent = tally([...names.values()]);
  const carriedOut = tally(of("command").map(({ name }) => name!));
  const answered = tally(
    [...new Set(answersOf(evidence).map(({ answer }) => answer.id ?? ""))].flatMap((id) => names.get(id) ?? []),
  );
  const changed = tally(of("changed").flatMap(({ name }) => name!.split(" ")));
  const open = Object.keys(settings).filter((name) => (settings[name]!.by ?? "cloud") === "cloud");
  return {
    samples: of("sample").length,
    sampled: of("sample").filter(({ outcome }) => outcome && "good" in outcome).length,
    commands: Object.fromEntries(
      Object.keys(commands).map((name) => [
        name,
        { sent: sent(name), carriedOut: carriedOut(name), answered: answered(name) },
      ]),
    ),
    settings: Object.fromEntries(open.map((name) => [name, changed(name)])),
    published: of("publish").length,
    kept: of("publish").filter(({ kept }) => kept).length,
    faults: trial.faults.filter(({ fault }) => ITS_SEAMS.has(kindOf(fault).seam)).length,
    hearing: trial.setup.config.transport === "https" ? 0 : 1,
    configured: trial.setup.config.transport !== "https" && trial.setup.configTopic ? 1 : 0,
  };
}

/** How often a name is among some. */
function tally(names: readonly string[]): (name: string) => number {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return (name) => counts.get(name) ?? 0;
}

/** What several runs have tried of the same app. @param all one or more */
export function sumOf(all: readonly AppTried[]): AppTried {
  const sum = (pick: (tried: AppTried) => number) => all.reduce((total, tried) => total + pick(tried), 0);
  const [{ commands, settings }] = all as [AppTried];
  const command = (name: string): CommandTried => ({
    sent: sum((tried) => tried.commands[name]!.sent),
    carriedOut: sum((tried) => tried.commands[name]!.carriedOut),
    answered: sum((tried) => tried.commands[name]!.answered),
  });
  return {
    samples: sum((tried) => tried.samples),
    sampled: sum((tried) => tried.sampled),
    commands: Object.fromEntries(Object.keys(commands).map((name) => [name, command(name)])),
    settings: Object.fromEntries(Object.keys(settings).map((name) => [name, sum((tried) => tried.settings[name]!)])),
    published: sum((tried) => tried.published),
    kept: sum((tried) => tried.kept),
    faults: sum((tried) => tried.faults),
    hearing: sum((tried) => tried.hearing),
    configured: sum((tried) => tried.configured),
  };
}

/** What of an app was never tried, and why. That it publishes nothing is its own business. */
export function untriedOf({ samples, commands, settings, faults, hearing, configured }: AppTried): Untried[] {
  return [
    ...(samples === 0 ? [{ what: "its sample", why: "no record was due" }] : []),
    ...Object.entries(commands).flatMap(([name, { sent, carriedOut }]) =>
      carriedOut > 0 ? [] : [{ what: `the command ${name}`, why: whyNoCommand(sent, hearing) }],
    ),
    ...Object.entries(settings).flatMap(([name, changes]) =>
      changes > 0 ? [] : [{ what: `a change of ${name}`, why: whyNoChange(hearing, configured) }],
    ),
    ...(faults === 0 ? [{ what: "faults of the app or of its parts", why: "none was drawn" }] : []),
  ];
}

const DEAF = "with the transport https no command comes";

function whyNoCommand(sent: number, hearing: number): string {
  if (hearing === 0) return DEAF;
  return sent === 0 ? "none was sent" : `${sent} sent, none carried out`;
}

function whyNoChange(hearing: number, configured: number): string {
  if (hearing === 0) return "with the transport https no configuration comes";
  return configured === 0 ? "no device had a topic for a configuration" : "none was sent that the device took";
}
