// Settings that somebody stored on the device, in front of those that it was built with: one JSON object in the key-value
// store. A stored setting that is none, or is no longer allowed, is left out and said to be: a device in the field must start.

import { type JsonRead, readJson } from "../bytes/json.js";
import { encodeUtf8 } from "../bytes/utf8.js";
import type { Log } from "../platform/events.js";
import type { KeyValue } from "../platform/storage.js";
import { ConfigError, configure, refusalOf } from "../settings/configure.js";
import { fits, parse } from "../settings/kinds.js";
import { conflictOf, type SleepTimes } from "../settings/rules.js";
import {
  type Config,
  isSetting,
  mayChange,
  namesIn,
  SETTING_NAMES,
  SETTINGS,
  type Table,
  valueFor,
} from "../settings/table.js";

/** Name in the key-value store. */
export const SETTINGS_KEY = "settings";
/** Most bytes of what is stored. */
export const SETTINGS_LIMIT = 2048;
/** What counts where nobody says anything. Not a whole configuration: what is built in may be wrong, and is to be mended here. */
const DEFAULTS: SleepTimes = {
  power: SETTINGS.power.default,
  psmPeriodS: SETTINGS.psmPeriodS.default,
  telemetryIntervalS: SETTINGS.telemetryIntervalS.default,
};

/**
 * What is stored, by name; none of it is checked but that it is JSON.
 * @param table the settings that there are; left out: those of a device without an app
 * @param onOther told the names of what is stored and is no setting
 * @param onBad told that what is stored cannot be read, and counts as nothing
 */
export function storedSettings(
  store: KeyValue,
  table: Table = SETTINGS,
  onOther?: (name: string) => void,
  onBad?: () => void,
): JsonRead<typeof SETTING_NAMES> {
  const bytes = store.read(SETTINGS_KEY);
  if (bytes === undefined) return {};
  try {
    const names = table === SETTINGS ? SETTING_NAMES : namesIn(table, Object.keys(table));
    return readJson(bytes, names, { bytes: SETTINGS_LIMIT, depth: 2 }, onOther);
  } catch {
    onBad?.();
    return {};
  }
}

/**
 * Stores a setting, or takes it away; it counts from the next start on. What is stored composes: it is checked with all others.
 * @param text as somebody typed it; undefined: the setting is taken away
 * @param built settings that the device was built with
 * @param table as above
 * @throws ConfigError that says what is allowed, or that only the build may change the setting
 */
export function storeSetting(
  store: KeyValue,
  name: string,
  text: string | undefined,
  built: Readonly<Record<string, unknown>> = {},
  table: Table = SETTINGS,
): void {
  if (!isSetting(name, table)) {
    throw new ConfigError(`there is no such setting; known: ${Object.keys(table).join(", ")}`);
  }
  const { [name]: _, ...others } = storedSettings(store, table);
  const settings: Record<string, unknown> = others;
  if (text !== undefined) {
    if (!mayChange("console", name, table)) {
      throw new ConfigError(`setting "${name}" is fixed when the firmware is built, and cannot be changed here`);
    }
    const value = valueFor(name, parse(table[name]!, text), table);
    if (value === undefined) throw new ConfigError(refusalOf(name, table[name]!));
    settings[name] = value;
  }
  const bytes = encodeUtf8(JSON.stringify(settings));
  if (bytes.length > SETTINGS_LIMIT) throw new ConfigError(`the settings take more than ${SETTINGS_LIMIT} bytes`);
  const conflict = conflictOf({ ...DEFAULTS, ...overlaid(built, settings, () => {}, table) });
  if (conflict !== undefined) throw new ConfigError(conflict);
  store.write(SETTINGS_KEY, bytes);
}

/** Settings over those that were built in; what is stored and is none any more is left out. */
function overlaid(
  built: Readonly<Record<string, unknown>>,
  stored: Readonly<Record<string, unknown>>,
  onIgnored: (name: string) => void,
  table: Table,
): Record<string, unknown> {
  const good: Record<string, unknown> = { ...built };
  for (const [name, value] of Object.entries(stored)) {
    const isGood = isSetting(name, table) && mayChange("console", name, table) && fits(table[name]!, value);
    if (isGood) good[name] = value;
    else onIgnored(name);
  }
  return good;
}

/**
 * The device's configuration.
 * @param built settings that it was built with
 * @param table as above
 * @throws ConfigError for one of these
 */
export function storedConfig(
  store: KeyValue,
  built: Readonly<Record<string, unknown>>,
  log: Log,
  table: Table = SETTINGS,
): Config {
  const ignored = (name: string) => log("warn", "setting-ignored", { name });
  const bad = () =>
    log("error", "settings-left-out", { message: "what is stored is no JSON of settings; set them anew" });
  return configure(overlaid(built, storedSettings(store, table, ignored, bad), ignored, table), table);
}
