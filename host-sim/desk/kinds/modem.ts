// Faults between the firmware and its modem, and of the modem itself.

import type { FaultKind } from "../fault.js";
import type { Stage } from "../stage.js";
import { from, HOURS, holds, MINUTES, MOMENTS, mishap, strikes, withoutPowerKey } from "./make.js";

const FEW = from(1, 12);
/** Every how many bytes one is spoilt. */
const SPARSE = from(40, 4_000);

export const AT_KINDS: Readonly<Record<string, FaultKind>> = {
  "at-error": strikes("at", "error", "commands end with ERROR", FEW),
  "at-silence": strikes("at", "silence", "commands are not answered", FEW),
  "at-late": holds("at", "late", "each answer comes this many milliseconds late", MINUTES, from(200, 9_000)),
  "at-garble": holds("at", "garble", "every Nth byte from the modem has a bit turned over", MOMENTS, SPARSE),
  "at-drop": holds("at", "drop", "every Nth byte from the modem is lost", MOMENTS, SPARSE),
  "at-garble-input": holds("at", "garble-input", "every Nth byte to the modem has a bit turned over", MOMENTS, SPARSE),
  "at-urc-storm": holds("at", "urc-storm", "unsolicited lines stand before each answer", MINUTES),
  "at-first-lost": holds("at", "first-at-lost", "the first commands after each boot are lost", HOURS, from(1, 3)),
  "at-echo": holds("at", "echo", "the echo stays on", HOURS),
  "at-unreadable": holds("at", "unreadable", "answers that only inform cannot be read", HOURS),
  "at-lost-data-urc": holds("at", "lost-cadataind", "this percentage of +CADATAIND is lost", HOURS, from(5, 100)),
  "at-lost-urc": holds("at", "lost-urc", "this percentage of the lines about sockets is lost", MINUTES, from(5, 100)),
};

/** The card loses contact, and is not found again for a while, or not readable. */
const withoutSim = (name: "no-sim" | "sim-failure", help: string): FaultKind => ({
  seam: "modem",
  help,
  lasts: MINUTES,
  begin: (stage) => {
    stage.modem.setFault(name);
    stage.push(stage.modem.mishap("sim-lost", stage.now));
  },
  end: (stage) => stage.modem.clearFault(name),
});

const supply = (stage: Stage, level: 0 | 1) => stage.push(stage.modem.supply(level, stage.now));

/** Spared devices that never look for their position. */
const placed = (kind: FaultKind): FaultKind => ({ ...kind, spares: ({ config }) => !config.positionS });

const GNSS_KINDS: Readonly<Record<string, FaultKind>> = {
  "modem-no-fix": placed(holds("modem", "gnss-no-fix", "no satellites are seen", HOURS)),
  "modem-slow-fix": placed(holds("modem", "gnss-slow", "a fix takes this many seconds", HOURS, from(20, 300))),
  "modem-fix-garbled": placed(
    holds("modem", "gnss-garbled", "this percentage of fixes cannot be read", HOURS, from(20, 100)),
  ),
  "modem-gnss-refused": placed(holds("modem", "gnss-refused", "its receiver does not start", HOURS)),
  "modem-gnss-radio": placed(holds("modem", "gnss-radio", "its receiver does not start while the radio is on", HOURS)),
  "modem-gnss-restart": placed(
    strikes("modem", "gnss-restart", "it restarts some seconds after its receiver was started", from(1, 5), HOURS),
  ),
};

export const MODEM_KINDS: Readonly<Record<string, FaultKind>> = {
  "modem-restart": mishap("modem", "restart", "it restarts by itself"),
  "modem-freeze": mishap("modem", "freeze", "it does nothing until it is switched off and on", withoutPowerKey),
  "modem-dies-opening": {
    ...strikes("modem", "caopen-freeze", "it does nothing more once it opens a socket", from(1, 2)),
    spares: withoutPowerKey,
  },
  "modem-zombie": mishap("modem", "zombie", "it does nothing until it is reset", withoutPowerKey),
  "modem-brown-out": mishap("modem", "under-voltage", "it switches itself off for want of voltage", withoutPowerKey),
  "modem-power-loss": mishap("modem", "power-loss", "it is off without a word", withoutPowerKey),
  "modem-supply": {
    seam: "modem",
    help: "its supply is gone for a while",
    lasts: MOMENTS,
    spares: withoutPowerKey,
    begin: (stage) => supply(stage, 0),
    end: (stage) => supply(stage, 1),
  },
  "modem-boot-slow": holds("modem", "boot-slow", "boots take this many seconds", HOURS, from(3, 14)),
  "modem-sim-gone": withoutSim("no-sim", "the SIM card is gone for a while"),
  "modem-sim-failure": withoutSim("sim-failure", "the SIM card cannot be read for a while"),
  "modem-sim-busy": holds("modem", "sim-busy", "the SIM is busy this many seconds after each boot", HOURS, from(2, 60)),
  "modem-buffer-full": holds("modem", "buffer-small", "its receive buffer holds this little", MINUTES, from(64, 1_460)),
  "modem-send-full": holds("modem", "unacked", "nothing sent is acknowledged, until its send buffer is full"),
  "modem-send-room": holds("modem", "casend-room", "it takes this little at a time", MINUTES, from(1, 1_000)),
  ...GNSS_KINDS,
};
