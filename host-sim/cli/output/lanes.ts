// What a run has to say, in the lanes of desk/entry.ts: what a page and `--json` show of it.

import type { Lane, Entry as LaneEntry } from "../../desk/entry.js";
import { withoutTokens } from "../../desk/entry.js";
import type { Entry } from "./entry.js";

const LAYERS: Readonly<Record<string, Lane>> = { at: "at", mqtt: "mqtt", http: "http", cloud: "cloud" };
/** Events of the desk, as against those of the device's log. */
const OF_DESK: Readonly<Record<string, Lane>> = {
  "cloud-ready": "cloud",
  "modem-ready": "board",
  board: "board",
  fault: "fault",
  payload: "mqtt",
  check: "at",
};

/** The lane of an entry. */
export function laneOf(entry: Entry): Lane {
  if (entry.event === "trace") return LAYERS[String(entry.layer)] ?? "log";
  return OF_DESK[entry.event] ?? "log";
}

/** What it is called in its lane. */
export function nameOf({ event, direction, fault }: Entry): string {
  return event === "trace" ? String(direction) : event === "fault" ? String(fault) : event;
}

const WAYS = { tx: "up", rx: "down" } as const;

/** An entry as a page shows it. */
export function laneEntry(entry: Entry): LaneEntry {
  const { t, event, level, direction, text, layer: _, ...fields } = entry;
  const way = direction === "tx" || direction === "rx" ? { way: WAYS[direction] } : {};
  const lane = laneOf(entry);
  const told: Record<string, string | number | boolean | undefined> = {};
  for (const [name, value] of Object.entries(fields))
    told[name] = typeof value === "string" ? withoutTokens(value) : value;
  const of = told.name === undefined ? {} : { quantity: told.name };
  delete told.name;
  return {
    ...{ t, lane, name: nameOf(entry) },
    ...(level !== undefined && { level }),
    ...way,
    ...told,
    ...of,
    ...(event === "fault" && { what: "begins" }),
    ...(text !== undefined && { text: withoutTokens(String(text)) }),
  };
}
