// Colours of the timeline: of the time and the name of an event, never of what comes from outside.

import type { Entry } from "./entry.js";

/** SGR codes (ECMA-48 §8.3.117); the sixteen colours that each theme of a terminal has. */
const CODES = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Colour = keyof typeof CODES;

/** Names of events that stand out, whatever their level. */
const EVENTS: Readonly<Record<string, Colour>> = {
  ...{ acked: "green", connected: "green", online: "green" },
  ...{ command: "cyan", answered: "cyan", payload: "cyan", asked: "cyan" },
  ...{ failure: "red", "app-fault": "red", fault: "yellow", "backing-off": "yellow", climbing: "yellow" },
  ...{ stage: "dim", trace: "dim", waiting: "dim" },
};
const LEVELS: Readonly<Record<string, Colour>> = { error: "red", warn: "yellow" };

/** The colour of an event's name; undefined: the terminal's own. */
export function colourOf({ event, level, ok }: Entry): Colour | undefined {
  if (event === "check") return ok === true ? "green" : "red";
  return EVENTS[event] ?? LEVELS[level ?? ""];
}

export const painted = (text: string, colour: Colour | undefined) =>
  colour === undefined ? text : `\u001b[${CODES[colour]}m${text}\u001b[0m`;
