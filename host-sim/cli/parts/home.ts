// Where simulated clouds leave their CA files, so that a `simkey run` in another process finds them: one file for each process
// that runs such a cloud, named by it, so that none is in another's way and what a dead one left is known.

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
/** The process of a file of that name; undefined: it has another name. */
function ownerOf(name: string): number | undefined {
  const pid = /^ca-\d{1,5}-(\d{1,10})\.pem$/.exec(name)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** A CA file that was written. */
export interface SavedCa {
  path: string;
  /** Takes the file away; so does the end of the process. */
  drop: () => void;
}

/**
 * Writes the root of the simulated onboarding host.
 * @param port where others find the cloud, or the modem in front of it
 * @throws UsageError when the directory is none to trust
 */
export function saveCa(pem: string, port: number, env: Env): SavedCa {
  const home = homeOf(env);
  const path = join(home, nameOf(port));
  orUsage(() => {
    privateDirectory(home, "readable");
    for (const name of readdirSync(home)) {
      const pid = ownerOf(name);
      if (pid !== undefined && !isAlive(pid)) rmSync(join(home, name), { force: true });
    }
    replacePrivate(path, pem);
  });
  const drop = () => {
    process.off("exit", drop);
    rmSync(path, { force: true });
  };
  process.on("exit", drop);
  return { path, drop };
}

/** The roots of all simulated clouds that run, if there are any. @throws UsageError when the directory is none to trust */
export function savedRoots(env: Env): Uint8Array[] | undefined {
  const home = homeOf(env);
  if (!existsSync(home)) return undefined;
  const roots = orUsage(() => {
    privateDirectory(home, "readable");
    return readdirSync(home).flatMap((name) => {
      const pid = ownerOf(name);
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
