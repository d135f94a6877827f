// The settings of a device on a desk: a name that there is not is told with what may be meant.

import { configure } from "../../../firmware/settings/configure.js";
import type { Config, Table } from "../../../firmware/settings/table.js";
import { UsageError } from "../output/errors.js";
import { meant } from "./nearest.js";

/**
 * As `configure`.
 * @throws UsageError for an unknown name; ConfigError for a value that is none
 */
export function configured(given: Readonly<Record<string, unknown>>, table: Table): Config {
  const known = Object.keys(table);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`unknown setting "${unknown}"${meant(unknown, known)}; simkey settings shows all`);
  }
  return configure(given, table);
}
