// Settings of the device from a JSON file.

import { isJsonObject, type JsonValue } from "../../../firmware/bytes/json.js";
import { readNamedFile, UsageError } from "../output/errors.js";

/** The object in a file that `--config` named. @throws UsageError when it can't be read or is no JSON object */
export function readSettings(path: string): Record<string, unknown> {
  let settings: JsonValue;
  try {
    settings = JSON.parse(readNamedFile(path, "--config"));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${path} is not JSON: ${error.message}`);
    throw error;
  }
  if (!isJsonObject(settings)) throw new UsageError(`${path} must hold a JSON object with settings`);
  return settings;
}
