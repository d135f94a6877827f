// `npm run fuzz`: fuzzes the parsers of firmware/ one after the other. docs/evidence/fuzzing.md says how, and what was found.
//
// What went somewhere new is kept in build/fuzz/corpus, for the next round; what broke a promise in build/fuzz/findings.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { plainNumber as number } from "../host-sim/cli/parts/values.js";
import { bundle } from "./bundle.js";
import { GROWTH_MAX } from "./soak.js";
import { TARGETS } from "./targets/index.js";
import { watch } from "./watch.js";
import type { Job, Result } from "./worker.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const STORE = join(ROOT, "build/fuzz");
/** Inputs that broke a promise once: every round begins with them. */
const REGRESSIONS = join(ROOT, "fuzz/regressions");
const NAMES = TARGETS.map(({ name }) => name);

interface Options {
  seconds: number;
  runs?: number;
  seed: string;
  replay?: Buffer;
  json: boolean;
}

const command = new Command("npm run fuzz --")
  .description("Feeds the parsers of firmware/ with inputs made to break them. Exit code 1: a promise was broken.")
  .argument(
    "[target...]",
    `what to fuzz (default: all): ${NAMES.join(", ")}`,
    (name: string, before: string[] = []) => {
      if (!NAMES.includes(name)) throw new InvalidArgumentError(`no target "${name}"; known: ${NAMES.join(", ")}`);
      return [...before, name];
    },
  )
  .option("--seconds <s>", "how long each", number("--seconds", 1, 86_400), 60)
  .option("--runs <n>", "end after this many inputs; such a round repeats to the byte", number("--runs", 1, 1e9))
  .addOption(new Option("--seed <text>", "what everything is drawn from").default(String(Date.now()), "the time"))
  .option("--replay <file>", "this input alone, to one target", (path) => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new InvalidArgumentError(`cannot be read: ${(error as NodeJS.ErrnoException).code}`);
    }
  })
  .option("--json", "print one JSON object a line", false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const options = command.opts<Options>();
const chosen = (command.processedArgs[0] as string[] | undefined) ?? [];
if (options.replay && chosen.length !== 1) command.error("error: --replay takes one target");

const module = await bundle(ROOT);
const say = (text: string) => {
  if (!options.json) process.stdout.write(`${text}\n`);
};
say(`seed ${options.seed}\n`);
say(
  `${"target".padEnd(14)} ${["runs", "runs/s", "corpus", "reached", "work/byte", "growth"].map((head) => head.padStart(9)).join(" ")}`,
);
let findings = 0;
for (const name of chosen.length > 0 ? chosen : NAMES) findings += await run(name);
process.exitCode = findings > 0 ? 1 : 0;

/** Fuzzes one target. @returns the number of findings */
async function run(target: string): Promise<number> {
  const began = performance.now();
  // By runs alone a round repeats to the byte: then what earlier rounds kept is left out.
  const counted = options.runs !== undefined;
  const job: Omit<Job, "notes"> = {
    ...{ module, target, seed: options.seed },
    corpus: [...inputs(join(REGRESSIONS, target)), ...(counted ? [] : inputs(join(STORE, "corpus", target)))],
    runs: options.runs ?? Number.POSITIVE_INFINITY,
    ms: counted ? Number.POSITIVE_INFINITY : options.seconds * 1_000,
    soak: !counted,
    ...(options.replay && { replay: options.replay }),
  };
  const outcome = await watch<Result>(new URL("./worker.js", import.meta.url), job);
  if ("hung" in outcome) return report(target, `hangs: ${outcome.why}`, outcome.hung);
  const { runs, corpus, reached, workPerByte, grownBytes, finding } = outcome.message;
  const perSecond = Math.round(runs / ((performance.now() - began) / 1_000));
  const figures = { runs, perSecond, corpus: corpus.length, reached, workPerByte: Math.round(workPerByte), grownBytes };
  if (options.json) process.stdout.write(`${JSON.stringify({ event: "fuzz", target, ...figures })}\n`);
  say(
    `${target.padEnd(14)} ${Object.values(figures)
      .map((value) => String(value ?? "-").padStart(9))
      .join(" ")}`,
  );
  if (options.replay === undefined) keep("corpus", target, corpus);
  if (finding) return report(target, finding.what, finding.input);
  return (grownBytes ?? 0) > GROWTH_MAX ? report(target, `grew by ${grownBytes} bytes while it was fed`) : 0;
}

/** @param input none: what was found took more than one */
function report(target: string, what: string, input?: Uint8Array): 1 {
  const hex = Buffer.from(input ?? []).toString("hex");
  const again = input
    ? `--replay ${relative(ROOT, keep("findings", target, [input])[0]!)}`
    : `--seed ${options.seed} --seconds ${options.seconds}`;
  if (options.json) process.stdout.write(`${JSON.stringify({ event: "finding", target, what, hex })}\n`);
  say(`  FOUND: ${what}\n  input: ${hex}\n  again: npm run fuzz -- ${target} ${again}`);
  return 1;
}

/** The inputs of a folder, if there is one, in the order of their names. */
function inputs(folder: string): Uint8Array[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)));
}

/** Writes inputs under names that their bytes give. @returns the paths */
function keep(kind: "corpus" | "findings", target: string, inputs: readonly Uint8Array[]): string[] {
  const folder = join(STORE, kind, target);
  mkdirSync(folder, { recursive: true });
  return inputs.map((input) => {
    const path = join(folder, createHash("sha256").update(input).digest("hex").slice(0, 16));
    writeFileSync(path, input);
    return path;
  });
}
