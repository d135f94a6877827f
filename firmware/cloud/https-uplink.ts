// The HTTPS uplink: each record of the journal, or those that travel together, is a request of its own, one after the
// other. It publishes and cannot subscribe: a device on it hears no commands, and learns of its configuration only at the
// beginning.

import { isPlainText } from "../bytes/utf8.js";
import type { HttpDeadlines, RunningRequest } from "../http/client.js";
import { startRequest } from "../http/client.js";
import { retryAfterMs } from "../http/retry-after.js";
import { gather, numbersOf } from "../mqtt/batch.js";
import type { JournalRecord } from "../mqtt/journal.js";
import type { Log } from "../platform/events.js";
import { asFailure, type Failure } from "../platform/failure.js";
import type { Credentials } from "./plan.js";
import { type Bridge, type BridgeAnswer, type BridgeRequest, PublishError } from "./publish.js";
import type { Uplink, UplinkFactory, UplinkParts } from "./uplink.js";

export interface HttpsUplinkSettings {
  /** The cloud's way of publishing, for the credentials of a plan. */
  bridge: (credentials: Credentials) => Bridge;
  log: Log;
  deadlines?: Partial<HttpDeadlines> | undefined;
}

/** Most bytes of an answer: a configuration of 4 KB in base64. */
const ANSWER_LIMIT = 8192;

/** Makes HTTPS uplinks with these settings. */
export function httpsUplink(settings: HttpsUplinkSettings): UplinkFactory {
  return (parts) => new HttpsUplink(parts, settings);
}

class HttpsUplink implements Uplink {
  readonly hears = false;
  readonly #parts: UplinkParts;
  readonly #settings: HttpsUplinkSettings;
  #bridge: Bridge | undefined;
  #running: RunningRequest | undefined;
  /** The configuration was asked for. */
  #asked = false;
  /** Settles when the record under way is done with; undefined: none is. */
  #pumping: Promise<void> | undefined;
  #state: "new" | "open" | "draining" | "closed" = "new";

  constructor(parts: UplinkParts, settings: HttpsUplinkSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Nothing is sent yet: the first record proves the way. */
  async open(): Promise<void> {
    try {
      this.#bridge = this.#settings.bridge(this.#parts.plan.credentials);
    } catch (error) {
      this.#state = "closed";
      throw error;
    }
    this.#state = "open";
    this.kick();
  }

  kick(): void {
    if (this.#state !== "open" || this.#pumping !== undefined) return;
    // Not within the caller's turn: events never come from inside a method.
    this.#pumping = Promise.resolve()
      .then(() => this.pump())
      .then(() => {
        this.#pumping = undefined;
        // A record that came while the last round ended.
        if (this.#parts.journal.next(0) !== undefined) this.kick();
      })
      .catch((error) => this.fail(asFailure(error)));
  }

  async finish(): Promise<void> {
    if (this.#state === "open") this.#state = "draining";
    await this.#pumping;
    this.#state = "closed";
  }

  close(): void {
    this.#state = "closed";
    this.#running?.cancel();
  }

  /** Sends what waits, oldest first, until nothing waits or the uplink ends. */
  private async pump(): Promise<void> {
    const { journal, events, batch } = this.#parts;
    let after = 0;
    /** Records up to this one go alone: together they were rejected, and it may be for one of them. */
    let alone = 0;
    await this.configure();
    while (this.#state === "open") {
      const first = journal.next(after);
      if (first === undefined) return;
      const group = batch && first.sequence > alone ? gather(journal, first, batch) : undefined;
      const last = group?.last ?? first.sequence;
      const rejected = await this.publish(group?.record ?? first);
      if (this.isClosed()) return;
      if (rejected !== undefined && last > first.sequence) {
        alone = last;
        continue;
      }
      after = last;
      for (const sequence of numbersOf(journal, first.sequence, last)) {
        journal.delivered(sequence);
        if (rejected === undefined) events.onDelivered(sequence, true);
        else events.onRejected(sequence, rejected);
      }
    }
  }

  /** @returns why the record can never be sent, or undefined when it was taken @throws Failure */
  private async publish(record: JournalRecord): Promise<PublishError | undefined> {
    const bridge = this.#bridge!;
    // No journal takes such a record today; one may be left from before.
    if (!isPlainText(record.topic)) {
      return new PublishError("publish-rejected", "publish: the topic holds a control character");
    }
    try {
      const trace = await this.exchange(bridge.request(record), (status) => bridge.answer(status));
      this.#settings.log("debug", "accepted", { seq: record.sequence, trace });
      return undefined;
    } catch (error) {
      if (error instanceof PublishError && error.code === "publish-rejected") return error;
      throw error;
    }
  }

  /** Once on this connection. An answer that is no configuration is no reason to keep telemetry back. @throws Failure */
  private async configure(): Promise<void> {
    const { topics, events } = this.#parts;
    const { configuration } = this.#bridge!;
    if (this.#asked || configuration === undefined || topics.config === undefined) return;
    this.#asked = true;
    try {
      const data = await this.exchange(configuration.request, (status) => configuration.answer(status));
      if (data !== undefined && !this.isClosed()) events.onMessage(topics.config, data, true);
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== "publish-answer") throw error;
      this.#settings.log("warn", "configuration-unread", { message: error.message });
    }
  }

  private async exchange<T>(request: BridgeRequest, answerTo: (status: number) => BridgeAnswer<T>): Promise<T> {
    const { plan, stream, clock, timer } = this.#parts;
    let answer: BridgeAnswer<T> | undefined;
    let retryAfter: number | undefined;
    this.#running = startRequest({
      ...request,
      io: stream,
      clock,
      timer,
      host: plan.port === 443 ? plan.host : `${plan.host}:${plan.port}`,
      limits: { body: ANSWER_LIMIT },
      deadlines: this.#settings.deadlines,
      onHead: ({ status }) => {
        answer = answerTo(status);
      },
      onBody: (piece) => answer!.push(piece),
    });
    try {
      const head = await this.#running.answer;
      retryAfter = retryAfterMs(head, clock.wall());
      return answer!.end();
    } catch (error) {
      const failure = asFailure(error);
      failure.retryAfterMs ??= retryAfter;
      throw failure;
    } finally {
      this.#running = undefined;
    }
  }

  private fail(failure: Failure): void {
    const unexpected = this.#state === "open";
    this.#state = "closed";
    if (unexpected) this.#parts.events.onClosed(failure);
  }

  private isClosed(): boolean {
    return this.#state === "closed";
  }
}
