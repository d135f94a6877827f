// Tells a boot that the driver caused or waits for from one that the modem made by itself.
// RDY is printed at each boot with a fixed line speed, `SMS Ready` some seconds after each boot and each AT+CFUN=1
// (SIM7080 AT V1.07 §1.4; with autobaud there is no RDY, so both count).

import type { Clock } from "../../platform/clock.js";

/** `SMS Ready` comes at most so long after the boot that it belongs to. */
const SMS_READY_LIMIT_MS = 60_000;

/** Knows which boots are expected. */
export class BootWatch {
  readonly #clock: Clock;
  #expected = false;
  #smsReadyUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on until `done` a boot is no news. */
  expect(): void {
    this.#expected = true;
  }

  /** The boot is over, or what was waited for is there; its `SMS Ready` may still come. */
  done(): void {
    this.#expected = false;
    this.expectSmsReady();
  }

  /** AT+CFUN=1 is sent. */
  expectSmsReady(): void {
    this.#smsReadyUntil = this.#clock.monotonic() + SMS_READY_LIMIT_MS;
  }

  /** True when `line` tells that the modem has restarted by itself. */
  tellsRestart(line: string): boolean {
    if (line === "RDY") {
      if (!this.#expected) this.expectSmsReady();
      return !this.#expected;
    }
    if (line !== "SMS Ready" || this.#expected) return false;
    const late = this.#clock.monotonic() > this.#smsReadyUntil;
    this.#smsReadyUntil = Number.NEGATIVE_INFINITY;
    return late;
  }
}
