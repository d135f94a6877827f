// The terminal that this process writes to.

import type { Screen } from "./surroundings.js";

/** Columns where the terminal does not tell. */
const USUAL = 80;

/** @param process whose stdout is a terminal. Colours: unless NO_COLOR (no-color.org) or a dumb terminal says otherwise. */
export function screenOf(process: NodeJS.Process): Screen {
  const { stdin, stdout, env } = process;
  const dumb = env.TERM === "dumb";
  return {
    columns: () => stdout.columns || USUAL,
    colour: !dumb && (env.NO_COLOR ?? "") === "",
    ...(stdin.isTTY &&
      !dumb && { typed: { input: stdin, output: stdout, interrupt: () => void process.kill(process.pid, "SIGINT") } }),
  };
}
