// Telemetry by a second way when the first cannot be opened: MQTT, else HTTPS. The first is tried again after a while.

import type { TimerId } from "../platform/clock.js";
import { asFailure, Failure } from "../platform/failure.js";
import type { Log } from "../platform/system.js";
import { type ConnectIo, connect } from "./connect.js";
import type { Plan } from "./plan.js";
import type { Uplink, UplinkFactory, UplinkParts } from "./uplink.js";

/** How long the second way serves before the first is tried again, in milliseconds. */
export const SECOND_WAY_MS = 3_600_000;

export interface FallbackSettings {
  first: UplinkFactory;
  second: UplinkFactory;
  /** The plan for the second way, made of that for the first. */
  secondPlan: (plan: Plan) => Plan;
  io: ConnectIo;
  log: Log;
}

/** Makes uplinks that fall back. Refused credentials are no reason to: the second way would be refused too. */
export function fallbackUplink(settings: FallbackSettings): UplinkFactory {
  return (parts) => new FallbackUplink(parts, settings);
}

class FallbackUplink implements Uplink {
  readonly #parts: UplinkParts;
  readonly #settings: FallbackSettings;
  #uplink: Uplink;
  #closed = false;
  #timer: TimerId;

  constructor(parts: UplinkParts, settings: FallbackSettings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#uplink = settings.first(parts);
  }

  async open(): Promise<void> {
    try {
      await this.#uplink.open();
    } catch (error) {
      const failure = asFailure(error);
      const pointless = failure.advice === "new-credentials" || failure.advice === "give-up";
      if (pointless || this.#closed) throw failure;
      await this.#openSecond(failure);
    }
  }

  async #openSecond({ code, message }: Failure): Promise<void> {
    const { second, secondPlan, io, log } = this.#settings;
    const plan = secondPlan(this.#parts.plan);
    log("warn", "second-way", { code, message });
    this.#uplink = second({ ...this.#parts, plan, stream: connect(plan, io) });
    await this.#uplink.open();
    if (this.#closed) return;
    this.#timer = this.#parts.timer.set(() => this.#endSecond(), SECOND_WAY_MS);
  }

  async #endSecond(): Promise<void> {
    await this.#uplink.drain();
    if (this.#closed) return;
    this.close();
    this.#parts.events.onClosed(new Failure("second-way-over", "the first way is tried again", "retry"));
  }

  kick(): void {
    this.#uplink.kick();
  }

  drain(): Promise<void> {
    this.#parts.timer.clear(this.#timer);
    return this.#uplink.drain();
  }

  close(): void {
    this.#closed = true;
    this.#parts.timer.clear(this.#timer);
    this.#uplink.close();
  }
}
