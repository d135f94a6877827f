// How the process is told to end: Ctrl-C, TERM, or a reader of its output that has gone. The first signal lets the command end in
// order, a second one ends it at once.

import { EXIT } from "../output/errors.js";
import { isAlive, readersOf } from "./processes.js";

/** Exit codes as a shell has them: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
/** npm passes on to its scripts what the terminal has sent to all: so soon it is the same one. In milliseconds. */
const SAME_SIGNAL_MS = 300;
/** How often is looked whether anybody still reads our output, in milliseconds. */
const LOOK_MS = 200;
const STDOUT = 1;

/** Set to 1 for a simkey that another command has begun: that one has said that it ends, or is done. */
export const WITHIN = "SIMKEY_WITHIN";

export interface Ending {
  /** Settles at the first signal. */
  interrupted(): Promise<void>;
  /** The exit code that a signal wants; undefined: there was none. */
  code(): number | undefined;
}

/** Watches this process's signals and its output. */
export function watchForTheEnd(): Ending {
  let code: number | undefined;
  let asked = false;
  let at = 0;
  let settle = () => {};
  const interrupted = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const signalled = (signal: keyof typeof SIGNALS) => {
    if (code !== undefined && performance.now() - at < SAME_SIGNAL_MS) return;
    // Nobody waits for it: there is nothing to be ended in order.
    if (code !== undefined || !asked) process.exit(SIGNALS[signal]);
    code = SIGNALS[signal];
    at = performance.now();
    settle();
    // Behind those who were told: a prompt is taken away first.
    if (process.env[WITHIN] !== "1") queueMicrotask(() => process.stderr.write("simkey: ending…\n"));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => signalled(signal));
  watchReader();
  return {
    interrupted: () => {
      asked = true;
      return interrupted;
    },
    code: () => code,
  };
}

/** Whoever reads our output may stop reading, as `head` does: that is no error, and the end. */
function watchReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) =>
    process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed),
  );
  // Who has nothing to write hears of no EPIPE. Looked for before anything is written: none is there where this is no pipe, or
  // where its reader cannot be seen.
  let readers = readersOf(STDOUT);
  if (readers.length === 0) return;
  setInterval(() => {
    if (readers.some(isAlive)) return;
    readers = readersOf(STDOUT);
    if (readers.length === 0) process.exit(EXIT.ok);
  }, LOOK_MS).unref();
}
