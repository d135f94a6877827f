// What bring-up, rungs and sleep share: the channel, the time, the configuration, and what is known so far.

import type { Clock, Timer } from "../../platform/clock.js";
import type { Log } from "../../platform/events.js";
import type { LinkStage, LinkStatus } from "../../platform/link.js";
import type { DigitalOut } from "../../platform/pins.js";
import type { Channel } from "../at/channel.js";
import { type Command, isReply, together } from "../at/command.js";
import { type AtError, isUnreadable, refused, unreadable, untold } from "../at/error.js";
import type { KeyPulses, Supply } from "../boards.js";
import type { BootWatch } from "./boot-watch.js";
import type { GrantedPsm } from "./commands/sleep.js";
import type { NetworkConfig } from "./config.js";
import type { Model } from "./model.js";
import type { PinMemory } from "./pin-memory.js";

/** One life of the serial line. */
export interface ModemSession {
  readonly channel: Channel;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
  readonly boot: BootWatch;
  readonly powerKey: DigitalOut | undefined;
  readonly pulses: KeyPulses;
  readonly supply: Supply | undefined;
  readonly pins: PinMemory;
  readonly config: NetworkConfig;
  readonly flowControl: "none" | "hardware";
  /** Line speed wanted, and the one now in use; bits per second. */
  readonly baud: number;
  currentBaud: number;
  /** The models that it may be; the first one where its name cannot be read or is none of theirs. */
  readonly models: readonly [Model, ...Model[]];
  model: Model;
  /** Tells people what goes on. */
  readonly report: (stage: LinkStage, detail: string) => void;
  /** Who SIM and module are, and how the cell is heard; what is unknown is left out. */
  identity: Pick<LinkStatus, "iccid" | "imei" | "model" | "firmware">;
  signal: Omit<LinkStatus, "iccid" | "imei" | "model" | "firmware">;
  /** What the network granted of PSM, if it did; undefined: not asked yet. */
  granted: { readonly psm: GrantedPsm | undefined } | undefined;
  /** How it was put to rest, by this chip or before its sleep; undefined: it was not, or it has been woken since. */
  rests: "psm" | "off" | undefined;
  /** Power has just come to the chip, and nothing is known of the modem. */
  isCold: boolean;
  /** When one that was switched off can be switched on again, monotonic milliseconds. */
  offAt: number;
  /** It was woken from PSM: what it had saved holds, and the network knows it still. */
  isKept: boolean;
  /** Steps of the bring-up that still hold; none after a restart. */
  readonly done: Set<string>;
  /** True when nothing of an earlier run of the chip can be left in the modem: it has booted, or was cleaned up. */
  clean: boolean;
  /** The modem has taken ASYNCOPEN: AT+CAOPEN answers OK first and tells its result later. */
  asyncOpen: boolean;
  /** True until a concatenated line was refused although each of its commands is taken. */
  concatenates: boolean;
}

/**
 * Asks several things in one exchange. Where the modem refuses one of them, what it answered before that counts, and the rest is
 * asked one by one; an answer that cannot be read is asked for once more by itself.
 * @returns the answers in order; undefined for one that the modem refuses, or that cannot be read
 */
export function ask<T extends readonly unknown[]>(
  session: ModemSession,
  commands: { [K in keyof T]: Command<T[K]> },
): Promise<{ [K in keyof T]: T[K] | undefined }> {
  type Answers = { [K in keyof T]: T[K] | undefined };
  const each = commands as readonly Command<unknown>[];
  if (!session.concatenates) return askSingly(session, each, [], false) as Promise<Answers>;
  return session.channel.run(together(each)).then(
    (lines) => {
      const answers = each.map((command) => legible(command, linesFor(command, lines)));
      return (answers.includes(UNREAD) ? askSingly(session, each, lines, true) : answers) as Answers | Promise<Answers>;
    },
    (error) => {
      refused(error);
      return askSingly(session, each, (error as AtError).lines, false) as Promise<Answers>;
    },
  );
}

/**
 * Asks one by one for what is not told by `lines` yet.
 * @param whole they answer all commands, as far as they can be read
 */
async function askSingly(
  session: ModemSession,
  commands: readonly Command<unknown>[],
  lines: readonly string[],
  whole: boolean,
): Promise<unknown[]> {
  const { channel } = session;
  const answers: unknown[] = [];
  // With no line at all it is not known which command ended it, nor whether this modem takes several in a line.
  let ended = !whole && lines.length === 0;
  let taken = ended;
  for (const command of commands) {
    const own = linesFor(command, lines);
    const answered = whole || (!ended && own.length > 0);
    let answer = answered ? legible(command, own) : UNREAD;
    if (!answered && !ended && command.reply !== undefined) {
      ended = true;
      answer = undefined;
    }
    if (answer === UNREAD) {
      answer = await channel.run(command).catch((error) => {
        untold(error);
        if (!isUnreadable(error)) taken = false;
      });
    }
    answers.push(answer);
  }
  if (taken) session.concatenates = false;
  return answers;
}

const linesFor = (command: Command<unknown>, lines: readonly string[]) =>
  lines.filter((line) => isReply(command, line));

/** In the place of an answer that cannot be read. */
const UNREAD = {};

/** What `lines` say, or UNREAD. */
function legible(command: Command<unknown>, lines: readonly string[]): unknown {
  try {
    return command.parse({ lines, body: undefined });
  } catch (error) {
    unreadable(error);
    return UNREAD;
  }
}
