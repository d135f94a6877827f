// The doctor's checks from a modem's power to an IP address, and the bounds of what a modem tells then: the same for
// `simkey doctor` and for a page.

import type { LinkStage } from "../../firmware/platform/link.js";

/** The check that each stage of the bring-up belongs to, in the order of the way. */
export const LINK_CHECKS: Readonly<Record<LinkStage, string>> = {
  power: "power",
  probe: "power",
  configure: "modem",
  sim: "sim",
  register: "registration",
  pdp: "pdp",
  online: "pdp",
};

/** What it means that a check has passed, by its name. */
export const PASSED: Readonly<Record<string, string>> = {
  power: "the modem answers",
  modem: "its settings are as they should be",
  sim: "the SIM is ready",
  registration: "the network has taken the SIM",
  pdp: "there is an IP address",
};

/** Below this a device is heard badly (3GPP TS 36.133 reporting ranges; practice). */
export const WEAK_RSSI_DBM = -105;
/** A clock this far off fails certificate and token checks, in milliseconds. */
export const MAX_SKEW_MS = 10 * 60_000;
