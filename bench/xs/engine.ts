// The XS engine of the npm package @agoric/xsnap, compiled for 32 bits with the bench's own harness (engine/), and how to run a
// linked program on it. Both are made on first use: the package by `npm ci` here, the program by gcc. XS names the folder of other
// sources than the package's: those of the SDK, which are newer. XS is under the LGPL 3; nothing of it is part of Simkey.

import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { HERE } from "./program.js";
import { least } from "./search.js";

const run = promisify(execFile);

const { XS: OTHER } = process.env;
/** Whether the sources are those that the budget is for. */
export const IS_OWN_XS = OTHER === undefined;
const XS = OTHER ?? join(HERE, "node_modules/@agoric/xsnap/moddable/xs");
/** What npm writes last. */
const INSTALLED = join(HERE, "node_modules/.package-lock.json");
const OUT = join(HERE, IS_OWN_XS ? "build/engine" : "build/engine-other");
const ENGINE = join(OUT, "engine");
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

/** Makes the engine where it is missing or older than its sources. @param say shows what takes long */
export async function makeEngine(say: (text: string) => void): Promise<void> {
  if (!IS_OWN_XS && !existsSync(XS)) throw new Error(`XS is ${XS}, where no sources of XS are`);
  if (IS_OWN_XS && !existsSync(INSTALLED)) {
    say("Fetching XS (npm ci in bench/xs) …");
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: HERE,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  mkdirSync(OUT, { recursive: true });
  const own = readdirSync(OWN).map((name) => join(OWN, name));
  const headers = own.filter((path) => path.endsWith(".h"));
  const sources = [...readdirSync(join(XS, "sources")).map((name) => join(XS, "sources", name)), ...own].filter(
    (path) => path.endsWith(".c") && !LEFT_OUT.includes(basename(path)),
  );
  const objectOf = (source: string) => join(OUT, `${basename(source, ".c")}.o`);
  const stale = sources.filter((source) => isOlder(objectOf(source), [source, ...headers]));
  if (stale.length > 0) checkCompiler();
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
}

/** @throws Error that says what to install */
function checkCompiler(): void {
  const input = "#include <stdio.h>\nint main(void) { return 0; }\n";
  try {
    execFileSync("gcc", ["-m32", "-xc", "-", "-o", "/dev/null"], { input, stdio: ["pipe", "ignore", "ignore"] });
  } catch (error) {
    const missing =
      (error as { code?: unknown }).code === "ENOENT" ? "there is no gcc" : "gcc does not compile for 32 bits";
    throw new Error(`${missing}: install it (Debian: apt-get install gcc gcc-multilib)`);
  }
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

/** What a run tells. */
export interface Figures {
  /** XS instructions from the machine's beginning to the program's end. */
  instructions: number;
  /** Slots of the stack that were ever used; told by a run with a large one. */
  depth: number;
  /** Slots of 16 bytes and bytes of chunks: at most, and in use at the end. */
  peakSlots: number;
  peakChunks: number;
  slots: number;
  chunks: number;
  /** Places for changes of preloaded objects, and names made at run time: 4 bytes each, outside of the block. */
  aliases: number;
  keys: number;
  /** What lies in the read-only machine, built-ins included. */
  flashSlots: number;
  flashChunks: number;
  /** What the program printed. */
  printed: Record<string, unknown>[];
}

const TOO_SMALL = 2;
/** A run that takes longer spends all its time in collecting garbage: it does not fit. */
const TIMEOUT_MS = 120_000;

/**
 * Runs a linked program in a block of `bytes`, of which `stack` slots are the stack's.
 * @returns undefined when it does not fit
 */
export async function runProgram(directory: string, bytes: number, stack: number): Promise<Figures | undefined> {
  try {
    const { stdout } = await run(ENGINE, [String(bytes), String(stack), directory], { timeout: TIMEOUT_MS });
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const figures = lines.pop();
    return { ...figures, printed: lines };
  } catch (error) {
    const { code, killed, stderr, stdout } = error as {
      code?: number;
      killed?: boolean;
      stderr?: string;
      stdout?: string;
    };
    if (code === TOO_SMALL || killed) return undefined;
    throw new Error(`${directory}: ${stderr || error}\n${stdout ?? ""}`);
  }
}

const AMPLE = { bytes: 8 << 20, stack: 4096 };
const LEAST_BYTES = 1024;
/** Slots of stack beyond what a run uses; again as many while XS, which looks ahead, wants more. */
const STACK_MARGIN = 16;
/** Steps of the search, in bytes, and how exact it is: in a heap that is almost too small, a run is a long one. */
const STEP = 64;
const SHARE = 1 / 256;

/** A run in the smallest block. */
export interface Smallest extends Figures {
  /** The block's bytes. */
  bytes: number;
  /** Of which these slots are the stack's, 16 bytes each. */
  stack: number;
}

/** Smallest block in which a program runs to its end with the least stack and a margin, and what it tells there. */
export async function smallest(directory: string): Promise<Smallest> {
  const ample = await runProgram(directory, AMPLE.bytes, AMPLE.stack);
  if (ample === undefined) throw new Error(`${directory}: does not fit in ${AMPLE.bytes} bytes`);
  let stack = ample.depth + STACK_MARGIN;
  while ((await runProgram(directory, AMPLE.bytes, stack)) === undefined) stack += STACK_MARGIN;
  const [low, high] = [LEAST_BYTES / STEP, AMPLE.bytes / STEP];
  const { value, found } = await least(low, high, (steps) => runProgram(directory, steps * STEP, stack), SHARE);
  return { ...found, bytes: value * STEP, stack };
}
