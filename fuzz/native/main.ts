// `npm run fuzz:native`: the C of the native TLS class under libFuzzer, with every access to memory and every sum checked.
// docs/evidence/fuzzing.md says what the targets promise, and what was found.
//
// What went somewhere new is kept in build/fuzz-native/corpus, for the next round; what broke a promise in
// build/fuzz-native/findings.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { plainNumber as number } from "../../host-sim/cli/parts/values.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const HERE = join(ROOT, "fuzz/native");
const NATIVE = join(ROOT, "firmware/platform/native/tls");
const STORE = join(ROOT, "build/fuzz-native");
/** Made for this: small inputs that get far. */
const SEEDS = join(HERE, "seeds");
/** Targets with the longest input of each, in bytes. */
const TARGETS: Readonly<Record<string, number>> = { client: 16_384, pair: 512, join: 40_000, names: 8_192 };
const PARTS = ["session", "trust", "names", "der", "verdict", "join"];
const CHECKED = "-fsanitize=fuzzer,address,undefined";
const LIBRARIES = ["-lmbedtls", "-lmbedx509", "-lmbedcrypto"];
/** In the place of these the session calls fuzz_…: harness.c says what comes out. */
const REPLACED = ["ctr_drbg_seed", "ctr_drbg_random", "entropy_func"];
/** One input may take so long, in seconds (a machine may be busy), and hold so much, in MB. */
const LIMITS = ["-timeout=60", "-rss_limit_mb=1024"];
/** What the client is told of itself, in front of what a server says: nothing special, pieces of 2 KB. */
const RECORDED = Buffer.from([0, 255]);
/** Most that is shown of what libFuzzer said last, and of the input. */
const SHOWN_LINES = 40;
const SHOWN_HEX = 400;

interface Options {
  seconds: number;
  target?: string;
  replay?: string;
}

class Missing extends Error {}

const options = new Command("npm run fuzz:native --")
  .description(
    "Feeds the C of the native TLS class with inputs made to break it. Exit code 1: a promise was broken; 2: it cannot run.",
  )
  .option("--seconds <s>", "how long each target", number("--seconds", 1, 86_400), 60)
  .addOption(new Option("--target <name>", "one target alone").choices(Object.keys(TARGETS)))
  .option("--replay <file>", "this input alone, to one target", (path) => {
    if (!existsSync(path)) throw new InvalidArgumentError("there is no such file.");
    return resolve(path);
  })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<Options>();

try {
  process.exitCode = await main(options);
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  process.stderr.write(`fuzz:native: ${error.message}\n`);
  process.exitCode = 2;
}

async function main({ seconds, target, replay }: Options): Promise<number> {
  if (replay !== undefined && target === undefined) throw new Missing("--replay takes one target: add --target");
  build();
  if (replay !== undefined)
    return spawnSync(program(target!), [...LIMITS, replay], { stdio: "inherit" }).status === 0 ? 0 : 1;
  recordServer();
  process.stdout.write(`${row(["target", "runs", "runs/s", "reached", "corpus"])}\n`);
  let findings = 0;
  for (const name of target === undefined ? Object.keys(TARGETS) : [target]) findings += await fuzz(name, seconds);
  process.stdout.write(findings > 0 ? `${findings} of the targets broke a promise\n` : "no finding\n");
  return findings > 0 ? 1 : 0;
}

// ---------------------------------------------------------------- building

function program(target: string): string {
  return join(STORE, "bin", target);
}

/** Compiles all targets. @throws Missing with what to install */
function build(): void {
  if (spawnSync("clang", ["--version"]).status !== 0)
    throw new Missing("clang is missing: apt-get install clang libclang-rt-dev");
  if (!compiles("int LLVMFuzzerTestOneInput(const char *bytes, long length) { return bytes && length && 0; }")) {
    throw new Missing("clang's libFuzzer and sanitizers are missing: apt-get install libclang-rt-dev");
  }
  if (!compiles("#include <mbedtls/ssl.h>\nint LLVMFuzzerTestOneInput(void) { return 0; }", LIBRARIES)) {
    throw new Missing("mbedTLS is missing: apt-get install libmbedtls-dev");
  }
  const folder = join(STORE, "bin");
  mkdirSync(folder, { recursive: true });
  const flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", `-I${NATIVE}`, `-I${HERE}`];
  const replaced = REPLACED.map((name) => `-Dmbedtls_${name}=fuzz_${name}`);
  const checked = [CHECKED, "-fno-sanitize-recover=all"];
  const shared = [join(HERE, "harness.c"), ...PARTS.map((part) => join(NATIVE, `tls-${part}.c`))];
  const targets = Object.keys(TARGETS).map((name) => join(HERE, `${name}.c`));
  execFileSync("clang", [...flags, ...checked, ...replaced, "-c", ...shared, ...targets], {
    cwd: folder,
    stdio: "inherit",
  });
  const objects = shared.map((source) => join(folder, `${basename(source, ".c")}.o`));
  for (const name of Object.keys(TARGETS)) {
    const linked = [...checked, join(folder, `${name}.o`), ...objects, ...LIBRARIES, "-o", program(name)];
    execFileSync("clang", linked, { stdio: "inherit" });
  }
}

function compiles(source: string, libraries: readonly string[] = []): boolean {
  const { status } = spawnSync("clang", [CHECKED, "-xc", "-", "-o", "/dev/null", ...libraries], { input: source });
  return status === 0;
}

/** What a server says through a handshake, as seeds of the client alone: made anew, since it answers what the client says now. */
function recordServer(): void {
  const folder = join(STORE, "recorded");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(join(SEEDS, "pair"))) {
    const file = join(folder, name);
    writeFileSync(file, RECORDED);
    const { status } = spawnSync(program("pair"), [join(SEEDS, "pair", name)], {
      env: { ...process.env, FUZZ_RECORD: file },
    });
    // The round itself shows it.
    if (status !== 0) rmSync(file);
  }
}

// ---------------------------------------------------------------- running

/** Fuzzes one target. @returns 1 if it broke a promise */
async function fuzz(target: string, seconds: number): Promise<number> {
  const [kept, found] = [join(STORE, "corpus", target), join(STORE, "findings", target)];
  for (const folder of [kept, found]) mkdirSync(folder, { recursive: true });
  const seeds = [join(SEEDS, target), ...(target === "client" ? [join(STORE, "recorded")] : [])];
  const flags = [
    `-max_total_time=${seconds}`,
    `-max_len=${TARGETS[target]}`,
    "-print_final_stats=1",
    `-artifact_prefix=${found}/`,
  ];
  const child = spawn(program(target), [...flags, ...LIMITS, kept, ...seeds], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  for await (const text of child.stderr.setEncoding("utf8")) said += text;
  const failed =
    child.exitCode === null
      ? await new Promise((done) => child.on("close", (code) => done(code !== 0)))
      : child.exitCode !== 0;
  const last = (pattern: RegExp) => [...said.matchAll(pattern)].at(-1)?.[1] ?? "-";
  const figures = [/units: +(\d+)/g, /exec_per_sec: +(\d+)/g, /cov: (\d+)/g, /corp: (\d+)/g].map(last);
  process.stdout.write(`${row([target, ...figures])}\n`);
  if (!failed) return 0;
  const artifact = /Test unit written to (.*)/.exec(said)?.[1];
  process.stdout.write(`${said.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n")}\n`);
  if (artifact !== undefined) {
    const hex = readFileSync(artifact).toString("hex");
    process.stdout.write(`  FOUND in ${target}: ${hex.length > SHOWN_HEX ? `${hex.slice(0, SHOWN_HEX)}…` : hex}\n`);
    process.stdout.write(`  again: npm run fuzz:native -- --target ${target} --replay ${relative(ROOT, artifact)}\n`);
  }
  return 1;
}

function row([name, ...figures]: readonly string[]): string {
  return [name!.padEnd(8), ...figures.map((figure) => figure.padStart(9))].join(" ");
}
