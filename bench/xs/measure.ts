// Measures one case: links its program, records its journey, and finds the smallest heap that it runs in.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figures } from "./budget.js";
import { linkBundle } from "./bundle.js";
import type { Case } from "./cases.js";
import { type Smallest, smallest } from "./engine.js";
import { recordJourney } from "./journey.js";
import { HERE, linkProgram, ROOT } from "./program.js";

/** Links a case's program and records its journey. One at a time. @throws Error when the program fails in Node */
export async function prepare({ name, guest, preload, cloud, values, inputs }: Case): Promise<void> {
  const directory = directoryOf(name);
  const main = join("bench/xs/guests", guest);
  if (preload === "bundle") await linkBundle(directory, main);
  else await linkProgram(directory, main, preload);
  mkdirSync(directory, { recursive: true });
  if (cloud !== undefined) await recordJourney(directory, join(ROOT, main), cloud(), values);
  for (const [file, bytes] of Object.entries(inputs?.() ?? {})) writeFileSync(join(directory, file), bytes);
}

/** The smallest heap of a case that is prepared. Several at a time. @throws Error when the program fails on XS */
export async function measure({ name }: Case): Promise<Smallest> {
  const found = await smallest(directoryOf(name));
  const fault = found.printed.find((line) => "fault" in line);
  if (fault !== undefined) throw new Error(`${name}: ${fault.fault}`);
  return found;
}

const directoryOf = (name: string) => join(HERE, "build/programs", name);

/** The figures that the budget bounds. */
export function figuresOf({ bytes, instructions, printed }: Smallest): Figures {
  const work = printed.flatMap((line) => ("work" in line ? [[String(line.work), Number(line.instructions)]] : []));
  return { heap: bytes, instructions, ...Object.fromEntries(work) };
}
