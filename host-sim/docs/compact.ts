// The keys of compact records, for docs/compact.md. The compiler sees to it that each field of a record has one.

import type { SignalFields } from "../../firmware/app/signal.js";
import { RECORD_KEYS } from "../../firmware/device/record-keys.js";
import type { TelemetryFields } from "../../firmware/device/telemetry.js";

const KEYS: { readonly [F in "seq" | "app" | keyof SignalFields | keyof TelemetryFields]: number } = RECORD_KEYS;

/** As a table in Markdown, by number. */
export function keyTable(): string {
  const sorted = Object.entries(KEYS).sort(([, a], [, b]) => a - b);
  return ["| key | field |", "|---|---|", ...sorted.map(([name, key]) => `| ${key} | \`${name}\` |`)].join("\n");
}
