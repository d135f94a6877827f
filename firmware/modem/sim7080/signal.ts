// Signal and cell for the status.

import { readStrength } from "./commands/signal.js";
import { ask, type ModemSession } from "./session.js";

/** Brings signal strength and serving cell up to date. */
export async function readSignal(session: ModemSession): Promise<void> {
  const [strength, serving] = await ask(session, [readStrength, session.model.readCell] as const);
  session.signal = {
    ...(strength?.rssiDbm !== undefined && { rssiDbm: strength.rssiDbm }),
    ...serving?.cell,
  };
}
