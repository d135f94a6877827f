// The `simkey` command as a process of its own: what it says, and how it ends.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";

export const COMMAND = join(process.cwd(), "dist/host-sim/cli/main.js");

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** @param place SIMKEY_HOME */
export function startIn(place: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [COMMAND, ...args], { env: { ...process.env, SIMKEY_HOME: place } });
}

export function ended(child: ChildProcess): Promise<Ended> {
  const said = { stdout: "", stderr: "" };
  child.stdout!.on("data", (text) => {
    said.stdout += text;
  });
  child.stderr!.on("data", (text) => {
    said.stderr += text;
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...said })));
}

/** Settles when what a stream says matches. */
export function heard(stream: Readable, pattern: RegExp): Promise<RegExpExecArray> {
  let text = "";
  return new Promise((resolve, reject) => {
    stream.on("data", (more) => {
      text += more;
      const match = pattern.exec(text);
      if (match) resolve(match);
    });
    stream.once("close", () => reject(new Error(`ended without ${pattern}: ${text}`)));
  });
}

export const line = (child: ChildProcess, pattern: RegExp) => heard(child.stdout!, pattern);

export const end = (child: ChildProcess): Promise<unknown> => {
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  return gone;
};

/** The JSON lines of `--json`. */
export const objects = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split("\n")
    .filter(Boolean)
    .map((text) => JSON.parse(text));
