// `simkey run --watch`: the run in a process of its own, begun anew whenever a source of the project is saved. As a chip that is
// flashed anew: what ran before is gone at once, and only --state outlives it.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { WITHIN } from "../parts/ending.js";
import { watchSources } from "../parts/sources.js";
import type { Surroundings } from "../parts/surroundings.js";

const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));
/** A file is often written in several steps, in milliseconds. */
const SETTLED_MS = 150;
/** It goes on until it is told to end. */
const ENDLESS = ["--messages", "1000000", "--timeout", "864000"];

/** @param args behind `simkey run`, without --watch */
export async function watchRun(folder: string, args: readonly string[], around: Surroundings): Promise<void> {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    const begun = spawn(process.execPath, [MAIN, "run", ...ENDLESS, ...args], {
      cwd: folder,
      // Ctrl-C at the terminal is told to both.
      env: { ...around.env, [WITHIN]: "1" },
      // No prompt: the terminal must not be left in raw mode by one that is killed.
      stdio: ["ignore", "inherit", "inherit"],
    });
    child = begun;
    begun.once("exit", () => {
      if (child === begun) around.stderr("simkey: it has ended; it begins again when a file is saved\n");
    });
  };
  const unwatch = watchSources(folder, (path) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      around.stderr(`simkey: ${path} was saved\n`);
      const before = child;
      child = undefined;
      before?.kill("SIGKILL");
      begin();
    }, SETTLED_MS);
  });
  begin();
  await around.interrupted;
  unwatch();
  clearTimeout(timer);
  const last = child;
  child = undefined;
  last?.kill("SIGKILL");
}
