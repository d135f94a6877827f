// The PDP context: on with an IP address, and off.

import { refused, untold } from "../at/error.js";
import { PDP, readPdp, setPdp } from "./commands/network.js";
import { close, readStates } from "./commands/socket.js";
import { ModemError } from "./modem-error.js";
import type { ModemSession } from "./session.js";
import { readSignal } from "./signal.js";
import { PDP_CHANGES } from "./urcs.js";

/** Longest wait for `+APP PDP: 0,ACTIVE`, and for `0,DEACTIVE`. */
const ACTIVATION_LIMIT_MS = 60_000;
/** How often the modem is asked meanwhile. */
const ASK_MS = 5000;
const DEACTIVATION_LIMIT_MS = 10_000;

/**
 * Activates the PDP context; does nothing when it is active.
 * @param meanwhile what else is asked while the network's answer is on its way
 * @param limitMs longest wait
 * @throws ModemError `pdp-failed`
 */
export async function activate(
  session: ModemSession,
  meanwhile?: (session: ModemSession) => Promise<void>,
  limitMs = ACTIVATION_LIMIT_MS,
): Promise<void> {
  const { channel, clock } = session;
  session.report("pdp", "asking for an IP address");
  const until = clock.monotonic() + limitMs;
  // One that is woken is asked for a context at once, and tells by a refusal that it has it still.
  const mayStand = !session.clean && meanwhile === undefined;
  if (mayStand && (await channel.run(readPdp).catch(untold)) === PDP.on) return releaseStale(session);
  let told = channel.waitFor(PDP_CHANGES, ASK_MS);
  try {
    const isBegun = await begins(session);
    await meanwhile?.(session);
    if (!isBegun) return await releaseStale(session);
    // The network's answer takes seconds, in which the signal can be read.
    await readSignal(session);
    for (let state: number | undefined; state !== PDP.on; ) {
      const change = await told.said;
      channel.check();
      if (change === "active") break;
      if (change !== undefined) throw new ModemError("pdp-failed", "the network gave no IP address");
      if (clock.monotonic() >= until) {
        throw new ModemError("pdp-failed", `no IP address within ${limitMs / 1000} s`);
      }
      // Told by URC; asked for now and then, lest that was lost. Awaited from before the question on.
      told = channel.waitFor(PDP_CHANGES, ASK_MS);
      state = await channel.run(readPdp).catch(untold);
    }
    session.clean = true;
  } finally {
    told.cancel();
  }
}

/**
 * Asks for the context: false when it is on already, and when the modem does not tell why it refuses: the first socket shows it.
 * One that is on, or was asked for by an earlier run, is refused.
 */
async function begins({ channel }: ModemSession): Promise<boolean> {
  try {
    await channel.run(setPdp(1));
    return true;
  } catch (error) {
    refused(error);
    const state = await channel.run(readPdp).catch(untold);
    if (state === PDP.off) throw new ModemError("pdp-failed", "the PDP context cannot be activated", error);
    return state === PDP.coming;
  }
}

/** Sockets left open by an earlier run of the chip are closed. */
async function releaseStale(session: ModemSession): Promise<void> {
  const { channel } = session;
  const known = (await channel.run(readStates).catch(untold)) ?? [];
  for (const { cid } of known) await channel.run(close(cid)).catch(refused);
  session.clean = true;
  await readSignal(session);
}

/** Deactivates the PDP context; harmless when it is off. */
export async function deactivate({ channel }: ModemSession): Promise<void> {
  const told = channel.waitFor(PDP_CHANGES, DEACTIVATION_LIMIT_MS, (change) => change === "deactive");
  try {
    await channel.run(setPdp(0));
    await told.said;
  } catch (error) {
    refused(error);
  } finally {
    told.cancel();
  }
}
