// What the compiler would have said of an app's tables, for one that is JavaScript or not compiled: said on the desk alone, where
// whoever writes an app is, and in more words than a chip has.

import type { App, AppSetting } from "../../firmware/platform/app.js";
import { ConfigError } from "../../firmware/settings/configure.js";
import { joinedTable } from "../../firmware/settings/joined.js";
import { allowed, fits } from "../../firmware/settings/kinds.js";

type Loose = Readonly<Record<string, unknown>>;
type Rule = readonly [isWrong: (entry: Loose) => boolean, why: string];

const isLoose = (value: unknown): value is Loose => typeof value === "object" && value !== null;
const isRange = (value: unknown) =>
  Array.isArray(value) && value.length === 2 && value.every((end) => Number.isFinite(end));
const isWords = (value: unknown) => Array.isArray(value) && value.every((word) => typeof word === "string");
const saysOf = (member: string, is: (value: unknown) => boolean): Rule => [
  (entry) => Object.hasOwn(entry, member) && !is(entry[member]),
  member === "range"
    ? "must have a range of two numbers, as [0, 100]"
    : 'must have choices that are words, as ["low", "high"]',
];

const COMMON: readonly Rule[] = [
  [(entry) => !isLoose(entry), "must be an object"],
  saysOf("range", isRange),
  saysOf("choices", isWords),
];
const HELP: Rule = [({ help }) => typeof help !== "string", "must have a help, one line that says what it is"];
const SETTING: readonly Rule[] = [
  ...COMMON,
  [
    (entry) => !("range" in entry || "choices" in entry),
    'must have a range, as [0, 100], or choices, as ["low", "high"]',
  ],
  [(entry) => "range" in entry && typeof entry.unit !== "string", 'must have a unit, as "seconds" or "°C"'],
  HELP,
];
const KINDS_OF_ARGUMENTS = ["range", "choices", "boolean", "text"];
const ARGUMENT: readonly Rule[] = [
  ...COMMON,
  [
    (entry) => KINDS_OF_ARGUMENTS.filter((kind) => kind in entry).length !== 1,
    'must be one of range: [0, 100], choices: ["low", "high"], boolean: true, and text: 20',
  ],
  [
    ({ range }) => range !== undefined && !((range as number[])[0]! <= (range as number[])[1]!),
    "has no value in its range",
  ],
];
const COMMAND: readonly Rule[] = [
  [(entry) => !isLoose(entry), "must be an object"],
  HELP,
  [({ run }) => typeof run !== "function", "must have a run, which carries it out"],
];

function check(about: string, rules: readonly Rule[], entry: unknown): void {
  const broken = rules.find(([isWrong]) => isWrong(entry as Loose));
  if (broken) throw new ConfigError(`${about} ${broken[1]}`);
}

/** @throws ConfigError that names what in an app's tables is wrong, and what it may be */
export function checkApp({ settings = {}, commands = {} }: Pick<App, "settings" | "commands">): void {
  for (const [name, setting] of Object.entries(settings)) {
    const about = `the app's setting "${name}"`;
    check(about, SETTING, setting);
    checkDefault(about, name, setting);
  }
  for (const [name, command] of Object.entries(commands)) {
    check(`the app's command "${name}"`, COMMAND, command);
    for (const [arg, said] of Object.entries(command.args ?? {})) {
      check(`the app's command "${name}": its argument "${arg}"`, ARGUMENT, said);
    }
  }
}

function checkDefault(about: string, name: string, said: AppSetting): void {
  // With a default that it may have, as the device has it in its table.
  const proper = "choices" in said ? said.choices[0] : said.range[0];
  const setting = joinedTable({ [name]: { ...said, default: proper } as AppSetting })[name as never];
  if (setting === undefined || fits(setting, said.default)) return;
  throw new ConfigError(`${about} has the default ${JSON.stringify(said.default)}, and must be ${allowed(setting)}`);
}
