// What the device costs: time the radio is on, bytes over the air, the price of a reconnect, and a month at this rate.
// SIM plans are limited by volume, batteries by radio time.

import type { LinkCounters } from "../platform/link.js";

const MONTH_MS = 30 * 86_400_000;

/** Bytes over the air are socket payload with TLS records, without TCP/IP headers. */
export interface Usage {
  radioOnMs: number;
  airBytes: number;
  /** Connections to the cloud, onboarding included in each. */
  connects: number;
  /** Mean bytes from the start of a connection attempt to the subscription; 0 before the first. */
  bytesPerConnect: number;
  /** At this rate, in 30 days. */
  monthBytes: number;
  monthRadioOnS: number;
}

/** Counts what connecting costs. */
export class UsageMeter {
  #connects = 0;
  #connectBytes = 0;
  #begun: number | undefined;

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

  /** @param uptimeMs milliseconds over which `counters` were counted */
  usage(counters: LinkCounters, uptimeMs: number): Usage {
    const radioOnMs = counters.radioOnMs ?? 0;
    const months = Math.max(1, uptimeMs) / MONTH_MS;
    return {
      radioOnMs,
      airBytes: airBytes(counters),
      connects: this.#connects,
      bytesPerConnect: this.#connects === 0 ? 0 : Math.round(this.#connectBytes / this.#connects),
      monthBytes: Math.round(airBytes(counters) / months),
      monthRadioOnS: Math.round(radioOnMs / months / 1000),
    };
  }
}

const airBytes = ({ airTxBytes, airRxBytes }: LinkCounters) => airTxBytes + airRxBytes;
