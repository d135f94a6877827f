// Telemetry by a second way when the first cannot be opened: MQTT, else HTTPS. The first is tried again after a while, and
// never with credentials that it has refused.

import type { TimerId } from "../platform/clock.js";
import type { Log } from "../platform/events.js";
import { asFailure, Failure, storyOf } from "../platform/failure.js";
import { connect } from "./connect.js";
import type { Plan } from "./plan.js";
import type { Uplink, UplinkFactory, UplinkParts } from "./uplink.js";

/** How long the second way serves before the first is tried again, in milliseconds. */
export const SECOND_WAY_MS = 3_600_000;

export interface FallbackSettings {
  first: UplinkFactory;
  second: UplinkFactory;
  /** The plan for the second way, made of that for the first. */
  secondPlan: (plan: Plan) => Plan;
  log: Log;
}

/**
 * Makes uplinks that fall back. Refused credentials are no reason to, since the second way would be refused too, unless
 * they have just come: then it may be the way that is refused. Nor is a server that asks to be left alone: it is the same one.
 */
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

  get hears(): boolean {
    return this.#uplink.hears;
  }

  async open(): Promise<void> {
    try {
      await this.#uplink.open();
    } catch (error) {
      const failure = asFailure(error);
      const { plan, events } = this.#parts;
      const isRefused = failure.advice === "new-credentials";
      const isAsked = failure.retryAfterMs !== undefined;
      if (this.#closed || isAsked || failure.advice === "give-up" || (isRefused && !plan.isFresh)) throw failure;
      if (isRefused) events.onRefused(failure);
      await this.openSecond(failure);
    }
  }

  private async openSecond(failure: Failure): Promise<void> {
    const { second, secondPlan, log } = this.#settings;
    const plan = secondPlan(this.#parts.plan);
    log("warn", "second-way", { code: failure.code, message: storyOf(failure) });
    const stream = connect(plan, this.#parts.stack.means());
    this.#uplink = second({ ...this.#parts, plan, stream, mustLast: true });
    await this.#uplink.open();
    if (this.#closed) return;
    this.#timer = this.#parts.timer.set(() => this.endSecond(), SECOND_WAY_MS);
  }

  private async endSecond(): Promise<void> {
    await this.#uplink.finish();
    if (this.#closed) return;
    this.close();
    this.#parts.events.onClosed(new Failure("second-way-over", "the first way is tried again", "retry"));
  }

  kick(): void {
    this.#uplink.kick();
  }

  finish(): Promise<void> {
    this.#parts.timer.clear(this.#timer);
    return this.#uplink.finish();
  }

  close(): void {
    this.#closed = true;
    this.#parts.timer.clear(this.#timer);
    this.#uplink.close();
  }
}
