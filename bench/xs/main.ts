// `npm run bench:xs`: what the firmware's parts take on the XS engine, 32 bits, in one fixed heap block. See --help.

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BenchReport } from "../report.js";
import { type Budget, compare, renewed } from "./budget.js";
import { CASES, type Case, RATIOS, shareOf } from "./cases.js";
import { IS_OWN_XS, makeEngine, type Smallest } from "./engine.js";
import { figuresOf, measure, prepare } from "./measure.js";
import { HERE } from "./program.js";

const BUDGET = join(HERE, "budget.json");
const ALIAS_BYTES = 4;
const HELP = `npm run bench:xs -- [case…] [--json] [--update] [--help]

Measures each case on XS: the smallest heap block in which it runs to its end, and the XS instructions that it takes.
Fails when a figure is more than 2 % over bench/xs/budget.json, or a goal is missed.

  --update   writes the figures of the cases that were run into budget.json
  --json     one JSON object a line

With XS=$MODDABLE/xs in the environment it is the SDK's engine instead, whose figures are shown and held against no budget;
what that counts are not instructions alone.

Needs gcc that compiles for 32 bits (Debian: gcc-multilib). The first run fetches the engine's sources from npm.

Cases:
${CASES.map(({ name, title }) => `  ${name.padEnd(18)} ${title}`).join("\n")}`;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`bench:xs: ${error instanceof Error ? error.message : error}`);
  const isUsage = String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
  process.exitCode = isUsage ? 2 : 1;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean" }, update: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const unknown = positionals.find((name) => !CASES.some((known) => known.name === name));
  if (unknown !== undefined) {
    console.error(`bench:xs: there is no case ${unknown}; they are ${CASES.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  const chosen = CASES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

  const say = (text: string) => console.error(text);
  await makeEngine(say);
  if (chosen.length > 1) say(`Linking ${chosen.length} programs and recording their journeys …`);
  const report = new BenchReport("xs");
  const measured: Record<string, Budget[string]> = {};
  for (const [one, running] of await start(chosen)) {
    const found = await running;
    measured[one.name] = figuresOf(found);
    tell(report, one, found);
  }
  tellRatios(report, measured);
  report.end();

  if (!IS_OWN_XS) return Number(process.exitCode ?? 0);
  const budget = JSON.parse(readFileSync(BUDGET, "utf8")) as Budget;
  if (values.update) {
    const names = CASES.map(({ name }) => name);
    writeFileSync(BUDGET, `${JSON.stringify(renewed(measured, budget, names), undefined, 2)}\n`);
    return Number(process.exitCode ?? 0);
  }
  const deviations = compare(measured, budget);
  for (const { text } of deviations) console.error(text);
  return deviations.some(({ kind }) => kind !== "under") ? 1 : Number(process.exitCode ?? 0);
}

/** Prepares all cases, then measures as many at a time as there are processors. */
async function start(cases: readonly Case[]): Promise<Map<Case, Promise<Smallest>>> {
  for (const one of cases) await prepare(one);
  const running = new Map<Case, Promise<Smallest>>();
  const lanes: Promise<unknown>[] = Array.from({ length: availableParallelism() }, () => Promise.resolve());
  for (const [i, one] of cases.entries()) {
    const lane = i % lanes.length;
    const turn = lanes[lane]!.then(() => measure(one));
    // Whoever waits for it hears of a failure.
    lanes[lane] = turn.catch(() => undefined);
    running.set(one, turn);
  }
  return running;
}

function tell(report: BenchReport, { name, title, heapGoal, peer }: Case, found: Smallest): void {
  const { stack, peakSlots, peakChunks, aliases, flashSlots, flashChunks } = found;
  report.title(`${name}: ${title}`);
  const { heap, instructions, ...work } = figuresOf(found);
  const by = { ...(peer !== undefined && { peer }) };
  report.row({
    metric: `${name}: smallest heap`,
    value: heap!,
    unit: "bytes",
    ...by,
    ...(heapGoal !== undefined && { goal: { atMost: heapGoal } }),
  });
  report.row({ metric: `${name}: whole run`, value: instructions!, unit: "instructions", ...by });
  for (const [what, value] of Object.entries(work)) {
    report.row({ metric: `${name}: ${what}`, value, unit: "instructions", ...by });
  }
  report.note(
    `    a stack of ${stack} slots of 16 bytes; at most ${peakSlots} slots and ${peakChunks} bytes of chunks; ` +
      `${aliases * ALIAS_BYTES} bytes of aliases beside the block; in flash: ${flashSlots} slots, ${flashChunks} bytes`,
  );
}

function tellRatios(report: BenchReport, measured: Budget): void {
  const told = RATIOS.flatMap((ratio) => {
    const value = shareOf(ratio, measured);
    return value === undefined ? [] : [{ metric: ratio.metric, value, goal: { atMost: ratio.atMost } }];
  });
  if (told.length > 0) report.title("Compared");
  for (const { metric, value, goal } of told) report.row({ metric, value, unit: "of it", goal });
}
