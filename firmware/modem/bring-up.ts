// From any state to an IP address, as a table of steps. Each step can be run again at any time and does nothing that is done already:
// settings that the modem saves are written only when they differ, to spare its flash.

import type { LinkStage } from "../platform/link.js";
import { AtError } from "./at-error.js";
import { CME } from "./cme.js";
import type { Command } from "./command.js";
import { echoOff, readFunctionality, setFunctionality, verboseErrors } from "./commands/basic.js";
import { readIccid, readImei, readPinState } from "./commands/identity.js";
import {
  isRegistered,
  pdpUrc,
  REGISTRATION,
  readContext,
  readPdp,
  readRegistration,
  readSignal,
  registrationUrc,
  reportRegistration,
  setContext,
  setPdp,
} from "./commands/network.js";
import { asyncOpen, close, readStates } from "./commands/socket.js";
import { ModemError } from "./modem-error.js";
import { wake } from "./power.js";
import type { Session } from "./session.js";
import { delay } from "./wait.js";

/** A SIM may be busy for so long after boot. */
const SIM_LIMIT_MS = 15_000;
const SIM_RETRY_MS = 500;
/** Longest search for a network; a first attach takes minutes. */
export const REGISTRATION_LIMIT_MS = 180_000;
/** People are told that it waits so often. */
const REGISTRATION_REPORT_MS = 5000;
/** Changes are told by URC; the state is asked for again every so many of the above, lest one was lost. */
const REGISTRATION_ASK_TURNS = 3;
/** A denial that stands for so long is one; while networks are tried in turn it may be a passing state. */
export const DENIED_LIMIT_MS = 10_000;
/** The network's answer to a PDP activation (SIM7080 AT V1.07 ch. 12). */
const PDP_LIMIT_MS = 60_000;

interface Step {
  readonly stage: LinkStage;
  readonly run: (session: Session) => Promise<void>;
}

const STEPS: readonly Step[] = [
  { stage: "probe", run: wake },
  { stage: "configure", run: configure },
  { stage: "sim", run: readSim },
  { stage: "configure", run: ensureContext },
  { stage: "register", run: register },
  { stage: "pdp", run: activate },
];

/**
 * Runs all steps.
 * @throws AtError, ModemError
 */
export async function bringUp(session: Session): Promise<void> {
  for (const step of STEPS) await step.run(session);
  session.report("online", "");
}

async function configure(session: Session): Promise<void> {
  const { channel } = session;
  session.report("configure", "echo off, errors as text");
  await channel.run(echoOff);
  await channel.run(verboseErrors);
  // Older firmware has no such setting: its CAOPEN then blocks the line until the connection stands.
  session.asyncOpen = await channel.run(asyncOpen).then(() => true, refused);
}

async function readSim(session: Session): Promise<void> {
  const { channel, clock, status } = session;
  session.report("sim", "reading the SIM");
  const until = clock.monotonic() + SIM_LIMIT_MS;
  for (;;) {
    const state = await channel.run(readPinState).catch(simState);
    if (state === "READY") break;
    if (state !== "busy") throw new ModemError("sim-locked", `the SIM asks for ${state}`);
    if (clock.monotonic() >= until) throw new ModemError("sim-busy", "the SIM did not become ready");
    await delay(session.timer, SIM_RETRY_MS);
  }
  status.iccid = await readIdentity(session, readIccid, until);
  status.imei = await readIdentity(session, readImei, until);
}

/** What an error of AT+CPIN? says of the SIM. */
function simState(error: unknown): "busy" {
  const cme = error instanceof AtError ? error.cme : undefined;
  if (cme === CME.simNotInserted) throw new ModemError("sim-missing", "no SIM card is inserted", error);
  if (cme === CME.simBusy) return "busy";
  throw error;
}

/** A SIM that is READY may refuse to be read for another moment. */
async function readIdentity(session: Session, command: Command<string>, until: number): Promise<string> {
  for (;;) {
    try {
      return await session.channel.run(command);
    } catch (error) {
      if (session.clock.monotonic() >= until) throw error;
      refused(error);
      await delay(session.timer, SIM_RETRY_MS);
    }
  }
}

/** A stale APN is kept by the modem over power cycles and blocks registration; it is changed with the radio off. */
async function ensureContext(session: Session): Promise<void> {
  const { channel, config } = session;
  session.report("configure", `APN ${config.apn}`);
  const context = await channel.run(readContext);
  const functionality = await channel.run(readFunctionality);
  if (context?.type === "IP" && context.apn.toLowerCase() === config.apn.toLowerCase()) {
    if (functionality !== 1) await channel.run(setFunctionality(1));
    return;
  }
  session.log("info", "apn-changed", { from: context?.apn, to: config.apn });
  if (functionality !== 0) await channel.run(setFunctionality(0));
  await channel.run(setContext(config.apn));
  await channel.run(setFunctionality(1));
}

async function register(session: Session): Promise<void> {
  const { channel, clock } = session;
  const started = clock.monotonic();
  let deniedAt: number | undefined;
  let stat: number = REGISTRATION.unknown;
  session.report("register", "searching for a network");
  await channel.run(reportRegistration);
  for (let turn = 0; ; turn++) {
    // Awaited from before the question on, so that no change falls between the two.
    const change = channel.waitFor(isDecisive, REGISTRATION_REPORT_MS);
    const denied = stat === REGISTRATION.denied;
    if (denied || turn % REGISTRATION_ASK_TURNS === 0) stat = await channel.run(readRegistration);
    if (!isRegistered(stat)) stat = registrationUrc((await change.line) ?? "") ?? stat;
    change.cancel();
    if (isRegistered(stat)) return;

    const now = clock.monotonic();
    deniedAt = stat === REGISTRATION.denied ? (deniedAt ?? now) : undefined;
    if (deniedAt !== undefined && now - deniedAt >= DENIED_LIMIT_MS) {
      throw new ModemError("registration-denied", "the network refuses this SIM: is it activated, has it volume left?");
    }
    if (now - started >= REGISTRATION_LIMIT_MS) {
      throw new ModemError("registration-timeout", "no network found: check antenna, bands and coverage");
    }
    session.report("register", `${deniedAt === undefined ? "searching" : "denied"} for ${seconds(now - started)}`);
  }
}

/** A registration URC that ends the search, for better or worse. */
function isDecisive(line: string): boolean {
  const stat = registrationUrc(line);
  return stat !== undefined && (isRegistered(stat) || stat === REGISTRATION.denied);
}

async function activate(session: Session): Promise<void> {
  const { channel } = session;
  session.report("pdp", "asking for an IP address");
  if (!session.booted && (await channel.run(readPdp)) === 1) return releaseStale(session);
  const told = channel.waitFor((line) => pdpUrc(line) !== undefined, PDP_LIMIT_MS);
  try {
    await channel.run(setPdp(1));
  } catch (error) {
    told.cancel();
    // An active context is answered with ERROR too.
    refused(error);
    if ((await channel.run(readPdp)) === 1) return releaseStale(session);
    throw new ModemError("pdp-failed", "the PDP context cannot be activated", error);
  }
  // The answer takes seconds: meanwhile the signal is read.
  session.status.rssiDbm = (await channel.run(readSignal)).rssiDbm!;
  const line = await told.line;
  if (line === undefined) throw new ModemError("pdp-failed", `no IP address within ${seconds(PDP_LIMIT_MS)}`);
  if (pdpUrc(line) !== "active") throw new ModemError("pdp-failed", "the network gave no IP address");
}

/** Sockets left open by an earlier run of the chip are closed. */
async function releaseStale(session: Session): Promise<void> {
  for (const cid of await session.channel.run(readStates)) await session.channel.run(close(cid)).catch(refused);
}

/** Lets an ERROR or +CME ERROR pass as `false`; any other failure is thrown on. */
function refused(error: unknown): false {
  if (error instanceof AtError && (error.code === "at-error" || error.code === "at-cme")) return false;
  throw error;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
