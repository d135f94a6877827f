// A cloud profile: how a device gets its credentials and what its topics are. One small module each; device/ knows
// only this interface.

import type { Timer } from "../platform/clock.js";
import type { Log } from "../platform/events.js";
import type { Failure } from "../platform/failure.js";
import type { KeyValue } from "../platform/storage.js";
import type { Means } from "./connect.js";
import type { Plan } from "./plan.js";

/** What a profile may use while it gets credentials. */
export interface ProfileMeans extends Means {
  timer: Timer;
  keyValue: KeyValue;
  log: Log;
  /** ICCID of the SIM now in the modem, if known: credentials of another SIM are not used. */
  iccid?: string | undefined;
  /** How far the wall clock may be off, in milliseconds; 0 when left out. A device that signs its own token must know. */
  clockErrorMs?: number | undefined;
}

/** Where the device speaks and listens (MQTT topic names and one filter). */
export interface Topics {
  telemetry: string;
  /** Filter of incoming commands. */
  commands: string;
  /** Answers to commands. */
  responses: string;
  /** Where the cloud delivers a configuration, at each subscription and at each change; absent: nowhere. */
  config?: string;
  /** Where the device reports its state; absent: nowhere. */
  state?: string;
  /** Where manifests of updates come, and where is reported on them; absent: updates are not offered. */
  update?: string;
  updateState?: string;
}

/** What one way to a cloud needs. */
export interface Profile {
  /** Short name, as in the configuration. */
  readonly name: string;
  /** How often credentials were fetched or signed since power-on. */
  readonly renewals: number;
  /** What was just refused was made by this device's clock: that may be wrong. Left out: nothing is made by it. */
  readonly doubtsTime?: boolean;
  /**
   * A plan with fresh or still valid stored credentials.
   * @throws Failure whose advice says how to go on
   */
  plan(means: ProfileMeans): Promise<Plan>;
  /** Forgets stored credentials, because the broker refused them. */
  forget(means: ProfileMeans): void;
  /**
   * What it means to the profile that a connection by its last plan failed or ended.
   * @returns the failure itself, or one with better advice
   */
  judge?(failure: Failure, means: ProfileMeans): Failure;
  topics(plan: Plan): Topics;
}
