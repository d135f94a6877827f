// Counts the instructions of a piece of work.

const TIMES = 16;

/** Prints the instructions of one run, as a mean; the first, which may set things up, is not counted. */
export function meter(work: string, run: () => void): void {
  run();
  const began = host.meter();
  for (let i = 0; i < TIMES; i++) run();
  host.print(JSON.stringify({ work, instructions: Math.round((host.meter() - began) / TIMES) }));
}
