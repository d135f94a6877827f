// The `simkey` command within this process, for what needs no process of its own: much faster.

import { Readable } from "node:stream";
import { main } from "../../host-sim/cli/main.js";
import type { Screen } from "../../host-sim/cli/parts/surroundings.js";

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs it with these arguments. @param input what stands on stdin @param screen where stdout is a terminal */
export async function simkey(
  args: readonly string[],
  env: Record<string, string> = {},
  input = "",
  screen?: Screen,
): Promise<Said> {
  const said = { stdout: "", stderr: "" };
  const code = await main(args, {
    stdin: Readable.from(input === "" ? [] : [input]),
    stdout: (text) => {
      said.stdout += text;
    },
    stderr: (text) => {
      said.stderr += text;
    },
    env,
    ...(screen && { screen }),
    interrupted: new Promise(() => {}),
  });
  return { code, ...said };
}
