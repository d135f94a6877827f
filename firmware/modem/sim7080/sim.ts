// The SIM: waits until it is ready, enters the PIN, reads who SIM and module are.

import { CME } from "../at/cme.js";
import { AtError, refused, unreadable } from "../at/error.js";
import { echoOff, echoOn, setFunctionality } from "./commands/basic.js";
import { enterPin, isBadFirmware, readFirmware, readIccid, readImei, readPinState } from "./commands/identity.js";
import { type ModemCode, ModemError } from "./modem-error.js";
import { ask, type ModemSession } from "./session.js";
import { PIN } from "./urcs.js";

/** A SIM may be busy for so long after boot. */
const SIM_LIMIT_MS = 15_000;
/** It tells when it is ready; it is asked again so often lest that was lost. */
const SIM_ASK_MS = 1500;
/** From the PIN's OK to `+CPIN: READY`, with a margin. */
const UNLOCK_MS = 5000;
/** A line whose answer says that it was not understood asked nothing of the SIM. */
const NOT_UNDERSTOOD: ReadonlySet<number | undefined> = new Set([CME.unrecognized, CME.syntax]);
/** So often in a row the modem must understand a line before a doubted PIN is sent: together many times as long as that. */
const REHEARSALS = 20;
/** What a card without contact looks like. */
const LOOSE: ReadonlySet<ModemCode> = new Set(["sim-missing", "sim-failed"]);

/**
 * Makes the SIM usable. One whose state cannot be read is used as it is: the network tells soon enough whether that will do.
 * @throws ModemError `sim-missing`, `sim-locked`, `sim-pin-refused`, `sim-puk`, `sim-failed`, `sim-busy`
 */
export async function unlockSim(session: ModemSession): Promise<void> {
  session.report("sim", "is the SIM ready?");
  const found = await foundState(session);
  if (found === undefined) {
    session.log("warn", "sim-state-unread", {});
    return;
  }
  const state = found === "SIM PIN" ? await usePin(session) : found;
  if (state === "SIM PUK")
    throw new ModemError("sim-puk", "the SIM is locked and asks for its PUK: unlock it in a phone");
  if (state !== "READY") throw new ModemError("sim-locked", `the SIM asks for ${state}`);
  session.pins.clear();
}

/** State of the SIM. A card that is not there, or cannot be read, may have shaken loose: it is switched off and on, once. */
async function foundState(session: ModemSession): Promise<string | undefined> {
  try {
    return await settledState(session);
  } catch (error) {
    if (!(error instanceof ModemError) || !LOOSE.has(error.code)) throw error;
    session.report("sim", "switching the SIM off and on");
    const { boot, channel } = session;
    await channel.run(setFunctionality(0));
    boot.expectSmsReady();
    await channel.run(setFunctionality(1));
    return settledState(session);
  }
}

/** State of the SIM once it is not busy any more; undefined when all that the modem says of it cannot be read. */
async function settledState(session: ModemSession): Promise<string | undefined> {
  const { channel, clock } = session;
  const until = clock.monotonic() + SIM_LIMIT_MS;
  let legible = false;
  for (;;) {
    // Awaited from before the question on, so that no change falls between the two.
    const told = channel.waitFor([PIN], SIM_ASK_MS, isSettled);
    const state = await channel.run(readPinState).catch(stateOfError);
    legible ||= state !== undefined;
    const settled = isSettled(state) ? state : await told.said;
    told.cancel();
    if (settled === "NOT INSERTED") throw new ModemError("sim-missing", "no SIM card is inserted");
    if (settled !== undefined) return settled;
    if (clock.monotonic() < until) continue;
    if (!legible) return undefined;
    throw new ModemError("sim-busy", "the SIM did not become ready");
  }
}

/** False while the SIM is being read. */
function isSettled(state: string | undefined): boolean {
  return state !== undefined && state !== "NOT READY" && state !== "busy";
}

/** What an error of AT+CPIN? says of the SIM. */
function stateOfError(error: unknown): string | undefined {
  const cme = error instanceof AtError ? error.cme : undefined;
  if (cme === CME.simBusy) return "busy";
  if (cme === CME.simNotInserted) throw new ModemError("sim-missing", "no SIM card is inserted", error);
  if (cme === CME.simFailure || cme === CME.simWrong)
    throw new ModemError("sim-failed", "the SIM cannot be read", error);
  return unreadable(error);
}

/**
 * Enters the configured PIN; one that was refused is never tried again, as three refusals lock the SIM. A PIN that the line has
 * spoiled on its way says nothing of the one that is configured: the echo shows what the modem has heard. That one is tried
 * once more, minutes later and once the line has carried others unspoiled: the last of the three tries is a person's. Without an
 * echo the refusal stands.
 * @returns the SIM's state behind it
 */
async function usePin(session: ModemSession): Promise<string> {
  const { channel, config, pins } = session;
  const { pin } = config;
  if (pin === undefined) throw new ModemError("sim-locked", "the SIM asks for a PIN and none is configured");
  if (pins.isRefused(pin)) {
    throw new ModemError("sim-pin-refused", "the configured PIN was refused before and is not tried again");
  }
  if (pins.isDoubted(pin)) for (let i = 0; i < REHEARSALS; i++) await channel.run(readPinState);
  await channel.run(echoOn).catch(refused);
  const unlocked = channel.waitFor([PIN], UNLOCK_MS, (state) => state === "READY");
  try {
    const error = await channel.run(enterPin(pin)).catch(unlessGone);
    const isRefused = error?.cme === CME.incorrectPassword;
    const isSpoiled = error !== undefined && error.lines.length > 0;
    // Before anything else is asked for: whatever comes of that, the try is spent.
    if (isRefused && !isSpoiled) pins.refuse(pin);
    if (isRefused && isSpoiled) pins.doubt(pin);
    await channel.run(echoOff).catch(unlessGone);
    const state = await settledState(session);
    if (state !== undefined && state !== "SIM PIN") return state;
    if (isRefused) throw new ModemError("sim-pin-refused", isSpoiled ? SPOILED : REFUSED, error);
    if ((await unlocked.said) !== undefined) return "READY";
    channel.check();
    if (!NOT_UNDERSTOOD.has(error?.cme)) pins.doubt(pin);
    throw error ?? new ModemError("sim-locked", "the SIM takes the PIN and asks for it still");
  } finally {
    unlocked.cancel();
  }
}

const REFUSED = "the SIM refuses the configured PIN";
const SPOILED = "the SIM refuses a PIN that the line has spoiled: the configured one is tried again later";

/** An answer that tells nothing, or none, passes: the SIM's state tells what came of it. */
function unlessGone(error: unknown): AtError {
  if (error instanceof AtError && error.code !== "at-closed" && error.code !== "at-restarted") return error;
  throw error;
}

/** Reads ICCID, IMEI and firmware; what cannot be had is left out: the device works without. */
export async function readIdentity(session: ModemSession): Promise<void> {
  const [iccid, imei, firmware] = await ask(session, [readIccid, readImei, readFirmware]);
  if (iccid === undefined) session.log("warn", "iccid-unread", {});
  const { model } = session.identity;
  session.identity = {
    ...(iccid !== undefined && { iccid }),
    ...(imei !== undefined && { imei }),
    ...(model !== undefined && { model }),
    ...(firmware !== undefined && { firmware }),
  };
  if (firmware !== undefined && isBadFirmware(firmware)) {
    session.log("warn", "modem-firmware", { firmware, advice: "known to be bad: update to 1951B08 or newer" });
  }
}
