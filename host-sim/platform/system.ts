// Random numbers and the log on Node.

import { getRandomValues } from "node:crypto";
import type { Log, LogLevel, Random } from "../../firmware/platform/system.js";

/** Most bytes one call of getRandomValues gives. */
const RANDOM_LIMIT = 65_536;

/** Node's cryptographic source. */
export const nodeRandom: Random = (into) => {
  for (let at = 0; at < into.length; at += RANDOM_LIMIT) getRandomValues(into.subarray(at, at + RANDOM_LIMIT));
};

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * A log of lines for people: `<level> <event> <field>=<value>…`.
 * @param write takes each line, without its end
 * @param least lines below this level are left out
 */
export function lineLog(write: (line: string) => void, least: LogLevel = "info"): Log {
  return (level, event, fields = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
    write([level, event, ...shown.map(([name, value]) => `${name}=${value}`)].join(" "));
  };
}
