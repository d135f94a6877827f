// The way to the cloud: credentials, a connection made with them, and when they are to be renewed.

import { telemetryBatches } from "../cloud/batches.js";
import { connect } from "../cloud/connect.js";
import type { Plan } from "../cloud/plan.js";
import type { ProfileMeans, Topics } from "../cloud/profile.js";
import type { Uplink, UplinkEvents } from "../cloud/uplink.js";
import type { TimerId } from "../platform/clock.js";
import { asFailure, type Failure } from "../platform/failure.js";
import type { TlsSessions } from "../platform/tls.js";
import { ClockError } from "./clock-error.js";
import type { DeviceParts } from "./parts.js";
import { type ResumeMeter, sessionsOf } from "./tls-sessions.js";

/** The longest time a timer takes on every platform, in milliseconds. */
const TIMER_MAX_MS = 0x7fff_ffff;

/** Whose connection it is. */
export interface ConnectionOwner extends UplinkEvents {
  /** Of the SIM, once the modem has told it. */
  readonly iccid: string | undefined;
  /** The credentials are to be renewed. */
  onRenewal(): void;
}

export class CloudConnection {
  readonly clockError = new ClockError();
  /** What is open, or about to be. */
  uplink: Uplink | undefined;
  /** Since when, monotonic milliseconds. */
  openedAt = 0;
  readonly #parts: DeviceParts;
  readonly #owner: ConnectionOwner;
  readonly #sessions: TlsSessions | undefined;
  #plan: Plan | undefined;
  #topics: Topics | undefined;
  #renewal: TimerId;

  constructor(parts: DeviceParts, owner: ConnectionOwner, meter: ResumeMeter) {
    this.#parts = parts;
    this.#owner = owner;
    this.#sessions = sessionsOf(parts.platform, parts.config, meter);
  }

  /** Undefined before there are credentials. */
  get topics(): Topics | undefined {
    return this.#topics;
  }

  /** What the profile acts with. */
  means(): ProfileMeans {
    const { platform, link } = this.#parts;
    const clockErrorMs = this.clockError.at(platform.clock.monotonic());
    return { ...platform, TCP: link.TCP, iccid: this.#owner.iccid, clockErrorMs, sessions: this.#sessions };
  }

  /** The next connection is made so. */
  use(plan: Plan): void {
    this.#plan = plan;
    const { update, updateState, ...topics } = this.#parts.profile.topics(plan);
    const { platform, config } = this.#parts;
    // Offered where the device has a slot for one, and hears what comes.
    const isOffered = platform.update !== undefined && config.transport !== "https";
    this.#topics = isOffered && update && updateState ? { ...topics, update, updateState } : topics;
  }

  /**
   * Makes the connection that was planned: `uplink`.
   * @returns the same, once it stands
   * @throws Failure as the profile judges it
   */
  open(): Promise<Uplink> {
    const { platform, journal, config, uplink: makeUplink } = this.#parts;
    const { clock, timer, log } = platform;
    const plan = this.#plan!;
    log("info", "connecting", { host: plan.host, port: plan.port, alpn: plan.tls?.alpn });
    const uplink = makeUplink({
      stream: connect(plan, this.means()),
      stack: this,
      plan,
      topics: this.#topics!,
      journal,
      ...(config.recordsPerWake > 1 && { batch: telemetryBatches(this.#topics!) }),
      clock,
      timer,
      events: this.#owner,
    });
    this.uplink = uplink;
    this.openedAt = clock.monotonic();
    return uplink.open().then(
      () => uplink,
      (error) => {
        throw this.judged(asFailure(error));
      },
    );
  }

  /** Ends it at once. */
  close(): void {
    this.#parts.platform.timer.clear(this.#renewal);
    const { uplink } = this;
    this.uplink = undefined;
    uplink?.close();
  }

  /** The broker refused the credentials, or so it seems: they are forgotten, unless the profile knows better. */
  refused(failure: Failure): void {
    if (this.judged(failure).advice === "new-credentials") this.#parts.profile.forget(this.means());
  }

  /** A failure as the profile sees it. */
  judged(failure: Failure): Failure {
    return this.#parts.profile.judge?.(failure, this.means()) ?? failure;
  }

  /** Tells the owner when the credentials of the connection are to be renewed. */
  planRenewal(): void {
    const { renewAt, expiresAt } = this.#plan!.credentials;
    const at = renewAt ?? expiresAt;
    if (at !== undefined) this.renewAt(at);
  }

  /** Renews when the profile would, and not a millisecond sooner: it would take the old credentials for good enough. */
  private renewAt(at: number): void {
    const { clock, timer } = this.#parts.platform;
    const left = () => Math.ceil(at - (clock.wall() ?? at));
    const look = () => (left() > 0 ? this.renewAt(at) : this.#owner.onRenewal());
    this.#renewal = timer.set(look, Math.min(Math.max(0, left()), TIMER_MAX_MS));
  }
}
