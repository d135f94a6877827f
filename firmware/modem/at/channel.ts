// The AT channel: one command in flight, a deadline each, a bounded queue, a data phase behind the prompt, URCs by a
// table. Rules: every `run` settles by its deadline; a line belongs to the command in flight if that command says so,
// else it is the URC that the table has for it, else it is dropped; after a lost answer the line is brought back into
// step before the next command.

import { encodeUtf8 } from "../../bytes/utf8.js";
import type { Timer, TimerId } from "../../platform/clock.js";
import { bytesOf, type SerialClass, type SerialPort, type StreamCallbacks } from "../../platform/io.js";
import { type Command, isReply, MAX_COMMAND_CHARACTERS, shownText } from "./command.js";
import { AtError, errorResult } from "./error.js";
import { type AtEvent, AtReader } from "./reader.js";
import { type Urc, urcOf } from "./urc.js";
import { delay } from "./wait.js";

/** Most commands waiting behind the one in flight. */
export const MAX_QUEUED_COMMANDS = 32;
/** Most information lines in one reply (AT+COPS=? and AT+CNACT? are far below). */
export const MAX_REPLY_LINES = 64;
/** Most callers of `waitFor` at a time. */
export const MAX_WAITERS = 16;

/** Plain AT sent after a lost answer, until one is answered, so that a late reply is not taken for the next command's. */
const RESYNC_TRIES = 3;
const RESYNC_TIMEOUT_MS = 1000;
/** Silence after that, in which stray replies come in and are dropped. */
const RESYNC_QUIET_MS = 100;

/** Longest wait for silence: URCs may come at any time. */
const QUIET_LIMIT_MS = 3000;

const isErrorResult = (line: string) => /^(?:(?:ERROR|NO CARRIER)$|\+CM[ES] ERROR:)/.test(line);
/** In place of a line that may hold a secret. */
const SECRET = "[…]";
const RESYNC: Command<void> = { text: "AT", timeoutMs: RESYNC_TIMEOUT_MS, probe: true, parse: () => undefined };

/** Shows lines of the AT line; bodies as `[N bytes]`, secrets as `[…]`. */
export type Trace = (direction: "tx" | "rx", text: string) => void;

/** What a channel stands on. `Target`: see `Urc`. */
export interface ChannelOptions<Target = unknown> {
  Serial: SerialClass;
  timer: Timer;
  /** Bits per second. */
  baud: number;
  flowControl?: "none" | "hardware";
  trace?: Trace | undefined;
  /** All that the modem prints by itself. */
  urcs: readonly Urc<unknown, Target>[];
  /** Whom that concerns: given to their `handle`. */
  target: Target;
  /** Called once when the serial line is gone; the channel is of no use then. */
  onClosed: (error: AtError) => void;
}

/** A wait for a URC. */
export interface UrcWait<Said> {
  /** What it said; undefined when it did not come in time or the wait was cancelled or cut short (`check`). Never rejects. */
  readonly said: Promise<Said | undefined>;
  cancel(): void;
}

/** Who waits for a command's end. Called from deep within the channel: what goes deep itself needs a turn of its own. */
export interface Asker<T = unknown> {
  answered(value: T): void;
  failed(error: AtError): void;
}

interface Job {
  readonly command: Command<unknown>;
  readonly asker: Asker;
  /** Jumps the queue and is sent although the line is out of step. */
  readonly first: boolean;
}

interface InFlight extends Job {
  readonly lines: string[];
  body: Uint8Array | undefined;
  dataTaken: boolean;
  timer: TimerId;
}

interface Waiter {
  readonly kinds: readonly Urc[];
  readonly wanted: ((said: never) => boolean) | undefined;
  readonly settle: (said: unknown) => void;
}

/** Bytes and commands since the channel was made. */
export interface ChannelCounters {
  txBytes: number;
  rxBytes: number;
  commands: number;
}

/** The AT line to a modem. Opens the serial line when made; commands wait until it is open. */
export class Channel<Target = unknown> {
  readonly counters: ChannelCounters = { txBytes: 0, rxBytes: 0, commands: 0 };
  readonly #options: ChannelOptions<Target>;
  readonly #reader = new AtReader();
  readonly #serial: SerialPort;
  #room = 0;
  #out: Uint8Array | undefined;
  readonly #queue: Job[] = [];
  #inFlight: InFlight | undefined;
  /** Commands that are not `first` wait until the line is in step. */
  #outOfStep = false;
  #resyncing = false;
  readonly #waiters = new Set<Waiter>();
  #closed: AtError | undefined;
  #failure: AtError | undefined;

  constructor(options: ChannelOptions<Target>) {
    this.#options = options;
    this.#serial = new options.Serial({
      baud: options.baud,
      flowControl: options.flowControl ?? "none",
      target: this,
      onReadable: Channel.onReadable,
      onWritable: Channel.onWritable,
      onError: Channel.onError,
    });
  }

  private static onReadable(this: StreamCallbacks): void {
    (this.target as Channel).readable();
  }

  private static onWritable(this: StreamCallbacks, count: number): void {
    const channel = this.target as Channel;
    channel.#room = count;
    channel.flush();
  }

  private static onError(this: StreamCallbacks, error?: Error): void {
    const gone = new AtError("at-closed", "the serial line to the modem is gone", { cause: error });
    (this.target as Channel).lost(gone);
  }

  /**
   * Sends a command and waits for its final result.
   * @returns what the command's parser makes of the reply
   * @throws AtError of any code
   */
  run<T>(command: Command<T>): Promise<T> {
    let asker: Asker<T>;
    const answer = new Promise<T>((answered, failed) => {
      asker = { answered, failed };
    });
    // Not within the promise's making: sending goes deep, and the deepest call is memory for good.
    this.ask(command, asker!);
    return answer;
  }

  /** The same for one who is there anyway, and needs no promise. Where nothing is sent, it is told so before this returns. */
  ask<T>(command: Command<T>, asker: Asker<T>): void {
    const refusal = this.#closed ?? this.#failure ?? this.refusal(command);
    if (refusal) {
      asker.failed(refusal);
      return;
    }
    const job: Job = { command, asker: asker as Asker, first: command.probe ?? false };
    if (job.first) this.#queue.unshift(job);
    else this.#queue.push(job);
    this.advance();
  }

  /**
   * Waits for a URC; call it before the command that leads to the line.
   * @param kinds entries of the table: the first line of one of them ends the wait
   * @param timeoutMs milliseconds from now
   * @param wanted what the line must say; left out: anything
   */
  waitFor<Said>(
    kinds: readonly Urc<Said>[],
    timeoutMs: number,
    wanted?: ((said: Said) => boolean) | undefined,
  ): UrcWait<Said> {
    let cancel = () => {};
    const said = new Promise<Said | undefined>((resolve) => {
      if (this.#closed || this.#waiters.size >= MAX_WAITERS) return resolve(undefined);
      const settle = (found: unknown) => {
        this.#waiters.delete(waiter);
        this.#options.timer.clear(timer);
        resolve(found as Said | undefined);
      };
      const waiter: Waiter = { kinds, wanted, settle };
      const timer = this.#options.timer.set(() => settle(undefined), timeoutMs);
      this.#waiters.add(waiter);
      cancel = () => settle(undefined);
    });
    return { said, cancel: () => cancel() };
  }

  /** Waits until nothing has come from the modem for `ms` milliseconds, at most QUIET_LIMIT_MS; what comes is no reply. */
  async quiet(ms: number): Promise<void> {
    for (let waited = 0; waited < QUIET_LIMIT_MS; waited += ms) {
      const before = this.counters.rxBytes;
      await delay(this.#options.timer, ms);
      if (this.counters.rxBytes === before) return;
    }
  }

  /** Fails the command in flight and all that wait, ends all waits for URCs, and fails all that comes until `resume`. */
  fail(error: AtError): void {
    this.#failure = error;
    this.abandon(error);
  }

  /**
   * Behind a wait for a URC, which `fail` and the loss of the line cut short.
   * @throws AtError why nothing is sent any more; else nothing happens
   */
  check(): void {
    const gone = this.#closed ?? this.#failure;
    if (gone) throw gone;
  }

  /** Commands are sent again. */
  resume(): void {
    this.#failure = undefined;
  }

  /** Changes the line speed, in bits per second, and forgets a line that has begun. Only between commands. */
  setBaud(baud: number): void {
    this.#serial.setBaud(baud);
    this.#reader.reset();
  }

  /** Closes the serial line and fails all that wait. */
  close(): void {
    if (this.#closed) return;
    this.#serial.close();
    this.#closed = new AtError("at-closed", "the modem driver was closed");
    this.abandon(this.#closed);
  }

  private abandon(error: AtError): void {
    const jobs = this.#queue.splice(0);
    this.finish()?.asker.failed(error);
    for (const job of jobs) job.asker.failed(error);
    for (const waiter of [...this.#waiters]) waiter.settle(undefined);
  }

  private refusal(command: Command<unknown>): AtError | undefined {
    const shown = shownText(command);
    if (!/^[ -~]+$/.test(command.text) || command.text.length > MAX_COMMAND_CHARACTERS + 2)
      return new AtError("at-overflow", `${shown.slice(0, 16)}: too long or not ASCII`, { advice: "give-up" });
    if (this.#queue.length >= MAX_QUEUED_COMMANDS)
      return new AtError("at-overflow", `${shown}: ${MAX_QUEUED_COMMANDS} commands wait already`);
    return undefined;
  }

  /** Sends the next command if none is in flight. */
  private advance(): void {
    if (this.#inFlight || this.#closed) return;
    const next = this.#queue[0];
    if (!next) return;
    if ((this.#outOfStep || this.#resyncing) && !next.first) {
      if (!this.#resyncing) void this.resync();
      return;
    }
    this.#queue.shift();
    this.send(next);
  }

  private send(job: Job): void {
    const { command } = job;
    this.#inFlight = {
      ...job,
      lines: [],
      body: undefined,
      dataTaken: false,
      timer: this.#options.timer.set(() => this.onTimeout(), command.timeoutMs),
    };
    this.#reader.expectation = { echo: command.text, prompt: command.data !== undefined, body: command.body };
    this.counters.commands++;
    this.#options.trace?.("tx", shownText(command));
    this.output(encodeUtf8(command.raw ? command.text : `${command.text}\r`));
  }

  /** Brings the line back into step; if no plain AT is answered, the commands that wait fail too. */
  private async resync(): Promise<void> {
    this.#resyncing = true;
    for (let i = 0; i < RESYNC_TRIES && this.#outOfStep && !this.#closed; i++) {
      await this.run(RESYNC).catch(() => undefined);
    }
    if (this.#outOfStep) this.abandon(new AtError("at-timeout", `AT: no answer to ${RESYNC_TRIES} in a row`));
    else await this.quiet(RESYNC_QUIET_MS);
    this.#resyncing = false;
    this.advance();
  }

  private onTimeout(): void {
    const job = this.#inFlight!;
    const { command } = job;
    this.#outOfStep = true;
    // A body that lost bytes on the line would swallow the replies to come.
    this.#reader.reset();
    const message = `${shownText(command)}: no answer within ${command.timeoutMs} ms`;
    this.giveUp(job, new AtError("at-timeout", message, { dataTaken: job.dataTaken }));
  }

  private readable(): void {
    const chunk = this.#serial.read();
    if (!chunk) return;
    const bytes = bytesOf(chunk);
    this.counters.rxBytes += bytes.length;
    this.#reader.push(bytes);
    for (let event = this.#reader.next(); event; event = this.#reader.next()) this.onEvent(event);
  }

  private onEvent(event: AtEvent): void {
    const job = this.#inFlight;
    switch (event.type) {
      case "line":
        this.#options.trace?.("rx", this.isSecret(event.text, job) ? SECRET : event.text);
        this.onLine(event.text, job);
        break;
      case "prompt":
        this.#options.trace?.("rx", ">");
        if (job?.command.data) this.sendData(job, job.command.data);
        break;
      case "body":
        this.#options.trace?.("rx", `${job?.command.body?.prefix ?? ""} [${event.bytes.length} bytes]`);
        if (job) job.body = event.bytes;
        break;
      case "overflow":
        this.#options.trace?.("rx", `[${event.what} too long]`);
        if (job) this.overflow(job, `a ${event.what} of the reply is too long`);
        break;
    }
  }

  private sendData(job: InFlight, data: Uint8Array): void {
    job.dataTaken = true;
    this.#reader.expectation = {};
    this.#options.trace?.("tx", `[${data.length} bytes]`);
    this.output(data);
  }

  /** Whether a line may be the echo of a command with a secret, spoiled on its way: it is not skipped as the echo then. */
  private isSecret(line: string, job: InFlight | undefined): boolean {
    if (job === undefined || shownText(job.command) === job.command.text) return false;
    return line !== "OK" && !isErrorResult(line) && urcOf(this.#options.urcs, line) === undefined;
  }

  private onLine(line: string, job: InFlight | undefined): void {
    if (job && this.isFor(job, line)) return;
    const { urcs, target } = this.#options;
    const kind = urcOf(urcs, line);
    const said = kind?.parse?.(line);
    if (!kind || said === undefined) return;
    kind.handle?.(target, said);
    for (const { kinds, wanted, settle } of [...this.#waiters]) {
      if (kinds.includes(kind) && (wanted?.(said as never) ?? true)) settle(said);
    }
  }

  /** Takes a line that belongs to the command in flight. */
  private isFor(job: InFlight, line: string): boolean {
    const { command } = job;
    if (line === (command.final ?? "OK")) {
      // Before the prompt it is another command's, come late: taken for this one's, the bytes would be a hole in the stream.
      if (!command.data || job.dataTaken) this.succeed(job);
    } else if (isErrorResult(line)) this.giveUp(job, errorResult(shownText(command), line, job));
    else if (!isReply(command, line)) return false;
    else if (job.lines.length < MAX_REPLY_LINES) job.lines.push(line);
    else this.overflow(job, "the reply has too many lines");
    return true;
  }

  private succeed(job: InFlight): void {
    const { command } = job;
    if (command.probe) this.#outOfStep = false;
    let value: unknown;
    try {
      value = command.parse(job);
    } catch (error) {
      const cause = new AtError("at-malformed", `${shownText(command)}: cannot read its reply`, { cause: error });
      this.giveUp(job, error instanceof AtError ? error : cause);
      return;
    }
    this.finish();
    job.asker.answered(value);
    this.advance();
  }

  private overflow(job: InFlight, what: string): void {
    this.#outOfStep = true;
    const { command, dataTaken } = job;
    this.giveUp(job, new AtError("at-overflow", `${shownText(command)}: ${what}`, { dataTaken }));
  }

  /** The command in flight has failed: the next is sent. */
  private giveUp(job: InFlight, error: AtError): void {
    this.finish();
    job.asker.failed(error);
    this.advance();
  }

  /** No command is in flight any more. @returns the one that was */
  private finish(): InFlight | undefined {
    const job = this.#inFlight;
    if (!job) return undefined;
    this.#inFlight = undefined;
    this.#out = undefined;
    this.#reader.expectation = {};
    this.#options.timer.clear(job.timer);
    return job;
  }

  private output(bytes: Uint8Array): void {
    this.#out = bytes;
    this.flush();
  }

  private flush(): void {
    while (this.#out && this.#room > 0) {
      const part = this.#out.subarray(0, this.#room);
      this.counters.txBytes += part.length;
      this.#out = part.length < this.#out.length ? this.#out.subarray(part.length) : undefined;
      this.#room = this.#serial.write(part);
    }
  }

  private lost(error: AtError): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#serial.close();
    this.abandon(error);
    this.#options.onClosed(error);
  }
}
