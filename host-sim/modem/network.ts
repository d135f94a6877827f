// The simulated mobile network, as settings that a script may change while the modem runs.

import type { Position } from "./motion.js";

/** Access technologies the network offers. */
export type Rat = LteRat | "GSM";
export type LteRat = "LTE-M" | "NB-IoT";

export interface Network {
  /** Registration: `home`, `roaming` (1NCE always), `denied` (CEREG 3) or `none` (no cell heard). */
  access: "home" | "roaming" | "denied" | "none";
  rats: readonly Rat[];
  /** Bands with coverage. */
  bands: readonly number[];
  /** APN that the subscription allows; another one in CGDCONT keeps the modem from registering. */
  apn: string;
  /** Fixed time to register in milliseconds at delay scale 1; left out: the delay table's. */
  registrationMs?: number | undefined;
  /** Mobile country and network code with its dash, and the operator's name. */
  plmn: string;
  operator: string;
  tac: number;
  cellId: number;
  /** dBm. */
  rssi: number;
  rsrp: number;
  /** dB. */
  rsrq: number;
  /** Where the module is, and how it moves; for GNSS and AT+CLBS. */
  position: Position;
  /** Whether satellites are in sight. */
  sky: "open" | "none";
  /** The network's clock against the world's `now`, in milliseconds: NTP, satellites and AT+CLBS tell theirs, which is right. */
  timeOffsetMs: number;
  /** Local time's offset from UTC in quarter hours, -48 to 56. */
  zoneQuarters: number;
  /** Whether the network lets the module use eDRX. */
  edrx: boolean;
  /** Every PDP context is lost after this long, in seconds; undefined: never. */
  pdpLifetimeS?: number | undefined;
  /** PSM timers granted, in seconds; undefined: as requested; an active time of 0: no PSM. */
  grantedActiveS?: number | undefined;
  grantedTauS?: number | undefined;
}

export const DEFAULT_NETWORK: Network = {
  access: "roaming",
  rats: ["LTE-M", "NB-IoT"],
  bands: [3, 8, 20],
  apn: "iot.1nce.net",
  plmn: "262-02",
  operator: "Vodafone.de",
  tac: 0xaab4,
  cellId: 8596225,
  rssi: -74,
  rsrp: -103,
  rsrq: -16,
  position: { latitude: 52.520008, longitude: 13.404954, altitude: 34, speedKmh: 0, course: 0 },
  sky: "open",
  timeOffsetMs: 0,
  zoneQuarters: 8,
  edrx: true,
};
