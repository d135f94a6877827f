// The user's folder for what processes leave each other: simulated clouds their CA files, so that a `simkey run` in another
// process finds them, and runs the door that `simkey send` comes by. One file for each process, named by it, so that none is in
// another's way and what a dead one left is known. Besides, what was typed at the prompt.

import { existsSync, readdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { decodePem } from "../../../firmware/bytes/pem.js";
import { privateDirectory, readPrivate, replacePrivate } from "../../platform/private-files.js";
import { describeError, UsageError } from "../output/errors.js";
import { isAlive } from "./processes.js";

/** Name of the environment variable that names another directory. */
const VARIABLE = "SIMKEY_HOME";

type Env = Readonly<Record<string, string | undefined>>;

const homeOf = (env: Env) => env[VARIABLE] ?? join(homedir(), ".simkey");

/** `ca-PORT-PID.pem` */
const nameOf = (port: number) => `ca-${port}-${process.pid}.pem`;
const CA = /^ca-\d{1,5}-(\d{1,10})\.pem$/;
const ROOT = /^root-\d{1,5}-(\d{1,10})\.pem$/;
// Not .json: `run --watch` would take it for a source, if the folder were the project's.
const DOOR = /^run-(\d{1,10})\.door$/;
const HISTORY = "history";
/** Lines of the history that are kept. */
const HISTORY_MAX = 200;

/** The process of a file of that name; undefined: it has another name. */
function ownerOf(name: string, pattern: RegExp): number | undefined {
  const pid = pattern.exec(name)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** A file that was written. */
export interface SavedFile {
  path: string;
  /** Takes the file away; so does the end of the process. */
  drop: () => void;
}

/**
 * Writes the root of the simulated onboarding host.
 * @param port where others find the cloud, or the modem in front of it
 * @throws UsageError when the directory is none to trust
 */
export function saveCa(pem: string, port: number, env: Env): SavedFile {
  return save(nameOf(port), pem, env);
}

/** Writes the root of the simulated endpoint, for other programs: a run gets it with its token. @throws UsageError as `saveCa` */
export function saveRoot(pem: string, port: number, env: Env): SavedFile {
  return save(`root-${port}-${process.pid}.pem`, pem, env);
}

/** A file of this process's; those of dead ones go. @throws UsageError when the directory is none to trust */
function save(name: string, content: string, env: Env): SavedFile {
  const home = homeOf(env);
  const path = join(home, name);
  orUsage(() => {
    privateDirectory(home, "readable");
    for (const each of readdirSync(home)) {
      const pid = ownerOf(each, CA) ?? ownerOf(each, ROOT) ?? ownerOf(each, DOOR);
      if (pid !== undefined && !isAlive(pid)) rmSync(join(home, each), { force: true });
    }
    replacePrivate(path, content);
  });
  const drop = () => {
    process.off("exit", drop);
    rmSync(path, { force: true });
  };
  process.on("exit", drop);
  return { path, drop };
}

/** Where a run listens, and the word that it wants to hear first. */
export interface Door {
  pid: number;
  port: number;
  token: string;
}

/** Tells other processes of this user where this one listens, in a file of mode 600. @throws UsageError as `saveCa` */
export function saveDoor({ pid, ...door }: Door, env: Env): SavedFile {
  return save(`run-${pid}.door`, `${JSON.stringify(door)}\n`, env);
}

/** The doors of all runs that are on. @throws UsageError when the directory is none to trust */
export function savedDoors(env: Env): Door[] {
  const home = homeOf(env);
  if (!existsSync(home)) return [];
  return orUsage(() => {
    privateDirectory(home, "readable");
    return readdirSync(home).flatMap((name) => {
      const pid = ownerOf(name, DOOR);
      const text = pid !== undefined && isAlive(pid) ? readPrivate(join(home, name)) : undefined;
      return text === undefined ? [] : [{ ...(JSON.parse(text.toString()) as Omit<Door, "pid">), pid: pid! }];
    });
  });
}

/** What was typed before, the newest first; nothing where it cannot be read. */
export function readHistory(env: Env): string[] {
  try {
    return (readPrivate(join(homeOf(env), HISTORY))?.toString() ?? "")
      .split("\n")
      .filter(Boolean)
      .slice(0, HISTORY_MAX);
  } catch {
    return [];
  }
}

/** Keeps what was typed, mode 600. Nothing depends on it: where it cannot be kept, it is not. */
export function saveHistory(lines: readonly string[], env: Env): void {
  try {
    privateDirectory(homeOf(env), "readable");
    replacePrivate(join(homeOf(env), HISTORY), `${lines.slice(0, HISTORY_MAX).join("\n")}\n`);
  } catch {
    // So be it.
  }
}

/** The roots of all simulated clouds that run, if there are any. @throws UsageError when the directory is none to trust */
export function savedRoots(env: Env): Uint8Array[] | undefined {
  const home = homeOf(env);
  if (!existsSync(home)) return undefined;
  const roots = orUsage(() => {
    privateDirectory(home, "readable");
    return readdirSync(home).flatMap((name) => {
      const pid = ownerOf(name, CA);
      const pem = pid !== undefined && isAlive(pid) ? readPrivate(join(home, name)) : undefined;
      return pem === undefined ? [] : rootsOf(pem.toString(), join(home, name));
    });
  });
  return roots.length === 0 ? undefined : roots;
}

function orUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${VARIABLE}: ${describeError(error).line}`);
  }
}

/** The certificates of a PEM text. @param from where it comes from, for the message @throws UsageError when there is none */
export function rootsOf(pem: string, from: string): Uint8Array[] {
  try {
    const roots = decodePem(pem).flatMap(({ label, der }) => (label === "CERTIFICATE" ? [der] : []));
    if (roots.length > 0) return roots;
  } catch {
    // The message below says it.
  }
  throw new UsageError(`${from} holds no certificate; a PEM file with BEGIN CERTIFICATE is needed`);
}
