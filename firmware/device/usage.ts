// What the device costs: time the radio is on, bytes over the air, the price of a reconnect, and a month at this rate.
// SIM plans are limited by volume, batteries by radio time.

import type { LinkCounters } from "../platform/link.js";

const MONTH_MS = 30 * 86_400_000;
/** Before so long nothing is said of a month: the first connection costs more than the hours behind it. */
const RATE_AFTER_MS = 6 * 3_600_000;

/** Bytes over the air are socket payload with TLS records, and TCP/IP headers as the link counts them. */
export interface Usage {
  radioOnMs: number;
  airBytes: number;
  /** Connections to the cloud, onboarding included in each. */
  connects: number;
  /** Mean bytes from the start of a connection attempt to the subscription; 0 before the first. */
  bytesPerConnect: number;
  /** TLS handshakes that went on from an earlier session. */
  resumed: number;
  /** At this rate, in 30 days; undefined in the first `RATE_AFTER_MS`. */
  monthBytes: number | undefined;
  monthRadioOnS: number | undefined;
}

/** What was counted before a deep sleep of the chip, time asleep included. */
export interface PastUsage {
  elapsedMs: number;
  radioOnMs: number;
  airBytes: number;
  connects: number;
  connectBytes: number;
  /** On the day of the sleep, where its volume is bounded; else 0. */
  dayBytes: number;
  resumed: number;
}

const NO_PAST: PastUsage = {
  ...{ elapsedMs: 0, radioOnMs: 0, airBytes: 0, connects: 0, connectBytes: 0, dayBytes: 0, resumed: 0 },
};

/** Counts what connecting costs. */
export class UsageMeter {
  readonly #past: PastUsage;
  #connects: number;
  #connectBytes: number;
  #resumed: number;
  #begun: number | undefined;

  constructor(past: PastUsage = NO_PAST) {
    this.#past = past;
    this.#connects = past.connects;
    this.#connectBytes = past.connectBytes;
    this.#resumed = past.resumed;
  }

  /** A connection attempt begins, at this count of bytes; one that goes on after a failure keeps its beginning. */
  begin(counters: LinkCounters): void {
    this.#begun ??= airBytes(counters);
  }

  /** It has succeeded. */
  connected(counters: LinkCounters): void {
    this.#connects++;
    this.#connectBytes += airBytes(counters) - (this.#begun ?? airBytes(counters));
    this.#begun = undefined;
  }

  /** A TLS handshake has gone on from an earlier session. */
  resumed(): void {
    this.#resumed++;
  }

  /** @param uptimeMs milliseconds over which `counters` were counted */
  usage(counters: LinkCounters, uptimeMs: number): Usage {
    const { elapsedMs, radioOnMs, airBytes, connects, connectBytes } = this.totals(counters, uptimeMs);
    const inMonth = (count: number) =>
      elapsedMs < RATE_AFTER_MS ? undefined : Math.round((count * MONTH_MS) / elapsedMs);
    return {
      radioOnMs,
      airBytes,
      connects,
      bytesPerConnect: connects === 0 ? 0 : Math.round(connectBytes / connects),
      resumed: this.#resumed,
      monthBytes: inMonth(airBytes),
      monthRadioOnS: inMonth(radioOnMs / 1000),
    };
  }

  /**
   * All that was counted, over every sleep.
   * @param elapsedMs as for `usage`; with what a sleep will take, before it
   * @param dayBytes handed on as it is
   */
  totals(counters: LinkCounters, elapsedMs: number, dayBytes = 0): PastUsage {
    const past = this.#past;
    return {
      elapsedMs: past.elapsedMs + elapsedMs,
      radioOnMs: past.radioOnMs + (counters.radioOnMs ?? 0),
      airBytes: past.airBytes + airBytes(counters),
      connects: this.#connects,
      connectBytes: this.#connectBytes,
      dayBytes,
      resumed: this.#resumed,
    };
  }
}

/** Bytes over the air, both ways, headers included. */
export const airBytes = ({ airTxBytes, airRxBytes, airHeaderBytes = 0 }: LinkCounters) =>
  airTxBytes + airRxBytes + airHeaderBytes;
