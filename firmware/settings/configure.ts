// A complete configuration from what somebody gave.

import { Failure } from "../platform/failure.js";
import { allowed, fits, type Setting } from "./kinds.js";
import { conflictOf } from "./rules.js";
import { type Config, isSetting, SETTINGS, type Table } from "./table.js";

/** A setting that is missing, unknown or out of range. Nothing but a person can mend it. */
export class ConfigError extends Failure {
  constructor(message: string) {
    super("config", message, "give-up");
  }
}

/**
 * A complete configuration from a partial one.
 * @param given settings by name, as read from a file or built by a composition root; unknown names are refused
 * @param table the settings that there are; left out: those of a device without an app
 * @throws ConfigError that names the setting and what is allowed, or what does not go together
 */
export function configure(given: Readonly<Record<string, unknown>> = {}, table: Table = SETTINGS): Config {
  for (const name of Object.keys(given)) {
    if (!isSetting(name, table)) {
      throw new ConfigError(`unknown setting "${name}"; known: ${Object.keys(table).join(", ")}`);
    }
  }
  const config: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting>(table)) {
    const asked = given[name];
    if (asked !== undefined && !fits(setting, asked)) throw new ConfigError(refusalOf(name, setting));
    config[name] = asked === undefined ? setting.default : asked;
  }
  const conflict = conflictOf(config as Config);
  if (conflict !== undefined) throw new ConfigError(conflict);
  return config as Config;
}

/** What is said of a setting that was given another value than it may have. */
export function refusalOf(name: string, setting: Setting): string {
  return `setting "${name}" must be ${allowed(setting)}`;
}

/**
 * The same for a safe start: with a session of its own. What the broker keeps for the persistent one is thrown away by that, and
 * with it the message that may be what kills the device whenever it comes. And without looking for its position, and with no TLS
 * session of an earlier life.
 */
export function safeConfig(config: Config): Config {
  return { ...config, session: "clean", positionS: 0, tlsSessions: "off" };
}
