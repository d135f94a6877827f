// Commands as the device took them, and its answers: what several promises go by. A command is answered in the moment in which
// it comes, or not at all; but for those of an app, which may take their time.

import type { AppDeed } from "../../desk/app-tap.js";
import { DEFAULT_SIM, iccidOf } from "../../world/sims.js";
import type { Command } from "../downlink.js";
import type { Evidence } from "../evidence.js";
import type { RecordLife } from "../ledger.js";
import type { Heard } from "../wire.js";

const OWN = iccidOf(DEFAULT_SIM);
const RESPONSES = `${OWN}/responses`;
const COMMANDS = `${OWN}/commands/`;

/** An answer that the outbox kept. */
export type Answer = Readonly<Record<string, unknown>> & {
  id: string | null;
  ok: boolean;
  error?: string;
  seconds?: number;
  uptime?: number;
};

export interface Kept {
  record: RecordLife;
  answer: Answer;
}

/** All answers, in the order in which they were written. */
export function answersOf({ records, vanished }: Pick<Evidence, "records" | "vanished">): Kept[] {
  return [...records.values(), ...vanished]
    .filter(({ topic, keptAt }) => topic === RESPONSES && keptAt !== undefined)
    .sort((a, b) => a.keptAt! - b.keptAt!)
    .map((record) => ({ record, answer: JSON.parse(record.text) as Answer }));
}

/** All commands that came, those that the broker had kept among them. */
export const commandsHeard = ({ heard }: Pick<Evidence, "heard">): Heard[] =>
  heard.filter(({ topic }) => topic.startsWith(COMMANDS));

/** The id of a command that came. */
export const idOf = ({ text }: Heard): string => (JSON.parse(text) as { id: string }).id;

/** A command that came anew, and what became of it in that moment. */
export interface Taken {
  heard: Heard;
  id: string;
  /** What the cloud sent; undefined: nobody sent it. */
  command: Command | undefined;
  /** Its answer. */
  kept?: Kept;
  /** What the app was asked for it. */
  deed?: AppDeed;
}

/** All commands that came anew, in their order. */
export function takenOf(evidence: Evidence): Taken[] {
  const sent = new Map(evidence.commands.map((command) => [command.id, command]));
  const answers = grouped(answersOf(evidence), ({ record: { keptAt }, answer: { id } }) => `${keptAt} ${id}`);
  const deeds = grouped(
    evidence.deeds.filter(({ what }) => what === "command"),
    ({ at, name }) => `${at} ${name}`,
  );
  return commandsHeard(evidence).flatMap((heard): Taken[] => {
    if (heard.retained) return [];
    const id = idOf(heard);
    const command = sent.get(id);
    const kept = answers.get(`${heard.at} ${id}`)?.shift();
    const isAsked = command?.own && !NOT_ASKED.has(kept?.answer.error ?? "");
    const deed = isAsked ? deeds.get(`${heard.at} ${command.cmd}`)?.shift() : undefined;
    return [{ heard, id, command, ...(kept && { kept }), ...(deed && { deed }) }];
  });
}
/** Answers to a command of the app's that it was not asked for. */
const NOT_ASKED: ReadonlySet<string> = new Set(["busy", "bad-argument", "unknown-command"]);

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
