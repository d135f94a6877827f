// Power-key and boot timing (SIM7080G Hardware Design V1.05 table 9 and "Compatible Design"; figures in milliseconds).
// Rule: the key is a toggle, so it is pressed only when the modem does not answer.

import { probe } from "./commands/basic.js";
import { ModemError } from "./modem-error.js";
import type { Session } from "./session.js";
import { delay } from "./wait.js";

/** Pressed to switch on: more than 1 s, less than 12 s. */
export const POWER_ON_PULSE_MS = 1200;
/** Pressed to switch off: more than 1.2 s. */
export const POWER_OFF_PULSE_MS = 1300;
/** Supply and status lines fall about 1.8 s after the modem said that it is off; before that it cannot be switched on. */
export const REST_MS = 2000;
/** From the key until the UART answers, typically. */
export const BOOT_MS = 1800;
/** Longest boot that is waited for. */
export const BOOT_LIMIT_MS = 15_000;

const PROBE_TRIES = 3;
const PROBE_TIMEOUT_MS = 300;
/** Between two AT while the modem boots. */
const BOOT_PROBE_MS = 500;
/** Presses before it counts as dead: the first one may have switched a deaf modem off. */
const POWER_TRIES = 3;

/**
 * Makes the modem answer AT: asks first, presses the key only when there is no answer.
 * @throws ModemError `modem-silent`
 */
export async function wake(session: Session): Promise<void> {
  session.report("probe", "is the modem on?");
  if (await answers(session, PROBE_TRIES, PROBE_TIMEOUT_MS)) return;
  const { powerKey } = session;
  if (!powerKey) {
    session.report("power", "no power key: waiting for it to boot");
    if (await booted(session)) return;
    throw new ModemError("modem-silent", "the modem does not answer and no power key is wired: check power and wiring");
  }
  for (let i = 0; i < POWER_TRIES; i++) {
    session.report("power", i === 0 ? "pressing the power key" : "pressing the power key again");
    powerKey.write(1);
    await delay(session.timer, POWER_ON_PULSE_MS);
    powerKey.write(0);
    if (await booted(session)) return;
  }
  throw new ModemError(
    "modem-silent",
    "the modem does not answer, nor does the power key wake it: check power and wiring",
  );
}

/** Waits until the modem has booted and answers. */
async function booted(session: Session): Promise<boolean> {
  const { channel, clock } = session;
  const until = clock.monotonic() + BOOT_LIMIT_MS;
  session.booted = true;
  // RDY is printed with a fixed line speed only (SIM7080 AT V1.07 §1.4).
  await channel.waitFor("RDY", BOOT_MS).line;
  while (clock.monotonic() < until) {
    if (await answers(session, 1, BOOT_PROBE_MS)) return true;
  }
  return false;
}

/** True once an AT was answered; the first after power-on or sleep may be lost. */
export async function answers(session: Session, tries: number, timeoutMs: number): Promise<boolean> {
  for (let i = 0; i < tries; i++) {
    const ok = await session.channel.run(probe(timeoutMs)).then(
      () => true,
      () => false,
    );
    if (ok) return true;
  }
  return false;
}
