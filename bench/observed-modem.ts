// Stands in front of a simulated modem and notes the waits that no driver can avoid, from the modem's side of the line.

import type { Sim7080 } from "../host-sim/modem/sim7080.js";
import type { ModemAction, ModemCore, NetworkEvent } from "../host-sim/world/core.js";

/** PWRKEY must be low for more than a second (SIM7080G Hardware Design V1.05 §3.2). */
const LEAST_PULSE_MS = 1_000;
/** Bits per second: the fastest that the firmware sets. */
const FASTEST_BAUD = 921_600;

export interface Share {
  stage: string;
  ms: number;
}

/** A modem under observation. */
export class ObservedModem implements ModemCore {
  readonly #core: Sim7080;
  readonly #registrationMs: number;
  #keyAt: number | undefined;
  #bootedAt: number | undefined;
  #cardReadyAt: number | undefined;
  #pdpAskedAt: number | undefined;
  #pdpMs = 0;
  #openAskedAt: number | undefined;
  #openMs = 0;
  #connectAt: number | undefined;
  #connectMs = 0;
  #sentAt: number | undefined;
  #roundTripMs = 0;
  #heard = "";
  #said = "";

  /** @param registrationMs fixed time that `core` takes to register once its SIM is ready */
  constructor(core: Sim7080, registrationMs: number) {
    this.#core = core;
    this.#registrationMs = registrationMs;
  }

  /** Observation begins now. */
  begin(): void {
    this.#keyAt = this.#bootedAt = this.#cardReadyAt = this.#sentAt = undefined;
    this.#pdpMs = this.#openMs = this.#connectMs = this.#roundTripMs = 0;
  }

  /** Whether nothing is planned any more: it is off, or idle. */
  off(now: number): boolean {
    const next = this.#core.nextDeadline();
    return next === undefined || next > now + 10_000;
  }

  /** @param uartBytes bytes both ways: at the fastest speed of the line, since its speed is our choice */
  unavoidable(uartBytes: number): Share[] {
    const { keyAt, bootedAt, cardReadyAt } = {
      keyAt: this.#keyAt!,
      bootedAt: this.#bootedAt!,
      cardReadyAt: this.#cardReadyAt!,
    };
    return [
      { stage: "PWRKEY", ms: LEAST_PULSE_MS },
      { stage: "boot", ms: bootedAt - keyAt - LEAST_PULSE_MS },
      { stage: "SIM ready", ms: cardReadyAt - bootedAt },
      { stage: "registration", ms: this.#registrationMs },
      { stage: "PDP context", ms: this.#pdpMs },
      { stage: "DNS and radio before each SYN", ms: this.#openMs },
      { stage: "TCP round trips", ms: this.#connectMs },
      { stage: "TLS, HTTP and MQTT round trips", ms: this.#roundTripMs },
      { stage: "UART bytes at 921600 baud", ms: (uartBytes * 10_000) / FASTEST_BAUD },
    ];
  }

  uart(bytes: Uint8Array, now: number): ModemAction[] {
    this.#heard = (this.#heard + Buffer.from(bytes).toString("latin1")).slice(-80);
    if (this.#heard.includes("+CNACT=0,1\r")) this.#pdpAskedAt ??= now;
    if (/\+CAOPEN=\d[^\r]*\r$/.test(this.#heard)) this.#openAskedAt ??= now;
    return this.#watch(this.#core.uart(bytes, now), now);
  }

  powerKey(level: 0 | 1, now: number): ModemAction[] {
    if (level === 1) this.#keyAt ??= now;
    return this.#watch(this.#core.powerKey(level, now), now);
  }

  network(event: NetworkEvent, now: number): ModemAction[] {
    if (event.event === "connected" && this.#connectAt !== undefined) {
      this.#connectMs += now - this.#connectAt;
      this.#connectAt = undefined;
    }
    if (event.event === "data" && this.#sentAt !== undefined) {
      this.#roundTripMs += now - this.#sentAt;
      this.#sentAt = undefined;
    }
    return this.#watch(this.#core.network(event, now), now);
  }

  poll(now: number): ModemAction[] {
    return this.#watch(this.#core.poll(now), now);
  }

  nextDeadline(): number | undefined {
    return this.#core.nextDeadline();
  }

  #watch(actions: ModemAction[], now: number): ModemAction[] {
    for (const action of actions) {
      if (action.do === "uart") this.#hear(action.bytes, now);
      if (action.do === "send") this.#sentAt = now;
      if (action.do === "connect") {
        this.#openMs += now - (this.#openAskedAt ?? now);
        this.#openAskedAt = undefined;
        this.#heard = "";
        this.#connectAt = now;
      }
    }
    return actions;
  }

  #hear(bytes: Uint8Array, now: number): void {
    this.#said = (this.#said + Buffer.from(bytes).toString("latin1")).slice(-80);
    if (this.#keyAt !== undefined) this.#bootedAt ??= now;
    if (this.#said.includes("+CPIN: READY")) this.#cardReadyAt ??= now;
    if (this.#said.includes("+APP PDP: 0,ACTIVE") && this.#pdpAskedAt !== undefined) {
      this.#pdpMs += now - this.#pdpAskedAt;
      this.#pdpAskedAt = undefined;
      this.#heard = "";
      this.#said = "";
    }
  }
}
