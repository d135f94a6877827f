// The line speed: an autobauding modem prints no boot URCs and loses its speed in sleep, so it gets a fixed one, saved in
// the modem (AT+IPR), and each change is verified before it is relied on.

import { refused } from "../at/error.js";
import { delay } from "../at/wait.js";
import { setLineSpeed } from "./commands/basic.js";
import { ModemError } from "./modem-error.js";
import { answers } from "./power.js";
import type { ModemSession } from "./session.js";

/** Speed for a line with RTS/CTS, in bits per second. */
export const FAST_BAUD = 921_600;
/** Speed for a line without, where a burst must fit the chip's receive buffer. */
export const SAFE_BAUD = 115_200;

/** The new speed begins behind the OK; both ends get this long. */
const SWITCH_MS = 200;
const VERIFY_TRIES = 3;
const VERIFY_TIMEOUT_MS = 500;

/**
 * Sets the wanted speed where the modem has another one saved.
 * @param saved what AT+IPR? told; undefined when it refused
 * @throws ModemError `modem-silent` when the modem answers at neither speed afterwards
 */
export async function fixLineSpeed(session: ModemSession, saved: number | undefined): Promise<void> {
  const { baud, channel, log, timer } = session;
  if (saved === baud && session.currentBaud === baud) return;
  const before = session.currentBaud;
  const taken = await channel.run(setLineSpeed(baud)).then(() => true, refused);
  if (!taken) {
    log("warn", "line-speed-refused", { wanted: baud, kept: before });
    return;
  }
  await useSpeed(session, baud);
  if (await answers(session, VERIFY_TRIES, VERIFY_TIMEOUT_MS)) {
    log("info", "line-speed", { from: saved, to: baud });
    return;
  }
  log("warn", "line-speed-failed", { wanted: baud, kept: before });
  await useSpeed(session, before);
  if (!(await answers(session, VERIFY_TRIES, VERIFY_TIMEOUT_MS))) {
    throw new ModemError("modem-silent", `the modem answers neither at ${baud} nor at ${before} bits per second`);
  }
  // Back to the speed that works, so that the next boot begins with it.
  await channel.run(setLineSpeed(before)).catch(refused);

  async function useSpeed(target: ModemSession, speed: number): Promise<void> {
    await delay(timer, SWITCH_MS);
    channel.setBaud(speed);
    target.currentBaud = speed;
  }
}
