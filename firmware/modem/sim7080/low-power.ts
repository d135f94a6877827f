// Sleep between publishes. What was asked for is in the settings (settings.ts); here: what the network granted, and
// going to sleep.

import { isRefused, untold } from "../at/error.js";
import { powerDown, setFunctionality } from "./commands/basic.js";
import { type GrantedPsm, readGrantedPsm } from "./commands/sleep.js";
import { answers, POWER_OFF_MS } from "./power.js";
import type { ModemSession } from "./session.js";
import { ASLEEP } from "./urcs.js";

/**
 * How the modem rests:
 * - `psm`: power saving mode; registration and context are kept by the network, the UART is dead
 * - `off`: switched off, as the profile says, or as the network granted no PSM; the power key can bring it back
 * - `radio-off`: radio off, as nothing better is there
 * - `awake`: it stays reachable (profiles `always-on` and `edrx`)
 */
export type Rest = "psm" | "off" | "radio-off" | "awake";

/** The network may keep the connection a little longer than T3324 says. */
const PSM_MARGIN_MS = 20_000;
const PROBE_TRIES = 2;
const PROBE_TIMEOUT_MS = 500;

/** That rest which the power key ends; undefined for any other. */
export const keyWakes = (how: Rest | undefined): ModemSession["rests"] =>
  how === "psm" || how === "off" ? how : undefined;

/** Asks what the network granted. */
async function readGranted(session: ModemSession): Promise<NonNullable<ModemSession["granted"]>> {
  const granted = { psm: (await session.channel.run(readGrantedPsm).catch(untold))?.psm };
  session.granted = granted;
  session.log("info", "low-power", { psmActiveS: granted.psm?.activeS, psmPeriodS: granted.psm?.periodS });
  return granted;
}

/**
 * Lets the modem rest as the profile says, and as far as the network grants it. In PSM the network keeps the PDP context: it is
 * left as it is.
 */
export async function rest(session: ModemSession): Promise<Rest> {
  const { channel, clock, config } = session;
  if (config.profile.mode === "psm") {
    const { psm } = session.granted ?? (await readGranted(session));
    // Only the power key ends the sleep before its time.
    if (psm && session.powerKey && (await entersSleep(session, psm))) return "psm";
    session.log("warn", "no-psm", { granted: psm !== undefined, powerKey: session.powerKey !== undefined });
  }
  session.done.clear();
  if (!session.powerKey) {
    await channel.run(setFunctionality(0));
    return "radio-off";
  }
  try {
    await channel.run(powerDown);
  } catch (error) {
    // Some firmware goes off without a word: then it just stops answering.
    if (!isRefused(error) && (await answers(session, PROBE_TRIES, PROBE_TIMEOUT_MS))) throw error;
  }
  // Nobody waits for that here: the next wake does, if it comes so soon.
  session.offAt = clock.monotonic() + POWER_OFF_MS;
  return "off";
}

/** Waits for the modem to fall asleep: it says so, or, as some firmware does not, it just stops answering. */
async function entersSleep(session: ModemSession, { activeS }: GrantedPsm): Promise<boolean> {
  const told = session.channel.waitFor([ASLEEP], activeS * 1000 + PSM_MARGIN_MS);
  const asleep = (await told.said) !== undefined || !(await answers(session, PROBE_TRIES, PROBE_TIMEOUT_MS));
  if (asleep) session.done.clear();
  return asleep;
}
