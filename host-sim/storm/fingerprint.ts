// Which code a storm ran: results of different firmware, worlds or verdicts are not to be counted together.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { fingerprintOf, type GivenOrder } from "./given.js";

/** Where the code lies, as it runs: built, or as it was written. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Folders whose code decides what a seed gives. */
const FOLDERS = ["firmware", "host-sim"];
/** Folders that only show it. */
const APART: ReadonlySet<string> = new Set(["host-sim/cli", "host-sim/storm/report"]);
const CODE = /(?<!\.d)\.[jt]s$/;
/** Hexadecimal digits that are enough to tell codes apart. */
const DIGITS = 12;

/** @returns a hash of every file that decides what a seed gives; with an app that a storm is given, its own behind it */
export function codeFingerprint(given?: GivenOrder): string {
  const hash = createHash("sha256");
  for (const path of FOLDERS.flatMap(filesUnder)) {
    hash.update(`${path}\n`);
    hash.update(readFileSync(join(ROOT, path)));
  }
  const code = hash.digest("hex").slice(0, DIGITS);
  return given === undefined ? code : `${code}-${fingerprintOf(given)}`;
}

function filesUnder(folder: string): string[] {
  if (APART.has(folder)) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .map((entry) => ({ entry, path: relative(ROOT, join(ROOT, folder, entry.name)).replaceAll("\\", "/") }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap(({ entry, path }) => (entry.isDirectory() ? filesUnder(path) : CODE.test(path) ? [path] : []));
}
