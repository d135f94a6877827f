// From any state to an IP address, as a table of steps. Each step may be run again at any time.

import type { Command } from "../at/command.js";
import { untold } from "../at/error.js";
import { echoOff, hardwareFlowControl, verboseErrors } from "./commands/basic.js";
import { setReceiver } from "./commands/gnss.js";
import { readModel } from "./commands/identity.js";
import { reportPsm } from "./commands/sleep.js";
import { asyncOpen } from "./commands/socket.js";
import { ModemError } from "./modem-error.js";
import { activate } from "./pdp.js";
import { wake } from "./power.js";
import { register } from "./registration.js";
import { ask, type ModemSession } from "./session.js";
import { applySettings } from "./settings.js";
import { readIdentity, unlockSim } from "./sim.js";

interface Step {
  readonly name: string;
  /** Holds until the modem restarts: not run again before. */
  readonly once?: boolean;
  readonly run: (session: ModemSession) => Promise<void>;
}

/** Until the modem answers, and answers as is expected here. */
const FIRST_STEPS: readonly Step[] = [
  { name: "wake", run: wake },
  { name: "prepare", once: true, run: prepare },
];
const STEPS: readonly Step[] = [
  ...FIRST_STEPS,
  { name: "settings", once: true, run: applySettings },
  { name: "unlock", once: true, run: unlockSim },
  { name: "identity", once: true, run: readIdentity },
  { name: "register", run: register },
  { name: "activate", run: activate },
];

/**
 * Runs all steps whose effect does not hold any more.
 * @throws AtError, ModemError
 */
export async function bringUp(session: ModemSession): Promise<void> {
  await runSteps(session, STEPS);
  session.report("online", "");
}

/**
 * Runs those before the radio is needed.
 * @throws AtError, ModemError
 */
export async function getReady(session: ModemSession): Promise<void> {
  await runSteps(session, FIRST_STEPS);
  // What is done without the radio may leave it off.
  session.isKept = false;
}

async function runSteps(session: ModemSession, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (session.done.has(step.name)) continue;
    // Behind `prepare`: what a modem that slept has kept is there.
    if (step.name === "settings" && (await resumes(session))) break;
    await step.run(session);
    if (step.once) session.done.add(step.name);
  }
}

/**
 * Asks a modem that was woken from PSM for an address at once, and who it is while that is on its way. A card with a PIN may
 * ask for it again.
 * @returns false: not so; all steps are to be gone through
 */
async function resumes(session: ModemSession): Promise<boolean> {
  const { isKept, config, done } = session;
  session.isKept = false;
  if (!isKept || config.pin !== undefined) return false;
  const stands = await activate(session, readIdentity, RESUME_LIMIT_MS).then(
    () => true,
    (error) => {
      if (!(error instanceof ModemError)) untold(error);
      return false;
    },
  );
  // Another card may be in it, or none.
  if (!stands || session.identity.iccid === undefined) return false;
  for (const name of KEPT) done.add(name);
  return true;
}

/** Steps whose effect outlives PSM. */
const KEPT: readonly string[] = ["settings", "unlock", "identity"];
/** The network knows the modem: an address comes in a second. */
const RESUME_LIMIT_MS = 8_000;

/** The card is gone, or asks for its PIN again: what comes back may be another one. */
export function forgetSim({ done }: ModemSession): void {
  done.delete("unlock");
  done.delete("identity");
}

/**
 * What each boot forgets: echo, error texts, flow control, how CAOPEN answers. And which model it is, as settings
 * depend on it.
 */
async function prepare(session: ModemSession): Promise<void> {
  const { channel, config, flowControl } = session;
  session.report("configure", "settings of line and modem");
  await channel.run(echoOff);
  const wanted: Command<unknown>[] = [verboseErrors];
  if (flowControl === "hardware") wanted.push(hardwareFlowControl);
  if (config.profile.mode === "psm") wanted.push(reportPsm);
  // One that an earlier run of the chip has left on would keep the radio from its network.
  if (config.positions) wanted.push(setReceiver(0));
  // Older firmware has no ASYNCOPEN, so that it comes last: its CAOPEN then blocks the line until the connection stands.
  const answers = await ask(session, [...wanted, readModel, asyncOpen]);
  const model = answers.at(-2) as string | undefined;
  session.asyncOpen = answers.at(-1) === true;
  if (model !== undefined) session.identity.model = model;
  session.model = session.models.find(({ name }) => model?.includes(name)) ?? session.models[0];
}
