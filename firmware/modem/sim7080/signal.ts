// Signal and cell for the status.

import { readStrength } from "./commands/signal.js";
import { ask, type ModemSession } from "./session.js";

/** Brings signal strength and serving cell up to date. */
export function readSignal(session: ModemSession): Promise<void> {
  return ask(session, [readStrength, session.model.readCell] as const).then(([strength, serving]) => {
    session.signal = {
      ...(strength?.rssiDbm !== undefined && { rssiDbm: strength.rssiDbm }),
      ...serving?.cell,
    };
  });
}
