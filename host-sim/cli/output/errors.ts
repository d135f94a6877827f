// How the command ends when it can't go on: one line on stderr that says what to do, and an exit code.

import { readFileSync } from "node:fs";
import { chainOf, Failure, storyOf } from "../../../firmware/platform/failure.js";
import { withHint } from "./hints.js";

/** Exit codes of `simkey`. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** The user asked for something that makes no sense; exit code 2. */
export class UsageError extends Error {}

/** Node's error codes that a user meets, in plain words. */
const SYSTEM: Readonly<Record<string, (error: NodeJS.ErrnoException & { address?: string; port?: number }) => string>> =
  {
    EADDRINUSE: (e) =>
      `${e.address}:${e.port} is in use; choose another port with --listen, or end the program that holds it`,
    EADDRNOTAVAIL: (e) => `${e.address} is not an address of this machine; give one of its own with --listen`,
    EACCES: (e) => (e.path ? `${e.path} may not be opened; check its permissions` : `no permission: ${e.message}`),
    ECONNREFUSED: (e) =>
      `nothing listens at ${e.address}:${e.port}; start it first (for a modem: simkey modem --listen ${e.address}:${e.port})`,
    ENOENT: (e) => `${e.path ?? "the file"} does not exist; check the path`,
    EEXIST: (e) => `${e.path ?? "the path"} is a file; a directory is needed`,
    ENOTDIR: (e) => `${e.path ?? "the path"} leads through a file; a directory is needed`,
    EISDIR: (e) => `${e.path ?? "the path"} is a directory; a file is needed`,
  };

/**
 * What to print and with which code to exit.
 * @param error whatever was thrown
 */
export function describeError(error: unknown): { line: string; code: number } {
  if (error instanceof UsageError) return { line: error.message, code: EXIT.usage };
  if (error instanceof Failure) {
    return { line: describeFailure(error), code: error.code === "config" ? EXIT.usage : EXIT.failed };
  }
  if (error instanceof Error) {
    for (const each of [error, error.cause]) {
      const known = SYSTEM[(each as NodeJS.ErrnoException | undefined)?.code ?? ""];
      if (known) return { line: known(each as NodeJS.ErrnoException), code: EXIT.failed };
    }
    return { line: error.message, code: EXIT.failed };
  }
  return { line: String(error), code: EXIT.failed };
}

/** The text of a file that the user named, see `readNamedBytes`. */
export function readNamedFile(path: string, option: string): string {
  return readNamedBytes(path, option).toString("utf8");
}

/**
 * What is in a file that the user named.
 * @param option the option that named it, for the message
 * @throws UsageError when it can't be read
 */
export function readNamedBytes(path: string, option: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    // Some of Node's errors do not say which file they are about.
    throw new UsageError(`${option}: ${describeError(Object.assign(error as object, { path })).line}`);
  }
}

/** A failure of the firmware with its causes, its code, and what to do where that is known. */
export function describeFailure(error: unknown): string {
  const [code = "", ...under] = chainOf(error).map((failure) => failure.code);
  return withHint(storyOf(error), code, ...under);
}

/** One line, whatever it was made of. */
export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}
