// What device/ asks of a modem. modem/ implements it; main.ts and the command line join the two.

import type { TcpClass } from "./io.js";

/** The network's answer to "how well do we hear you", with units. Fields are absent when unknown. */
export interface LinkStatus {
  iccid?: string;
  imei?: string;
  /** Model and firmware of the module, e.g. `SIMCOM_SIM7080G` and `1951B16SIM7080`. */
  model?: string;
  firmware?: string;
  /** Access technology: `LTE-M`, `NB-IoT`, `GSM`. */
  rat?: string;
  /** Received signal strength in dBm, -115 to -52 (AT+CSQ). */
  rssiDbm?: number;
  /** Reference signal received power in dBm and quality in dB (AT+CPSI). */
  rsrpDbm?: number;
  rsrqDb?: number;
  /** Signal to noise in dB (AT+CPSI). */
  sinrDb?: number;
  /** Public land mobile network, MCC and MNC, e.g. `262-02`. */
  plmn?: string;
  band?: string;
  cellId?: number;
}

/** A wall-clock reading and where it came from. */
export interface LinkTime {
  /** Milliseconds since 1970-01-01 UTC. */
  wallMs: number;
  source: "network" | "ntp";
  /** How far `wallMs` may be off, in milliseconds. */
  uncertaintyMs?: number;
  /** How far the device's own clock was behind, in milliseconds; absent when it was not set. */
  skewMs?: number;
}

/** Where the device is, by satellites. Members are absent when unknown. */
export interface LinkFix {
  /** Degrees (WGS 84), -90 to 90, north positive. */
  latitude: number;
  /** Degrees, -180 to 180, east positive. */
  longitude: number;
  /** Metres above the sea, -500 to 20,000. */
  altitudeM?: number | undefined;
  /** 0 to 1200. */
  speedKmh?: number | undefined;
  /** Degrees from north, clockwise, 0 to 360. */
  courseDeg?: number | undefined;
  /** How far off it may be, horizontally. */
  accuracyM?: number | undefined;
  /** When it was there, by the satellites: milliseconds since 1970-01-01 UTC. */
  wallMs: number;
}

/** How long a fix is looked for. */
export interface Search {
  withinMs: number;
  /** Asked every few seconds: false ends the search. */
  isWanted(): boolean;
}

/** What the modem has moved since it was made. Counts only grow. */
export interface LinkCounters {
  uartTxBytes: number;
  uartRxBytes: number;
  /** Payload of the sockets, TLS records included, TCP/IP headers not. */
  airTxBytes: number;
  airRxBytes: number;
  /** TCP/IP headers, handshakes and acknowledgements of both ways, as far as they can be told; absent: they are not counted. */
  airHeaderBytes?: number;
  socketsOpened: number;
  atCommands: number;
  /** Milliseconds in which the radio was on. */
  radioOnMs?: number;
}

/** Stages of `up`, for a log and for people who wait. */
export type LinkStage = "power" | "probe" | "configure" | "sim" | "register" | "pdp" | "online";

export interface LinkOptions {
  /** Called as each stage of `up` begins, and about every 5 s while one waits. */
  onStage?: ((stage: LinkStage, detail: string) => void) | undefined;
  /** Called once each time an established link is lost: PDP context gone, or the modem restarted by itself. */
  onLost?: ((reason: Error) => void) | undefined;
}

/**
 * The modem as device/ sees it. Methods that wait return promises that always settle within a bounded time, with a
 * Failure when they fail. Each rung below `up` leaves the modem so that `up` can be called again.
 */
export interface Link {
  /** Socket class over the PDP context; usable after `up`. */
  readonly TCP: TcpClass;
  /** Brings it up from any state (off, on, stale) to an IP address; done at once if it is up. */
  up(): Promise<LinkStatus>;
  /** Rung: PDP context off (and on again by `up`). All sockets fail. */
  renewPdp(): Promise<void>;
  /** Rung: radio off and on (AT+CFUN). All sockets fail. */
  radioCycle(): Promise<void>;
  /** Rung: the modem restarts (AT+CREBOOT or AT+CFUN=1,1). All sockets fail. */
  restart(): Promise<void>;
  /** Rung: power off and on by PWRKEY or the supply; absent where the board has no such line. */
  powerCycle?(): Promise<void>;
  /** Ends all sockets and lets the modem rest as its power profile says, until the next `up`; tells how it rests. */
  rest?(): Promise<string>;
  /**
   * Takes the link down and looks for a fix, radio off; `up` is to be called afterwards. Left out where nothing can.
   * @returns undefined: none was found within the time, or none is wanted any more
   * @throws Failure `gnss-refused` where the modem has no receiver, or does not start it
   */
  locate?(search: Search): Promise<LinkFix | undefined>;
  /**
   * Wall clock from the network.
   * @param isDoubted from another source first: what the network told may be wrong
   * @throws Failure `time-unknown` when the modem does not know it
   */
  time(isDoubted?: boolean): Promise<LinkTime>;
  status(): Promise<LinkStatus>;
  counters(): LinkCounters;
  /** Orderly end: sockets closed, PDP context off. */
  down(): Promise<void>;
}
