// `simkey send`: asks a run in another process for what its prompt takes, and prints the answer.

import { UsageError } from "../output/errors.js";
import { askAt } from "../parts/door.js";
import { type Door, savedDoors } from "../parts/home.js";
import type { Surroundings } from "../parts/surroundings.js";

export interface SendOptions {
  to?: number;
}

/** What was asked cannot be understood, or was not done. */
export class SendError extends Error {}

/** @throws UsageError where no run, or more than one, may be meant; SendError */
export async function sendCommand(words: readonly string[], options: SendOptions, around: Surroundings): Promise<void> {
  const answer = await askAt(doorOf(savedDoors(around.env), options.to), words.join(" "));
  if (!answer.ok) throw new SendError(answer.error);
  for (const line of answer.lines) around.stdout(`${line}\n`);
}

function doorOf(doors: readonly Door[], pid: number | undefined): Door {
  const all = doors.map((door) => door.pid).join(", ");
  const meant = pid === undefined ? doors : doors.filter((door) => door.pid === pid);
  if (meant.length === 1) return meant[0]!;
  if (doors.length === 0) throw new UsageError("no run with a simulated modem is on; start one with simkey run");
  if (pid === undefined) throw new UsageError(`several runs are on: name one with --to, of ${all}`);
  throw new UsageError(`there is no run ${pid}; those that are on: ${all}`);
}
