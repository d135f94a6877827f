// The device's table of settings with those of its app behind it: one table to all who read or write a setting.

import type { App, AppSetting, AppSettings } from "../platform/app.js";
import { ConfigError } from "./configure.js";
import { fits, type Setting } from "./kinds.js";
import { isSetting, SETTINGS, type SettingName, type Table } from "./table.js";

/** Most settings of an app, and characters of a name and of a word to choose: a report of all of them is of bounded length. */
export const APP_SETTINGS_MOST = 12;
export const APP_NAME_CHARACTERS = 24;

/** An app that names no setting which the device has: anything else does not compile. */
export interface JoinableApp extends App {
  readonly settings?: AppSettings & { readonly [N in SettingName]?: never };
}

const isName = (name: string) => name.length <= APP_NAME_CHARACTERS && /^[A-Za-z][A-Za-z0-9]*$/.test(name);
/** What can be typed at the console as one word. */
const isWord = (word: string) => word.length <= APP_NAME_CHARACTERS && /^[!-~]+$/.test(word);

/** What is wrong with a setting of an app; checked in this order. */
const RULES: readonly [isWrong: (setting: AppSetting) => boolean, why: string][] = [
  [(setting) => "range" in setting && !(setting.range[0] <= setting.range[1]), "has no value in its range"],
  [
    (setting) => "choices" in setting && !(setting.choices.length > 0 && setting.choices.every(isWord)),
    `must have choices of at most ${APP_NAME_CHARACTERS} characters, without blanks`,
  ],
  [(setting) => !fits(settingOf(setting), setting.default), "has a default that it may not have"],
];

/**
 * The table of a device with an app.
 * @param app what it exports as `settings`; left out: the device's own table
 * @throws ConfigError for a name that the device has already or that is none, and for a setting that contradicts itself
 */
export function joinedTable(app: AppSettings = {}): Table {
  const own = Object.entries(app);
  if (own.length === 0) return SETTINGS;
  if (own.length > APP_SETTINGS_MOST) throw new ConfigError(`an app has at most ${APP_SETTINGS_MOST} settings`);
  const table: Record<string, Setting> = { ...SETTINGS };
  for (const [name, setting] of own) {
    const about = `the app's setting "${name}"`;
    if (isSetting(name)) throw new ConfigError(`${about} exists already: the device has one of this name`);
    if (!isName(name)) {
      throw new ConfigError(`${about} must have a name of at most ${APP_NAME_CHARACTERS} letters and digits`);
    }
    const broken = RULES.find(([isWrong]) => isWrong(setting));
    if (broken) throw new ConfigError(`${about} ${broken[1]}`);
    table[name] = settingOf(setting);
  }
  return table;
}

/** A setting of an app as the table has it. */
function settingOf(setting: AppSetting): Setting {
  const { help, by = "cloud", secret } = setting;
  const common = { help, by, ...(secret && { secret }) };
  if ("choices" in setting) return { kind: "choice", words: setting.choices, default: setting.default, ...common };
  const { range, unit, default: value, fractions } = setting;
  return { kind: fractions ? "decimal" : "number", range, unit, default: value, ...common };
}

/**
 * The values of an app's settings.
 * @param given a configuration; what it does not say or says wrong is the default
 */
export function valuesFor(app: AppSettings = {}, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(app)) {
    const value = given[name];
    values[name] = fits(settingOf(setting), value) ? value : setting.default;
  }
  return values;
}
