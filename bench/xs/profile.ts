// `npm run bench:xs -- --profile CASE`: the functions in which a program's instructions go, from where it first asks for their
// number (host.meter) to its end. engine/profile.c counts them.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const SPACE = ["1048576", "2048"];
const MOST_OUTPUT = 16 << 20;
const ROWS = 60;

/** What a function took. */
export interface Spent {
  /** Module and the names of the functions around it. */
  where: string;
  /** Instructions of its own and of what is native in it; and with those of all that it calls. */
  self: number;
  total: number;
}

/** Runs a linked program in ample space. @throws Error when it fails */
export async function profileOf(command: readonly string[], directory: string): Promise<Spent[]> {
  const [program, ...before] = command;
  const env = { ...process.env, SIMKEY_XS_PROFILE: "1" };
  const { stdout } = await run(program!, [...before, ...SPACE, directory], { env, maxBuffer: MOST_OUTPUT });
  const line = stdout.split("\n").find((text) => text.startsWith('{"profile"'));
  if (line === undefined) throw new Error(`${directory}: the engine gave no profile`);
  return (JSON.parse(line) as { profile: Spent[] }).profile;
}

/** Shows where instructions go, as tables. */
export function told(name: string, spent: readonly Spent[], rows = ROWS): string {
  const all = spent.reduce((sum, { self }) => sum + self, 0);
  const table = (title: string, by: "self" | "total") => [
    `\n  ${title}`,
    ...[...spent]
      .sort((a, b) => b[by] - a[by])
      .slice(0, rows)
      .map((one) => `  ${String(one[by]).padStart(9)}  ${one.where}`),
  ];
  return [
    `${name}: ${all} instructions`,
    ...table("instructions, function itself", "self"),
    ...table("with all that it calls", "total"),
  ].join("\n");
}
