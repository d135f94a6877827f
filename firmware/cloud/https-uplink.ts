// The HTTPS uplink: each record of the journal, or those that travel together, is a request of its own, one after the
// other. It publishes and cannot subscribe: a device on it hears no commands, and learns of its configuration only at the
// beginning.

import { isPlainText } from "../bytes/utf8.js";
import type { HttpDeadlines, HttpRequest, RunningRequest } from "../http/client.js";
import { startRequest } from "../http/client.js";
import type { HttpLimits, ResponseHead } from "../http/response.js";
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
const LIMITS: Partial<HttpLimits> = { body: 8192 };
/** Headers of an answer that are looked at. */
const KEPT_HEADERS: readonly string[] = ["retry-after"];

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
        if (rejected === undefined) events.onDelivered(sequence, !this.#parts.mustLast);
        else events.onRejected(sequence, rejected);
      }
    }
  }

  /** @returns why the record can never be sent, or undefined when it was taken @throws Failure */
  private publish(record: JournalRecord): Promise<PublishError | undefined> {
    const bridge = this.#bridge!;
    // No journal takes such a record today; one may be left from before.
    if (!isPlainText(record.topic)) {
      return Promise.resolve(new PublishError("publish-rejected", "publish: the topic holds a control character"));
    }
    let asked: Promise<string | undefined>;
    try {
      asked = this.exchange(bridge.request(record), bridge);
    } catch (error) {
      asked = Promise.reject(error);
    }
    const { sequence } = record;
    return asked.then((trace) => {
      this.#settings.log("debug", "accepted", { seq: sequence, trace });
      return undefined;
    }, rejection);
  }

  /** Once on this connection. An answer that is no configuration is no reason to keep telemetry back. @throws Failure */
  private async configure(): Promise<void> {
    const { topics, events } = this.#parts;
    const { configuration } = this.#bridge!;
    if (this.#asked || configuration === undefined || topics.config === undefined) return;
    this.#asked = true;
    try {
      const data = await this.exchange(configuration.request, configuration);
      if (data !== undefined && !this.isClosed()) events.onMessage(topics.config, data, true);
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== "publish-answer") throw error;
      this.#settings.log("warn", "configuration-unread", { message: error.message });
    }
  }

  private exchange<T>(request: BridgeRequest, answers: Answers<T>): Promise<T> {
    const asked = new Asked(this.#parts, this.#settings.deadlines, request, answers);
    const running = startRequest(asked);
    asked.sent();
    this.#running = running;
    return running.answer.then(
      (head) => {
        this.#running = undefined;
        return asked.end(head);
      },
      (error) => {
        this.#running = undefined;
        throw asFailure(error);
      },
    );
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

/** What reads the answer to one kind of request. */
interface Answers<T> {
  answer(status: number): BridgeAnswer<T>;
}

/** A request under way. What it asks is let go once it is on its way, and with it a kilobyte of credentials. */
class Asked<T> implements HttpRequest {
  readonly #parts: UplinkParts;
  readonly deadlines: Partial<HttpDeadlines> | undefined;
  readonly #answers: Answers<T>;
  #request: BridgeRequest | undefined;
  #answer: BridgeAnswer<T> | undefined;

  constructor(
    parts: UplinkParts,
    deadlines: Partial<HttpDeadlines> | undefined,
    request: BridgeRequest,
    answers: Answers<T>,
  ) {
    this.#parts = parts;
    this.deadlines = deadlines;
    this.#request = request;
    this.#answers = answers;
  }

  get io() {
    return this.#parts.stream;
  }
  get clock() {
    return this.#parts.clock;
  }
  get timer() {
    return this.#parts.timer;
  }
  get host(): string {
    const { host, port } = this.#parts.plan;
    return port === 443 ? host : `${host}:${port}`;
  }
  get method(): string {
    return this.#request!.method;
  }
  get path(): string {
    return this.#request!.path;
  }
  get headers() {
    return this.#request!.headers;
  }
  get body(): Uint8Array | undefined {
    return this.#request?.body;
  }
  get limits() {
    return LIMITS;
  }
  get keeps() {
    return KEPT_HEADERS;
  }

  /** It is on its way. */
  sent(): void {
    this.#request = undefined;
  }

  onHead({ status }: ResponseHead): void {
    this.#answer = this.#answers.answer(status);
  }

  onBody(piece: Uint8Array): void {
    this.#answer!.push(piece);
  }

  /** The answer is complete. @throws Failure, with how long the server would have us wait */
  end(head: ResponseHead): T {
    try {
      return this.#answer!.end();
    } catch (error) {
      const failure = asFailure(error);
      failure.retryAfterMs ??= retryAfterMs(head, this.#parts.clock.wall());
      throw failure;
    }
  }
}

/** A record that can never be sent is no failure of the uplink's. @throws all else */
function rejection(error: unknown): PublishError {
  if (error instanceof PublishError && error.code === "publish-rejected") return error;
  throw error;
}
