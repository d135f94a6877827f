// What each rung of the recovery ladder does.

import type { Link } from "../platform/link.js";
import type { Rung } from "./ladder.js";

/**
 * Takes a rung.
 * @param restart restarts the chip
 * @returns settles when it is taken; never where the chip restarts
 */
export function climb(rung: Rung, link: Link, restart: () => void): Promise<void> | undefined {
  const rungs: Readonly<Record<Rung, () => Promise<void> | undefined>> = {
    reconnect: () => undefined,
    "renew-pdp": () => link.renewPdp(),
    "radio-cycle": () => link.radioCycle(),
    "modem-restart": () => link.restart(),
    "power-cycle": () => link.powerCycle?.(),
    "chip-restart": () => {
      restart();
      // Nothing comes after it, also where the restart takes a moment.
      return new Promise(() => {});
    },
  };
  return rungs[rung]();
}
