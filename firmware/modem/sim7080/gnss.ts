// Where the modem is. Receiver and radio share their antenna path and work by turns: a modem that is asked to do both finds no
// satellites, loses its connection, or hangs (reports from the field; the manual is silent). So the radio is off for as
// long as the receiver is on: AT+CFUN=4, which leaves SIM card and UART as they are.

import type { LinkFix, Search } from "../../platform/link.js";
import { isUnreadable, refused } from "../at/error.js";
import { delay } from "../at/wait.js";
import { setFunctionality } from "./commands/basic.js";
import { readFix, setReceiver } from "./commands/gnss.js";
import { ModemError } from "./modem-error.js";
import type { ModemSession } from "./session.js";

/** How often the receiver is asked, in milliseconds. */
const ASK_MS = 2000;
/** A fix that is off by no more than this is taken at once, in metres; the first ones of a cold start may be far off. */
const GOOD_M = 100;

/**
 * Looks for a fix with the radio off, and switches the radio on again. All sockets are gone then, and so is the PDP context.
 * @returns undefined: none was found in time, or none is wanted any more
 * @throws AtError; ModemError `gnss-refused` where there is no receiver, or it does not start
 */
export async function locate(session: ModemSession, search: Search): Promise<LinkFix | undefined> {
  const { channel } = session;
  try {
    await channel.run(setFunctionality(4));
    await channel.run(setReceiver(1)).catch((error) => {
      refused(error);
      throw new ModemError("gnss-refused", "the modem has no satellite receiver, or does not start it", error);
    });
    return await fixOf(session, search);
  } finally {
    await radioAgain(session);
  }
}

async function fixOf({ channel, clock, timer, config }: ModemSession, search: Search): Promise<LinkFix | undefined> {
  const until = clock.monotonic() + search.withinMs;
  let best: LinkFix | undefined;
  while (search.isWanted()) {
    const fix = (await channel.run(readFix).catch(passUnreadable))?.fix;
    if (fix !== undefined && fix.wallMs >= config.floorMs) {
      if (fix.accuracyM === undefined || fix.accuracyM <= GOOD_M) return fix;
      if (!(best !== undefined && best.accuracyM! <= fix.accuracyM)) best = fix;
    }
    const left = until - clock.monotonic();
    if (left <= 0) break;
    await delay(timer, Math.min(ASK_MS, left));
    channel.check();
  }
  return best;
}

/** A line that was garbled, or a command that was: the next one tells. */
function passUnreadable(error: unknown): undefined {
  if (!isUnreadable(error)) refused(error);
}

/** A modem that does not do it now is seen to by the bring-up, from the beginning. */
async function radioAgain(session: ModemSession): Promise<void> {
  const { boot, channel } = session;
  try {
    await channel.run(setReceiver(0)).catch(refused);
    boot.expectSmsReady();
    await channel.run(setFunctionality(1));
  } catch {
    session.done.clear();
  }
}
