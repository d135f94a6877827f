// Measures one case: links its program, records its journey, and runs it on XS.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Budget, Figures } from "./budget.js";
import { linkBundle } from "./bundle.js";
import type { Case } from "./cases.js";
import { type Checked, check } from "./check.js";
import { imageSpace } from "./hostile/image.js";
import { recordJourney } from "./journey.js";
import { HERE, linkProgram, ROOT } from "./program.js";
import { type Fitting, runProgram, type Space, smallest } from "./run.js";

/**
 * What an image has besides its block, but for what its heaps begin with: that is there for rest from the collector, and a part
 * of it is free when the device takes most.
 */
function imageBut(): Omit<Space, "bytes"> {
  const { stack, creation } = imageSpace();
  const { native, chunks, heaps } = creation!;
  return { stack, creation: { native, chunks, heaps, chunk: chunks, heap: heaps } };
}

/** Links a case's program and records its journey. One at a time. @throws Error when the program fails in Node */
export async function prepare({ name, guest, preload, holds, variant, cloud, values, inputs }: Case): Promise<void> {
  const directory = directoryOf(name);
  const main = join("bench/xs/guests", guest);
  if (preload === "bundle") await linkBundle(directory, main);
  else await linkProgram(directory, main, preload, holds, variant);
  mkdirSync(directory, { recursive: true });
  const files = inputs?.() ?? {};
  if (cloud !== undefined) await recordJourney(directory, join(ROOT, main), cloud(), values, variant, files);
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(directory, file), bytes);
}

/**
 * The smallest heap of a case that is prepared, looked for from its budget on. Several at a time.
 * @throws Error when the program fails on XS
 */
export async function measure(engine: readonly string[], { name, asImage }: Case, budget: Budget): Promise<Checked> {
  const found = await smallest(engine, directoryOf(name), budget[name]?.heap, asImage ? imageBut() : undefined);
  checkPrinted(name, found);
  return { found, faults: [] };
}

/** Holds a case that is prepared against its budget. Several at a time. @throws Error when the program fails on XS */
export async function hold(engine: readonly string[], { name, asImage }: Case, budget: Budget): Promise<Checked> {
  const fixed = asImage ? imageBut() : {};
  const run = (space: Space) => runProgram(engine, directoryOf(name), { ...space, ...fixed });
  const checked = await check(name, budget[name], run, figuresOf);
  if (checked.found !== undefined) checkPrinted(name, checked.found);
  return checked;
}

function checkPrinted(name: string, { printed }: Fitting): void {
  const fault = printed.find((line) => "fault" in line);
  if (fault !== undefined) throw new Error(`${name}: ${fault.fault}`);
}

/** Where a case's program is. */
export const directoryOf = (name: string) => join(HERE, "build/programs", name);

/** The figures that the budget bounds. */
export function figuresOf({ bytes, stack, instructions, printed }: Fitting): Figures {
  const work = printed.flatMap((line) => ("work" in line ? [[String(line.work), Number(line.instructions)]] : []));
  return { heap: bytes, stack, instructions, ...Object.fromEntries(work) };
}
