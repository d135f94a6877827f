// The terminal that this process writes to.

import type { Screen } from "./surroundings.js";

/** Columns where the terminal does not tell. */
const USUAL = 80;

/** @param process whose stdout is a terminal. Colours: unless NO_COLOR (no-color.org) or a dumb terminal says otherwise. */
export function screenOf({ stdin, stdout, env }: Pick<NodeJS.Process, "stdin" | "stdout" | "env">): Screen {
  const dumb = env.TERM === "dumb";
  return {
    columns: () => stdout.columns || USUAL,
    colour: !dumb && (env.NO_COLOR ?? "") === "",
    ...(stdin.isTTY && !dumb && { typed: stdin }),
  };
}
