// Supply, power key and boot (SIM7080G Hardware Design V1.05 table 9, "Compatible Design" V1.00; figures in milliseconds).
// Rule: the key is a toggle, so it is pressed only when the modem does not answer, in data mode neither.

import type { DigitalOut } from "../../platform/pins.js";
import { refused } from "../at/error.js";
import { delay } from "../at/wait.js";
import type { KeyPulses } from "../boards.js";
import { hangUp, leaveDataMode, probe, readLineSpeed } from "./commands/basic.js";
import { ModemError } from "./modem-error.js";
import type { ModemSession } from "./session.js";
import { POWER_DOWN, READY } from "./urcs.js";

/** Held for 12 to 12.6 s the key resets the module: its only hardware reset. */
const RESET_HOLD_MS = 13_000;
/** Supply and status lines fall about 1.8 s after the modem said that it is off; before that it cannot be switched on. */
export const POWER_OFF_MS = 2000;
/** From the key's release until the UART answers, with a margin: 1.8 s typically. */
const RDY_LIMIT_MS = 2500;
/** Awake from PSM there is no RDY to wait for. */
const WAKE_MS = 1000;
/** The first AT after sleep is lost: how soon the next one follows, and how long none of them is answered then. */
const WAKE_PROBE_MS = 50;
const WAKE_QUIET_MS = 100;
/** From the key's release until the UART is alive again: 1.0 to 1.7 s. */
const WAKE_SOONEST_MS = 900;
const WAKE_LIMIT_MS = 4000;
/** Longest boot that is waited for. */
const BOOT_LIMIT_MS = 15_000;

/** The first AT after sleep may be lost; at another speed than the wanted one it is not the first any more. */
const PROBE_TRIES = 2;
const PROBE_TIMEOUT_MS = 300;
/** A modem that has said RDY may take longer, and is not given up for that. */
const READY_TIMEOUT_MS = 1000;
/** Questions while the key is pressed: over before a pulse is long enough to switch on. */
const COLD_TRIES = 2;
/** Silence after an answer that may have been meant for an AT before: longer than the two lie apart. */
const STRAY_QUIET_MS = 400;
/** Silence before `+++`. */
const GUARD_MS = 1000;
/** Speeds at which a modem of another configuration may talk. */
const OTHER_SPEEDS: readonly number[] = [115_200, 921_600];
/** Speeds that another program may have saved: asked at when nothing else has helped. */
const RARE_SPEEDS: readonly number[] = [460_800, 230_400, 57_600, 38_400, 19_200, 9600];
/** What is done to a modem that does not answer, mildest first. A first pulse may have switched a deaf modem off. */
const PRESSES: readonly (readonly [ms: (pulses: KeyPulses) => number, detail: string])[] = [
  [({ onMs }) => onMs, "pressing the power key"],
  [({ onMs }) => onMs, "pressing the power key again"],
  [() => RESET_HOLD_MS, "holding the power key for a hardware reset"],
];

/**
 * Makes the modem answer AT: asks first, leaves data mode, presses the key only then.
 * @throws ModemError `modem-silent`
 */
export async function wake(session: ModemSession): Promise<void> {
  session.boot.expect();
  try {
    supplyOn(session);
    if (await wakesFromRest(session)) return;
    session.report("probe", "is the modem on?");
    if (await startsCold(session)) return;
    if ((await answersAtAnySpeed(session)) || (await leavesDataMode(session))) {
      // The answer may have been meant for the last command before a restart of the chip, and ours is still to come.
      if (session.done.size === 0) await getInStep(session, STRAY_QUIET_MS);
      return;
    }
    session.done.clear();
    await switchOn(session);
    session.clean = true;
  } finally {
    session.boot.done();
  }
}

/**
 * One that we have put to rest need not be asked whether it is on: its key is pressed at once. Where that does not help, it
 * was woken by somebody else, or is another one: then it is looked for as ever.
 */
async function wakesFromRest(session: ModemSession): Promise<boolean> {
  const { rests, powerKey, pulses, channel, clock, timer } = session;
  session.rests = undefined;
  if (rests === undefined || powerKey === undefined) return false;
  session.report("power", "pressing the power key: it was put to rest");
  session.done.clear();
  await delay(timer, Math.max(0, session.offAt - clock.monotonic()));
  powerKey.write(1);
  await delay(timer, pulses.onMs);
  powerKey.write(0);
  session.clean = rests === "off";
  if (rests === "off") return boots(session);
  // None is awake sooner. One that was awake already is switched off by the key, and says so within that.
  if ((await channel.waitFor([READY, POWER_DOWN], WAKE_SOONEST_MS).said) === "NORMAL POWER DOWN") {
    session.rests = "off";
    session.offAt = clock.monotonic() + POWER_OFF_MS;
    return wakesFromRest(session);
  }
  channel.check();
  const until = clock.monotonic() + WAKE_LIMIT_MS;
  while (clock.monotonic() < until) {
    if (!(await answers(session, 1, WAKE_PROBE_MS))) continue;
    // Of the questions before, which come close behind each other, none is to be answered any more.
    await getInStep(session, WAKE_QUIET_MS);
    session.isKept = true;
    return true;
  }
  return false;
}

/**
 * Where power has just come to the chip it has most likely come to the modem too, which is off then: the key is pressed while the
 * modem is asked. What answers has heard too short a pulse to take it for one. A modem that is on and deaf is switched off
 * by this, and on again by what follows.
 */
async function startsCold(session: ModemSession): Promise<boolean> {
  const { isCold, powerKey, pulses, clock, timer } = session;
  session.isCold = false;
  if (!isCold || powerKey === undefined) return false;
  powerKey.write(1);
  const from = clock.monotonic();
  if (await answers(session, COLD_TRIES, PROBE_TIMEOUT_MS)) {
    powerKey.write(0);
    await getInStep(session, STRAY_QUIET_MS);
    return true;
  }
  session.report("power", "pressing the power key");
  await delay(timer, Math.max(0, pulses.onMs - (clock.monotonic() - from)));
  powerKey.write(0);
  session.clean = await boots(session);
  return session.clean;
}

/** Sees to it that what is answered from now on was asked from now on: a line of its own tells an answer from any other. */
async function getInStep({ channel }: ModemSession, quietMs: number): Promise<void> {
  const isOurs = await channel.run(readLineSpeed).then(
    () => true,
    () => false,
  );
  channel.check();
  if (!isOurs) await channel.quiet(quietMs);
}

/** A supply that cannot be switched may be on all the same. */
function supplyOn({ log, supply }: ModemSession): void {
  try {
    supply?.on();
  } catch (error) {
    log("error", "modem-supply", { reason: error instanceof Error ? error.message : String(error) });
  }
}

async function switchOn(session: ModemSession): Promise<void> {
  const { powerKey } = session;
  if (powerKey) {
    if (await wakesByKey(session, powerKey)) return;
  } else {
    session.report("power", "no power key: waiting for it to boot");
    if (await boots(session)) return;
  }
  session.report("power", "asking at other line speeds");
  if (await answersAtAnySpeed(session, RARE_SPEEDS)) return;
  const help = powerKey ? ", nor does its power key help" : " and no power key is wired";
  throw new ModemError("modem-silent", `the modem does not answer${help}: check power and wiring`);
}

async function wakesByKey(session: ModemSession, powerKey: DigitalOut): Promise<boolean> {
  for (const [ms, detail] of PRESSES) {
    session.report("power", detail);
    powerKey.write(1);
    await delay(session.timer, ms(session.pulses));
    powerKey.write(0);
    if (await boots(session)) return true;
  }
  return false;
}

/** Waits until the modem has booted and answers. */
async function boots(session: ModemSession): Promise<boolean> {
  const { channel, clock, config, timer } = session;
  const until = clock.monotonic() + BOOT_LIMIT_MS;
  // RDY is printed with a fixed line speed only (SIM7080 AT V1.07 §1.4); without it, AT finds out.
  const quiet = config.profile.mode === "psm" ? WAKE_MS : RDY_LIMIT_MS;
  const line = await channel.waitFor([READY, POWER_DOWN], quiet).said;
  channel.check();
  if (line === "RDY" && (await answers(session, PROBE_TRIES, READY_TIMEOUT_MS))) return true;
  if (line === "NORMAL POWER DOWN") {
    // It had been on and deaf: now it is off, and the next press switches it on.
    await delay(timer, POWER_OFF_MS);
    return false;
  }
  while (clock.monotonic() < until) {
    if (await answersAtAnySpeed(session)) return true;
  }
  return false;
}

async function answersAtAnySpeed(session: ModemSession, others = OTHER_SPEEDS): Promise<boolean> {
  const { baud, channel, currentBaud } = session;
  for (const speed of new Set([currentBaud, baud, ...others])) {
    if (speed !== session.currentBaud) channel.setBaud(speed);
    session.currentBaud = speed;
    if (await answers(session, speed === baud ? PROBE_TRIES : 1, PROBE_TIMEOUT_MS)) return true;
  }
  channel.setBaud(baud);
  session.currentBaud = baud;
  return false;
}

/** A modem left in data mode (PPP, transparent) by an earlier program hears only the guarded `+++`. */
async function leavesDataMode(session: ModemSession): Promise<boolean> {
  const { channel, log, timer } = session;
  await delay(timer, GUARD_MS);
  const left = await channel.run(leaveDataMode).then(
    () => true,
    () => false,
  );
  // It may also have waited for the bytes of a transfer until now: a last question before the key is pressed.
  if (!left) return answers(session, 1, PROBE_TIMEOUT_MS);
  log("info", "left-data-mode", {});
  await channel.run(hangUp).catch(refused);
  return true;
}

/**
 * True once an AT was answered; none of the answers to the ATs before it is still to come then.
 * @throws AtError `at-closed`, `at-restarted`: it is not for want of an answer then
 */
export async function answers({ channel }: ModemSession, tries: number, timeoutMs: number): Promise<boolean> {
  for (let i = 0; i < tries; i++) {
    const ok = await channel.run(probe(timeoutMs)).then(
      () => true,
      () => false,
    );
    channel.check();
    if (!ok) continue;
    if (i > 0) await channel.quiet(STRAY_QUIET_MS);
    return true;
  }
  return false;
}
