// The XS engine of the npm package @agoric/xsnap, compiled for 32 bits with the bench's own harness (engine/). Both
// are made on first use: the package by `npm ci` here, the program by gcc. XS names the folder of other sources than
// the package's: those of the SDK, which are newer. XS is under the LGPL 3; nothing of it is part of Simkey.

import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { HERE } from "./program.js";
import { findRunner, PROBE_SOURCE } from "./runner.js";

const run = promisify(execFile);

const { XS: OTHER } = process.env;
/** Whether the sources are those that the budget is for. */
export const IS_OWN_XS = OTHER === undefined;
const XS = OTHER ?? join(HERE, "node_modules/@agoric/xsnap/moddable/xs");
/** What npm writes last. */
const INSTALLED = join(HERE, "node_modules/.package-lock.json");
const OUT = join(HERE, IS_OWN_XS ? "build/engine" : "build/engine-other");
const ENGINE = join(OUT, "engine");
const PROBE = join(OUT, "probe");
/** With what the engine was compiled. */
const FLAGS_FILE = join(OUT, "flags");
const OWN = join(HERE, "engine");

/** Parts of XS that a chip does not have, the one that engine/defaults.c stands for, and what another file includes. */
const LEFT_OUT = ["xsDefaults.c", "xsLockdown.c", "xsProfile.c", "xsSnapshot.c", "xsum.c"];
/** As the SDK builds for a chip, with a count of instructions on top. */
const DEFINES = [
  "mxMetering=1",
  "mxParse=1",
  "mxRun=1",
  "mxSloppy=1",
  "mxMinusZero=1",
  "mxBoundsCheck=1",
  "mxNoConsole=1",
];
const FLAGS = [
  "-m32",
  "-O2",
  "-fno-common",
  "-DINCLUDE_XSPLATFORM",
  '-DXSPLATFORM="platform.h"',
  ...DEFINES.map((define) => `-D${define}`),
  ...[OWN, join(XS, "includes"), join(XS, "platforms"), join(XS, "sources")].map((folder) => `-I${folder}`),
];
const STRICT = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-sign-compare"];

/**
 * Makes the engine where it is missing or older than its sources.
 * @param say shows what takes long
 * @returns the engine as a command: behind an emulator where this machine needs one
 * @throws Error that says what to install
 */
export async function makeEngine(say: (text: string) => void): Promise<readonly string[]> {
  if (!IS_OWN_XS && !existsSync(XS)) throw new Error(`XS is ${XS}, where no sources of XS are`);
  if (IS_OWN_XS && !existsSync(INSTALLED)) {
    say("Fetching XS (npm ci in bench/xs) …");
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: HERE,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  mkdirSync(OUT, { recursive: true });
  const runner = await makeRunner();
  if (runner.length > 0) say(`32-bit programs are run by ${runner[0]} here.`);
  await compileEngine(say);
  return [...runner, ENGINE];
}

async function makeRunner(): Promise<readonly string[]> {
  try {
    execFileSync("gcc", ["-m32", "-xc", "-", "-o", PROBE], {
      input: PROBE_SOURCE,
      stdio: ["pipe", "ignore", "ignore"],
    });
  } catch (error) {
    const missing =
      (error as { code?: unknown }).code === "ENOENT" ? "there is no gcc" : "gcc does not compile for 32 bits";
    throw new Error(`${missing}: install it (Debian: apt-get install gcc gcc-multilib)`);
  }
  return findRunner(PROBE);
}

async function compileEngine(say: (text: string) => void): Promise<void> {
  const own = readdirSync(OWN).map((name) => join(OWN, name));
  const headers = own.filter((path) => path.endsWith(".h"));
  const sources = [...readdirSync(join(XS, "sources")).map((name) => join(XS, "sources", name)), ...own].filter(
    (path) => path.endsWith(".c") && !LEFT_OUT.includes(basename(path)),
  );
  const objectOf = (source: string) => join(OUT, `${basename(source, ".c")}.o`);
  const flags = FLAGS.join("\n");
  const isOther = !existsSync(FLAGS_FILE) || readFileSync(FLAGS_FILE, "utf8") !== flags;
  const stale = sources.filter((source) => isOther || isOlder(objectOf(source), [source, ...headers]));
  if (stale.length > 0) say(`Compiling XS for 32 bits (${stale.length} files) …`);
  const work = stale.values();
  const worker = async () => {
    for (const source of work) {
      const strict = source.startsWith(OWN) ? STRICT : ["-w"];
      await compiler([...FLAGS, ...strict, "-c", source, "-o", objectOf(source)]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const objects = sources.map(objectOf);
  if (isOlder(ENGINE, objects)) await compiler(["-m32", ...objects, "-lm", "-lpthread", "-o", ENGINE]);
  writeFileSync(FLAGS_FILE, flags);
}

async function compiler(args: readonly string[]): Promise<void> {
  try {
    await run("gcc", args as string[]);
  } catch (error) {
    throw new Error(`gcc fails\n${(error as { stderr?: string }).stderr ?? error}`);
  }
}

function isOlder(made: string, sources: readonly string[]): boolean {
  if (!existsSync(made)) return true;
  const { mtimeMs } = statSync(made);
  return sources.some((source) => statSync(source).mtimeMs > mtimeMs);
}
