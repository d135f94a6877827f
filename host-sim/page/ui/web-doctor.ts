// The doctor's walk on a real modem, as far as a page can go: from its power to the network's time and a name. What comes behind,
// TLS, is not to be had in a page: `simkey doctor` has it.

import { createModem, type Modem } from "../../../firmware/modem/modem.js";
import { linkSettings } from "../../../firmware/modem/sim7080/config.js";
import type { Clock, Timer } from "../../../firmware/platform/clock.js";
import { configure } from "../../../firmware/settings/configure.js";
import { LINK_CHECKS, MAX_SKEW_MS, PASSED, WEAK_RSSI_DBM } from "../../platform/doctor-checks.js";
import { serialOver } from "../../platform/serial.js";
import type { UartEnd } from "../../world/core.js";
import { MemoryKeyValue } from "../../world/key-value.js";

/** What one check found. */
export interface Finding {
  check: string;
  ok: boolean;
  text: string;
}

const timer: Timer = {
  set: (callback, ms) => window.setTimeout(callback, ms),
  clear: (id) => window.clearTimeout(id as number | undefined),
};

/** Walks the way; tells each finding as it comes, and ends with the first that is bad. @param baud of the line, as it is open */
export async function walkToNetwork(uart: UartEnd, baud: number, found: (finding: Finding) => void): Promise<void> {
  let check = LINK_CHECKS.probe;
  let wall: number | undefined;
  const clock: Clock = {
    monotonic: () => performance.now(),
    wall: () => wall,
    setWall: (ms) => {
      wall = ms;
    },
  };
  const passed = () => found({ ok: true, check, text: PASSED[check]! });
  const modem: Modem = createModem({
    ...{ timer, clock, Serial: serialOver(() => uart), keyValue: new MemoryKeyValue(), log: () => {} },
    // The line stays as it was opened: no other speed is asked for.
    ...linkSettings(configure({ modemBaud: baud })),
    onStage: (stage) => {
      const next = LINK_CHECKS[stage];
      if (next !== check) passed();
      check = next;
    },
  });
  try {
    const status = { ...(await modem.up()), ...(await modem.status()) };
    passed();
    const { rat = "network", plmn = "", rssiDbm } = status;
    const isWeak = rssiDbm !== undefined && rssiDbm < WEAK_RSSI_DBM;
    const heard = `${rat} ${plmn}, RSSI ${rssiDbm ?? "?"} dBm`;
    found({ check: "signal", ok: !isWeak, text: isWeak ? `${heard}: weak; check the antenna and its plug` : heard });
    const { wallMs, source } = await modem.time();
    const isRight = Math.abs(wallMs - Date.now()) <= MAX_SKEW_MS;
    const at = `${new Date(wallMs).toISOString()} from ${source}`;
    found({ check: "time", ok: isRight, text: isRight ? at : `${at} is off this computer's clock` });
    await modem.down();
  } catch (error) {
    found({ ok: false, check, text: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
