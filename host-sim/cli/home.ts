// The one place where a simulated cloud leaves its CA file, so that a `simkey run` in another process finds it.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { decodePem } from "../../firmware/bytes/pem.js";
import { UsageError } from "./errors.js";

/** Name of the environment variable that names another directory. */
const VARIABLE = "SIMKEY_HOME";

/** `$SIMKEY_HOME/ca.pem`, or `~/.simkey/ca.pem`. */
export function caPath(env: Readonly<Record<string, string | undefined>>): string {
  return join(env[VARIABLE] ?? join(homedir(), ".simkey"), "ca.pem");
}

/** Writes the root of the simulated onboarding host; the newest cloud's counts. @returns the file's path */
export function saveCa(pem: string, env: Readonly<Record<string, string | undefined>>): string {
  const path = caPath(env);
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(path, pem, { mode: 0o600 });
  return path;
}

/** Takes the file away again, unless a newer cloud has written its own. */
export function dropCa(pem: string, env: Readonly<Record<string, string | undefined>>): void {
  const path = caPath(env);
  if (readIfThere(path) === pem) rmSync(path, { force: true });
}

/** The roots of a running simulated cloud, if there is one. */
export function savedRoots(env: Readonly<Record<string, string | undefined>>): Uint8Array[] | undefined {
  const pem = readIfThere(caPath(env));
  return pem === undefined ? undefined : rootsOf(pem, caPath(env));
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

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
