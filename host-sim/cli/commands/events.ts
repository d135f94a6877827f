// `simkey events`: what a device says in its log, and what that means.

import type { LogEvent } from "../../../firmware/platform/events.js";
import { EVENTS } from "../../docs/events.js";
import { UsageError } from "../output/errors.js";
import { meant } from "../parts/nearest.js";
import type { Surroundings } from "../parts/surroundings.js";

/** @throws UsageError for a name that no event has */
export function eventsCommand(name: string | undefined, around: Surroundings): void {
  if (name !== undefined && !isEvent(name))
    throw new UsageError(`no event is called "${name}"${meant(name, Object.keys(EVENTS))}; simkey events lists all`);
  const names = name === undefined ? (Object.keys(EVENTS) as LogEvent[]) : [name];
  around.stdout(names.map((each) => `${textOf(each, name !== undefined)}\n`).join(""));
}

const isEvent = (name: string): name is LogEvent => Object.hasOwn(EVENTS, name);

function textOf(name: LogEvent, whole: boolean): string {
  const { means, fields } = EVENTS[name];
  const line = `  ${name.padEnd(22)} ${means}`;
  if (!whole) return line;
  return [line, ...Object.entries(fields).map(([field, what]) => `    ${field.padEnd(20)} ${what}`)].join("\n");
}
