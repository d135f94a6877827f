#!/usr/bin/env node
// The `simkey` command: how it begins, and how it ends. What can be asked of it stands in grammar/, and the work is in one module
// a subcommand.

import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { program } from "./grammar/program.js";
import { describeError, EXIT, oneLine } from "./output/errors.js";
import { describeUsage } from "./output/usage.js";
import { watchForTheEnd } from "./parts/ending.js";
import { screenOf } from "./parts/screen.js";
import type { Surroundings } from "./parts/surroundings.js";

/**
 * Runs the command.
 * @param args arguments behind the program's name
 * @param version of the package
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function main(args: readonly string[], around: Surroundings, version?: string): Promise<number> {
  const grammar = program(around, version);
  try {
    await grammar.parseAsync(args, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      if (error.code !== "commander.help") around.stderr(`simkey: ${describeUsage(error, grammar, args)}\n`);
      return EXIT.usage;
    }
    const { line, code } = describeError(error);
    if (line !== "") around.stderr(`simkey: ${oneLine(line)}\n`);
    return code;
  }
}

// npm links the command, so the two paths must be compared resolved.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { version } = createRequire(import.meta.url)("../../../package.json") as { version: string };
  const ending = watchForTheEnd();
  const around: Surroundings = {
    stdin: process.stdin,
    stdout: (text) => process.stdout.write(text),
    stdoutBytes: (bytes) => process.stdout.write(bytes),
    stderr: (text) => process.stderr.write(text),
    env: process.env,
    ...(process.stdout.isTTY && { screen: screenOf(process) }),
    get interrupted() {
      return ending.interrupted();
    },
  };
  const code = await main(process.argv.slice(2), around, version);
  process.exitCode = ending.code() ?? code;
}
