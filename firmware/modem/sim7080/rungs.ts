// The rungs of recovery that the modem itself offers; the ladder that climbs them is in device/.
// Each leaves the modem so that the bring-up can run again.

import { delay } from "../at/wait.js";
import { powerDown, restart, setFunctionality } from "./commands/basic.js";
import { POWER_OFF_MS } from "./power.js";
import type { ModemSession } from "./session.js";
import { READY } from "./urcs.js";

/** A restart is over when RDY comes; with autobaud there is none. */
const RESTART_LIMIT_MS = 10_000;

/** AT+CFUN=0 and 1: registration and PDP context begin anew. */
export async function cycleRadio(session: ModemSession): Promise<void> {
  session.done.clear();
  await session.channel.run(setFunctionality(0));
  session.boot.expectSmsReady();
  await session.channel.run(setFunctionality(1));
}

/** AT+CFUN=1,1: the modem restarts. */
export async function restartModem(session: ModemSession): Promise<void> {
  const { boot, channel } = session;
  session.done.clear();
  boot.expect();
  const ready = channel.waitFor([READY], RESTART_LIMIT_MS);
  try {
    await channel.run(restart);
    await ready.said;
    session.clean = true;
  } finally {
    ready.cancel();
    boot.done();
  }
}

/** Off in order if the modem still listens, by the key if not; by the supply where the board can. */
export async function switchOff(session: ModemSession): Promise<void> {
  const { channel, powerKey, pulses, supply, timer } = session;
  session.done.clear();
  session.clean = true;
  const off = await channel.run(powerDown).then(
    () => true,
    () => false,
  );
  if (supply) supply.off();
  else if (!off) {
    powerKey?.write(1);
    await delay(timer, pulses.offMs);
    powerKey?.write(0);
  }
  await delay(timer, POWER_OFF_MS);
  supply?.on();
}
