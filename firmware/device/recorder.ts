// What the device says: telemetry each interval, and answers to commands. Everything goes into the journal first; the uplink
// only learns that there is something new.

import { encodeUtf8 } from "../bytes/utf8.js";
import type { Topics } from "../cloud/profile.js";
import type { Journal } from "../mqtt/journal.js";
import type { TimerId } from "../platform/clock.js";
import { asFailure, type Failure } from "../platform/failure.js";
import type { Link, LinkStatus } from "../platform/link.js";
import type { Platform } from "../platform/platform.js";
import { type Effect, type Json, runCommand } from "./commands.js";
import { type Counters, telemetry } from "./telemetry.js";
import type { UsageMeter } from "./usage.js";

export interface RecorderParts {
  platform: Pick<Platform, "clock" | "timer" | "log">;
  link: Pick<Link, "status" | "counters">;
  journal: Journal;
  /** Milliseconds between two records. */
  intervalMs: number;
  counters: Counters;
  usage: UsageMeter;
  /** Whether the modem may be asked for its signal now. */
  isOnline: () => boolean;
  /** Something new is in the journal. */
  onRecord: () => void;
}

export class Recorder {
  /** The signal as last heard of. */
  status: LinkStatus = {};
  readonly #parts: RecorderParts;
  #intervalMs: number;
  #timer: TimerId;
  /** Monotonic time of the next record, in milliseconds. */
  #dueAt = 0;
  #topics: Topics | undefined;
  #running = false;
  /** What the journal had dropped in lives before this one. */
  readonly #droppedBefore: number;
  /** Records that no broker can take. */
  #unsendable = 0;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#intervalMs = parts.intervalMs;
    this.#droppedBefore = parts.journal.dropped;
  }

  /** Where the device speaks from now on: known before it is connected, since the cloud may speak first. */
  speakOn(topics: Topics): void {
    this.#topics = topics;
  }

  /** Records telemetry now, and from then on each interval, online or not. Once it does: nothing. */
  start(): void {
    if (!this.#running) this.record();
    this.#running = true;
  }

  stop(): void {
    this.#parts.platform.timer.clear(this.#timer);
    this.#running = false;
    this.#topics = undefined;
  }

  /** The cloud has record `sequence`. */
  delivered(sequence: number): void {
    this.#parts.counters.acked++;
    this.#parts.platform.log("info", "acked", { seq: sequence });
  }

  /** Record `sequence` has left the journal unsent: it is lost, and is said to be. */
  rejected(sequence: number, failure: Failure): void {
    this.#unsendable++;
    this.countLost();
    this.#parts.platform.log("error", "rejected", { seq: sequence, message: failure.message });
  }

  /**
   * Answers a command.
   * @returns what else the device must do, and the sequence number of the answer
   */
  command(topic: string, payload: Uint8Array): { effect: Effect | undefined; sequence: number } {
    const { counters, platform } = this.#parts;
    counters.received++;
    const { name, answer, effect } = runCommand(payload, { uptimeS: this.uptimeS(), status: this.fields() });
    const ok = answer.ok as boolean;
    const sequence = this.#parts.journal.nextSequence;
    platform.log("info", "command", { topic, cmd: name ?? "(unknown)", bytes: payload.length });
    if (this.#topics) this.publish(this.#topics.responses, () => answer);
    counters.answered++;
    platform.log("info", "answered", { topic: this.#topics?.responses, ok });
    return { effect, sequence };
  }

  /** Reports the device's state, where the cloud has a topic for it. */
  state(state: Json): void {
    const topic = this.#topics?.state;
    if (topic === undefined) return;
    this.#parts.counters.reported++;
    this.publish(topic, () => state);
  }

  /** Records at another interval, beginning now; at the same one, as before. @param seconds 1 or more */
  setInterval(seconds: number): void {
    if (seconds * 1_000 === this.#intervalMs) return;
    this.#intervalMs = seconds * 1_000;
    if (this.#running) this.record();
  }

  /** Milliseconds until the next record, 0 or more. */
  get dueInMs(): number {
    return Math.max(0, this.#dueAt - this.#parts.platform.clock.monotonic());
  }

  private record(): void {
    const { timer, clock } = this.#parts.platform;
    timer.clear(this.#timer);
    this.#dueAt = clock.monotonic() + this.#intervalMs;
    this.#timer = timer.set(() => this.record(), this.#intervalMs);
    this.refreshStatus();
    this.publish(this.#topics!.telemetry, (seq) => ({ seq, ...this.fields() }));
  }

  /** Asks for the signal for the next record; this one goes out with what is known. */
  private refreshStatus(): void {
    if (!this.#parts.isOnline()) return;
    this.#parts.link.status().then(
      (status) => {
        this.status = { ...this.status, ...status };
      },
      () => {}, // A modem that does not answer shows as a failure on its sockets soon enough.
    );
  }

  private publish(topic: string, make: (sequence: number) => Json): void {
    const { journal, platform, counters, onRecord } = this.#parts;
    const seq = journal.nextSequence;
    const payload = encodeUtf8(JSON.stringify(make(seq)));
    try {
      journal.append(topic, payload);
    } catch (error) {
      this.unrecorded(error);
      return;
    }
    counters.published++;
    this.countLost();
    platform.log("info", "published", { topic, seq, bytes: payload.length });
    onRecord();
  }

  /** Flash that is worn out, or a record too long for it, must not end the device: the record is lost, and is said to be. */
  private unrecorded(error: unknown): void {
    const { code, message } = asFailure(error);
    this.#unsendable++;
    this.countLost();
    this.#parts.platform.log("error", "not-recorded", { code, message });
  }

  private countLost(): void {
    this.#parts.counters.lost = this.#parts.journal.dropped - this.#droppedBefore + this.#unsendable;
  }

  private uptimeS(): number {
    return Math.floor(this.#parts.platform.clock.monotonic() / 1000);
  }

  private fields(): Json {
    const { platform, link, counters } = this.#parts;
    return telemetry({
      uptimeS: this.uptimeS(),
      wallMs: platform.clock.wall(),
      status: this.status,
      link: link.counters(),
      counters,
      usage: this.#parts.usage.usage(link.counters(), platform.clock.monotonic()),
    });
  }
}
