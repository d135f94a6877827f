// Registration with the network: told by URC, asked for again now and then, bounded.

import type { Command } from "../at/command.js";
import { unreadable } from "../at/error.js";
import { isRegistered, REGISTRATION } from "./commands/network.js";
import { ModemError } from "./modem-error.js";
import { ask, type ModemSession } from "./session.js";

/** Longest search for a network; a first attach takes minutes. */
export const REGISTRATION_LIMIT_MS = 180_000;
/** A denial that stands for so long is one; while networks are tried in turn it may be a passing state. */
export const DENIED_LIMIT_MS = 10_000;
/** People are told that it waits so often. */
const REPORT_MS = 5000;
/** Changes are told by URC; the state is asked for again every so many of the above, lest one was lost. */
const ASK_TURNS = 3;

/** Of several states the first of these counts: what serves the device, then what still may. */
const RANKED: readonly number[] = [
  REGISTRATION.home,
  REGISTRATION.roaming,
  REGISTRATION.searching,
  REGISTRATION.unknown,
  REGISTRATION.denied,
  REGISTRATION.idle,
];

/**
 * Waits until the network serves the device.
 * @throws ModemError `registration-denied`, `registration-timeout`
 */
export async function register(session: ModemSession): Promise<void> {
  const { channel, clock, model } = session;
  const kinds = model.registrations.map(({ change }) => change);
  const started = clock.monotonic();
  let deniedAt: number | undefined;
  session.report("register", "searching for a network");
  // Awaited from before each question on, so that no change falls between the two.
  let change = channel.waitFor(kinds, REPORT_MS, isDecisive);
  const questions = model.registrations.flatMap(({ report, read }): Command<unknown>[] => [report, read]);
  let stat = overall(await ask(session, questions)) ?? REGISTRATION.unknown;
  for (let turn = 1; !isRegistered(stat); turn++) {
    stat = (await change.said) ?? stat;
    channel.check();
    const now = clock.monotonic();
    deniedAt = stat === REGISTRATION.denied ? (deniedAt ?? now) : undefined;
    if (deniedAt !== undefined && now - deniedAt >= DENIED_LIMIT_MS) {
      throw new ModemError("registration-denied", "the network refuses this SIM: is it activated, has it volume left?");
    }
    if (!isRegistered(stat) && now - started >= REGISTRATION_LIMIT_MS) {
      throw new ModemError("registration-timeout", "no network found: check antenna, bands and coverage");
    }
    if (isRegistered(stat)) break;
    const seconds = Math.round((now - started) / 1000);
    session.report("register", `${deniedAt === undefined ? "searching" : "denied"} for ${seconds} s`);
    change = channel.waitFor(kinds, REPORT_MS, isDecisive);
    if (deniedAt === undefined && turn % ASK_TURNS !== 0) continue;
    stat = (await readState(session)) ?? stat;
  }
  change.cancel();
}

/** The state of registration; undefined when it cannot be read. */
async function readState({ channel, model }: ModemSession): Promise<number | undefined> {
  const stats: (number | undefined)[] = [];
  for (const { read } of model.registrations) stats.push(await channel.run(read).catch(unreadable));
  return overall(stats);
}

/** One state from those that were told; undefined: none was. */
function overall(stats: readonly unknown[]): number | undefined {
  return RANKED.find((stat) => stats.includes(stat));
}

/** A state that ends the search, for better or worse. */
function isDecisive(stat: number): boolean {
  return isRegistered(stat) || stat === REGISTRATION.denied;
}
