// `npm run bench:xs`: what the firmware's parts take on the XS engine, 32 bits, in one fixed heap block. See --help.

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { withFigures as withGoals } from "../device/document.js";
import { BenchReport } from "../report.js";
import { type Budget, compare, namedAlone, renewed } from "./budget.js";
import { CASES, type Case, RATIOS, SDK_PEERS, shareOf } from "./cases.js";
import type { Checked } from "./check.js";
import { DIFFERENCES, excessOf } from "./differences.js";
import { withFigures } from "./document.js";
import { IS_OWN_XS, makeEngine } from "./engine.js";
import { FULL } from "./full.js";
import { directoryOf, figuresOf, hold, measure, prepare } from "./measure.js";
import { profileOf, told as toldProfile } from "./profile.js";
import { HERE, ROOT } from "./program.js";
import type { Fitting } from "./run.js";
import { told, walkOf } from "./walk.js";

const ALL = [...CASES, ...FULL];
const BUDGET = join(HERE, "budget.json");
const DOCUMENT = join(ROOT, "docs/evidence/memory.md");
const GOALS = join(ROOT, "docs/performance.md");
const ALIAS_BYTES = 4;
const HELP = `npm run bench:xs -- [case…] [--check | --update | --walk | --profile] [--goals] [--json] [--help]

Measures each case on XS: the smallest heap block in which it runs to its end, and the XS instructions that it takes.
Fails when a figure is not as bench/xs/budget.json says. The figures repeat to the instruction.

  --check    does not search: each case must fit in its budget and must not fit in 2 % less, and take its instructions
  --update   writes the figures of the cases that were run into budget.json, docs/evidence/memory.md and docs/performance.md
  --goals    a goal that is not met fails too
  --json     one JSON object a line
  --walk     measures nothing: shows what lives on the heap when most does, by kind and by owner
  --profile  measures nothing: shows in which functions instructions go, from a program's first host.meter() on

With XS=$MODDABLE/xs in the environment it is the SDK's engine instead, whose figures are shown and held against no budget;
what that counts are not instructions alone.

Needs gcc that compiles for 32 bits (Debian: gcc-multilib). Where the machine runs no 32-bit x86 program, it needs an emulator
too (Debian: qemu-user-static); SIMKEY_XS_EMULATE=1 takes that in any case. The figures are the same; a search takes ten times as
long. The first run fetches the engine's sources from npm.

With MODDABLE in the environment the SDK's own MQTT client is shown beside ours.

Cases:
${[...ALL, ...SDK_PEERS, ...DIFFERENCES].map(({ name, title }) => `  ${name.padEnd(18)} ${title}`).join("\n")}`;

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
    options: {
      check: { type: "boolean" },
      goals: { type: "boolean" },
      json: { type: "boolean" },
      update: { type: "boolean" },
      walk: { type: "boolean" },
      profile: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const wrong = wrongUse(values.check === true, values.update === true, positionals);
  if (wrong !== undefined) {
    console.error(`bench:xs: ${wrong}`);
    return 2;
  }
  const isChosen = ({ name }: { name: string }) => positionals.length === 0 || positionals.includes(name);
  const chosen = ALL.filter(isChosen);
  const budget = JSON.parse(readFileSync(BUDGET, "utf8")) as Budget;

  const say = (text: string) => console.error(text);
  const engine = await makeEngine(say);
  if (values.walk || values.profile) {
    for (const one of chosen) {
      await prepare(one);
      const directory = directoryOf(one.name);
      if (values.walk) console.log(told(one.name, await walkOf(engine, directory)));
      if (values.profile) console.log(toldProfile(one.name, await profileOf(engine, directory)));
    }
    return 0;
  }
  if (chosen.length > 1) say(`Linking ${chosen.length} programs and recording their journeys …`);
  const report = new BenchReport("xs", undefined, false);
  const measured: Record<string, Budget[string]> = {};
  const faults: string[] = [];
  const work = (one: Case) => (values.check ? hold : measure)(engine, one, budget);
  for (const [one, running] of await start(chosen, work)) {
    const checked = await running.catch((error: Error): Checked => ({ faults: [error.message] }));
    faults.push(...checked.faults);
    if (checked.found === undefined) continue;
    measured[one.name] = figuresOf(checked.found);
    tell(report, one, checked.found, values.check ? "fits in" : "smallest heap");
  }
  for (const peer of values.check ? [] : SDK_PEERS.filter(isChosen)) {
    await prepare(peer);
    tell(report, peer, (await measure(engine, peer, {})).found!, "smallest heap");
  }
  for (const difference of DIFFERENCES.filter(isChosen)) {
    const { name, title, goal } = difference;
    const value = await excessOf(engine, difference);
    measured[name] = { heap: value };
    report.title(`${name}: ${title}`);
    const most = goal === undefined ? {} : { goal: { atMost: goal } };
    report.row({ metric: `${name}: more that lives at the peak`, value, unit: "bytes", ...most });
    if (values.check) faults.push(...compare({ [name]: measured[name] }, budget));
  }
  tellRatios(report, measured);
  report.end();

  if (values.update) {
    const names = [...ALL, ...DIFFERENCES].map(({ name }) => name);
    const next = renewed(measured, budget, names);
    writeFileSync(BUDGET, `${JSON.stringify(next, undefined, 2)}\n`);
    writeFileSync(DOCUMENT, withFigures(readFileSync(DOCUMENT, "utf8"), next));
    writeFileSync(GOALS, withGoals(readFileSync(GOALS, "utf8"), namedAlone(next)));
  } else if (IS_OWN_XS && !values.check) faults.push(...compare(measured, budget));
  for (const text of faults) console.error(text);
  return faults.length > 0 ? 1 : Number(process.exitCode ?? 0);
}

function wrongUse(check: boolean, update: boolean, names: readonly string[]): string | undefined {
  const known = [...ALL, ...SDK_PEERS, ...DIFFERENCES].map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) return `there is no case ${unknown}; they are ${known.join(", ")}`;
  if (check && update) return "--check holds against the budget, --update writes it: choose one";
  if (!IS_OWN_XS && (check || update))
    return "the budget is for the engine of the npm package: leave out XS, or --check and --update";
  return undefined;
}

/** Prepares all cases, then does the work on as many at a time as there are processors. */
async function start(
  cases: readonly Case[],
  work: (one: Case) => Promise<Checked>,
): Promise<Map<Case, Promise<Checked>>> {
  for (const one of cases) await prepare(one);
  const running = new Map<Case, Promise<Checked>>();
  const lanes: Promise<unknown>[] = Array.from({ length: availableParallelism() }, () => Promise.resolve());
  for (const [i, one] of cases.entries()) {
    const lane = i % lanes.length;
    const turn = lanes[lane]!.then(() => work(one));
    // Whoever waits for it hears of a failure.
    lanes[lane] = turn.catch(() => undefined);
    running.set(one, turn);
  }
  return running;
}

function tell(
  report: BenchReport,
  { name, title, heapGoal, workGoals, peer }: Case,
  found: Fitting,
  how: string,
): void {
  const { peakSlots, peakChunks, aliases, flashSlots, flashChunks } = found;
  report.title(`${name}: ${title}`);
  const { heap, stack, instructions, ...work } = figuresOf(found);
  const by = { ...(peer !== undefined && { peer }) };
  report.row({
    metric: `${name}: ${how}`,
    value: heap!,
    unit: "bytes",
    ...by,
    ...(heapGoal !== undefined && { goal: { atMost: heapGoal } }),
  });
  report.row({ metric: `${name}: whole run`, value: instructions!, unit: "instructions", ...by });
  for (const [what, value] of Object.entries(work)) {
    const most = workGoals?.[what];
    const goal = most === undefined ? {} : { goal: { atMost: most } };
    report.row({ metric: `${name}: ${what}`, value, unit: "instructions", ...by, ...goal });
  }
  report.note(
    `    a stack of ${stack} slots of 16 bytes; at most ${peakSlots} slots and ${peakChunks} bytes of chunks; ` +
      `${aliases * ALIAS_BYTES} bytes of aliases beside the block; in flash: ${flashSlots} slots, ${flashChunks} bytes`,
  );
}

function tellRatios(report: BenchReport, measured: Budget): void {
  const known = RATIOS.flatMap((ratio) => {
    const value = shareOf(ratio, measured);
    return value === undefined ? [] : [{ metric: ratio.metric, value, goal: { atMost: ratio.atMost } }];
  });
  if (known.length > 0) report.title("Compared");
  for (const { metric, value, goal } of known) report.row({ metric, value, unit: "of it", goal });
}
