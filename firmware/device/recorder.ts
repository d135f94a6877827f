// What the device says: telemetry each interval, and answers to commands. Everything goes into the journal first; the uplink
// only learns that there is something new.

import { cborOf } from "../bytes/cbor.js";
import { encodeUtf8 } from "../bytes/utf8.js";
import type { Topics } from "../cloud/profile.js";
import type { Journal } from "../mqtt/journal.js";
import type { AppCommand, SystemCommand } from "../platform/app.js";
import type { TimerId } from "../platform/clock.js";
import { asFailure, type Failure } from "../platform/failure.js";
import type { Link } from "../platform/link.js";
import type { Platform } from "../platform/platform.js";
import type { SleepTimes } from "../settings/rules.js";
import type { Config } from "../settings/table.js";
import { takeToken, untilToken } from "./bucket.js";
import { type Asked, type Json, readCommand } from "./commands.js";
import type { BudgetStatus } from "./data-budget.js";
import { News } from "./news.js";
import type { OwnApp } from "./own-app.js";
import { RECORD_KEYS } from "./record-keys.js";
import { type Effect, obey, System, type SystemParts } from "./system.js";

export interface RecorderParts extends SystemParts {
  /** The app of the device's own. */
  own?: OwnApp | undefined;
  platform: Pick<Platform, "clock" | "timer" | "log" | "keyValue">;
  link: Pick<Link, "status" | "counters">;
  journal: Journal;
  config: SleepTimes &
    Pick<Config, "telemetryIntervalS" | "commandBurst" | "commandEveryS"> &
    Partial<Pick<Config, "recordForm" | "sendAtOnceWhen">>;
  device: {
    /** Whether the modem may be asked for its signal now. */
    readonly isOnline: boolean;
    /** Something new is in the journal. */
    onRecord(): void;
    /** What was due is measured, and kept if it could be. */
    onMeasured?(): void;
  };
}

/**
 * Answers that may wait in the journal besides those of a full bucket of commands: a state, and that the others are refused.
 * So much of it is theirs, and the rest telemetry's: nobody who sends commands and takes no answers pushes out what was
 * measured.
 */
export const ANSWERS_BESIDES = 2;
/** Room in the journal without which nothing is answered, in bytes: more than any answer takes with its topic. */
const ANSWER_ROOM = 1_280;
/** The same for one more record: without it the oldest would go. */
const RECORD_ROOM = 1_280;
/** How often it is said that commands are refused, in milliseconds. */
export const BUSY_EVERY_MS = 60_000;

/** What an app's sample stands behind in a record. */
const APP_MEMBER = ',"app":';

export class Recorder {
  /** What the default app sees of the device. */
  readonly system: System;
  readonly #parts: RecorderParts;
  #intervalMs: number;
  #timer: TimerId;
  /** Monotonic time of the last record and of the next, in milliseconds. */
  #recordedAt = 0;
  #dueAt = 0;
  #topics: Topics | undefined;
  #running = false;
  /** What the journal had dropped in lives before this one. */
  readonly #droppedBefore: number;
  /** Records that no broker can take. */
  #unsendable = 0;
  /** The bucket of commands, see bucket.ts. */
  #commandsFull = 0;
  /** When it was last said that commands are refused, monotonic ms. */
  #refusalToldAt = Number.NEGATIVE_INFINITY;
  /** Sequence numbers of answers and states that wait, of more than their share the newest. */
  #answers: number[] = [];
  /** The modem has not yet answered how its signal is. */
  #isAsking = false;
  /** What is to be said at once; left out: nothing is. */
  readonly news: News | undefined;
  /** The last record has news. */
  hasNews = false;
  /** How the day's volume stands, as the last record has it. */
  #told: BudgetStatus = "ok";

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.system = new System(parts);
    this.#intervalMs = parts.config.telemetryIntervalS * 1_000;
    this.#droppedBefore = parts.journal.dropped;
    const { sendAtOnceWhen } = parts.config;
    this.news = sendAtOnceWhen === undefined ? undefined : new News(sendAtOnceWhen);
  }

  /** Where the device speaks; undefined: not known yet. */
  get topics(): Topics | undefined {
    return this.#topics;
  }

  /** Where the device speaks from now on: known before it is connected, since the cloud may speak first. */
  speakOn(topics: Topics): void {
    if (this.#topics === undefined) this.findAnswers(topics);
    this.#topics = topics;
  }

  /** Records telemetry now, and from then on each interval, online or not. Once it does: nothing. */
  start(): void {
    if (!this.#running) this.record();
    this.#running = true;
  }

  stop(): void {
    this.#parts.own?.hurry();
    this.#parts.platform.timer.clear(this.#timer);
    this.#running = false;
    this.#topics = undefined;
  }

  /** The cloud has record `sequence`. */
  delivered(sequence: number): void {
    this.gone(sequence);
    this.#parts.counters.acked++;
    this.#parts.platform.log("info", "acked", { seq: sequence });
    this.watchBudget();
  }

  /** Record `sequence` has left the journal unsent: it is lost, and is said to be. */
  rejected(sequence: number, failure: Failure): void {
    this.gone(sequence);
    this.#unsendable++;
    this.countLost();
    this.#parts.platform.log("error", "rejected", { seq: sequence, message: failure.message });
  }

  /**
   * Answers a command, once, or counts it as refused: then it is not carried out.
   * @returns what else the device must do, and the sequence number of the answer; undefined: it was refused
   */
  command(topic: string, payload: Uint8Array): { effect: Effect | undefined; sequence: number } | undefined {
    const { counters, platform } = this.#parts;
    counters.received++;
    const busy = this.admit(platform.clock.monotonic());
    if (busy === undefined) return this.refused();
    const { base, own } = this.#parts;
    const tables = own ? [base.commands, own.commands] : [base.commands];
    const reading = readCommand<SystemCommand | AppCommand>(payload, tables, busy || undefined);
    const isAsked = "asked" in reading;
    const name = isAsked ? reading.asked.name : reading.name;
    platform.log("info", "command", { topic, cmd: name ?? "(unknown)", bytes: payload.length });
    if (!isAsked) return this.tell(reading.answer);
    const { asked } = reading;
    if (asked.command === base.commands[asked.name]) return this.tell(obey(asked as Asked<SystemCommand>, this.system));
    return this.runOwn(own!, asked as Asked<AppCommand>);
  }

  /** Carries out a command of the own app. @returns as `command` does, where it is answered at once */
  private runOwn(own: OwnApp, asked: Asked<AppCommand>): ReturnType<Recorder["command"]> {
    let told: ReturnType<Recorder["command"]>;
    own.run(asked, (answer, members) => {
      told = this.tell(answer, members);
    });
    return told;
  }

  /** Keeps the answer to a command. @param members more of it, as JSON @returns as `command` does */
  private tell(answer: Json, members?: string): { effect: Effect | undefined; sequence: number } | undefined {
    const { counters, platform } = this.#parts;
    const topic = this.#topics!.responses;
    const effect = this.system.take();
    const sequence = this.answer(topic, answer, members);
    if (sequence === undefined) return this.refused();
    counters.answered++;
    this.system.commit(effect);
    platform.log("info", "answered", { topic, ok: answer.ok as boolean });
    return { effect, sequence };
  }

  /**
   * Reports the device's state, where the cloud has a topic for it.
   * @returns false when there is no room for it now
   */
  state(state: Json): boolean {
    const topic = this.#topics?.state;
    if (topic === undefined) return true;
    if (!this.hasRoom()) return false;
    this.#parts.counters.reported++;
    this.answer(topic, state);
    return true;
  }

  /** Keeps a report on an update. @returns its number; undefined: there is no topic for it, or no room now */
  report(report: Json): number | undefined {
    const topic = this.#topics?.updateState;
    return topic !== undefined && this.hasRoom() ? this.answer(topic, report) : undefined;
  }

  /** Records at another interval, counted from the last record on. @param seconds 1 or more */
  setInterval(seconds: number): void {
    if (seconds * 1_000 === this.#intervalMs) return;
    this.#intervalMs = seconds * 1_000;
    if (this.#running) this.plan();
  }

  /** Bytes were moved: where the day's volume stands otherwise than was told, a record says so at once. */
  watchBudget(): void {
    const { budget } = this.#parts;
    if (this.#running && budget && budget.look() !== this.#told) this.record();
  }

  /** Milliseconds until the next record, 0 or more. */
  get dueInMs(): number {
    return Math.max(0, this.#dueAt - this.#parts.platform.clock.monotonic());
  }

  /** Milliseconds until the record is due that wakes the modem, 0 or more: the last of those that are gathered. */
  get wakeInMs(): number {
    const { journal, config } = this.#parts;
    const more = (config.recordsPerWake ?? 1) - 1 - journal.size;
    return this.dueInMs + Math.max(0, more) * this.#intervalMs;
  }

  /** Whether so many records wait that the modem is to be woken: all of a wake, or all that there is room for. */
  get isGathered(): boolean {
    const { journal, config } = this.#parts;
    return journal.size >= (config.recordsPerWake ?? 1) || !journal.spare(RECORD_ROOM);
  }

  private record(): void {
    const status = this.#parts.budget?.record() ?? "ok";
    const isSilent = status === "spent" && this.#told === "spent";
    this.#told = status;
    this.#recordedAt = this.#parts.platform.clock.monotonic();
    this.plan();
    if (isSilent) {
      this.#parts.device.onMeasured?.();
      return;
    }
    const { own } = this.#parts;
    if (own === undefined) {
      this.refreshStatus();
      this.say();
    } else if (!own.isMeasuring) {
      // One that waits for its sample already will tell all that this one would.
      this.refreshStatus();
      own.sample((text) => this.say(text === undefined ? "" : `${APP_MEMBER}${text}`));
    }
  }

  private say(members?: string): void {
    const fields = this.system.fields();
    // The sample stands behind `,"app":`.
    if (this.news)
      this.hasNews = this.news.look(JSON.stringify(fields), members?.slice(APP_MEMBER.length) || undefined);
    const isKept = this.publish(this.#topics!.telemetry, (seq) => ({ seq, ...fields }), members, this.isCompact);
    if (isKept) this.system.reset = undefined;
    this.#parts.device.onMeasured?.();
  }

  /**
   * Keeps a record of the own app's.
   * @param suffix behind the telemetry's topic
   * @param text of one JSON object
   * @returns why it is not kept; undefined: it is
   */
  publishOwn(suffix: string, text: string): string | undefined {
    const { budget, platform } = this.#parts;
    if (this.#topics === undefined) return "the device has not been connected yet";
    if (budget?.look() === "spent") return "the day's volume is spent";
    const wall = platform.clock.wall();
    const head = { uptime: this.system.uptimeS, ...(wall !== undefined && { time: Math.floor(wall / 1000) }) };
    const topic = `${this.#topics.telemetry}/${suffix}`;
    const isKept = this.publish(topic, (seq) => ({ seq, ...head }), `,"app":${text}`, this.isCompact);
    return isKept ? undefined : "it could not be kept";
  }

  /** Plans the next record. */
  private plan(): void {
    const { timer } = this.#parts.platform;
    timer.clear(this.#timer);
    this.#dueAt = this.#recordedAt + (this.#parts.budget?.spacing(this.#intervalMs) ?? this.#intervalMs);
    this.wait();
  }

  /** Waits for the next record; where that is drawn out, the day's volume is watched meanwhile. */
  private wait(): void {
    const tick = () => {
      if (this.dueInMs < 1) this.record();
      else {
        this.wait();
        this.watchBudget();
      }
    };
    this.#timer = this.#parts.platform.timer.set(tick, Math.min(this.dueInMs, this.#intervalMs));
  }

  /** Finds what answers and states an earlier life has left: they have their part of the share. */
  private findAnswers({ responses, state, updateState }: Topics): void {
    const { journal } = this.#parts;
    const found: number[] = [];
    let seen = 0;
    for (let record = journal.next(0); record; record = journal.next(record.sequence)) {
      seen++;
      if ([responses, state, updateState].includes(record.topic)) found.push(record.sequence);
    }
    // What the journal holds back may all be answers.
    const newest = journal.nextSequence - 1;
    if (journal.size > seen) for (let i = this.share; i > 0; i--) found.push(newest + 1 - i);
    if (found.length > 0) this.#answers = found.slice(-this.share);
  }

  /** Answers and states that may wait. */
  private get share(): number {
    return this.#parts.config.commandBurst + ANSWERS_BESIDES;
  }

  /** Whether an answer may wait too. */
  private hasRoom(): boolean {
    const { journal, own } = this.#parts;
    const awaited = own?.awaited ?? 0;
    if (this.#answers.length + awaited >= this.share) {
      // A full journal may have dropped some.
      const oldest = journal.next(0)?.sequence ?? journal.nextSequence;
      this.#answers = this.#answers.filter((sequence) => sequence >= oldest);
    }
    return this.#answers.length + awaited < this.share && journal.spare(ANSWER_ROOM);
  }

  /** Record `sequence` waits no more. */
  private gone(sequence: number): void {
    const at = this.#answers.indexOf(sequence);
    if (at >= 0) this.#answers.splice(at, 1);
  }

  /** Whether a command is carried out: "". If not, what it is answered with; undefined: nothing. */
  private admit(now: number): string | undefined {
    const { commandBurst: burst, commandEveryS: everyS } = this.#parts.config;
    const bucket = { burst, everyMs: everyS * 1_000 };
    const hasRoom = this.#topics !== undefined && this.hasRoom();
    if (hasRoom && untilToken(this.#commandsFull, now, bucket) === 0) {
      this.#commandsFull = takeToken(this.#commandsFull, now, bucket);
      return "";
    }
    return this.tellRefusal(now) && hasRoom ? `at most ${burst} at once, then one each ${everyS} s` : undefined;
  }

  /** Keeps an answer, or a state. @returns its sequence number; undefined: it could not be kept */
  private answer(topic: string, answer: Json, members?: string): number | undefined {
    const sequence = this.#parts.journal.nextSequence;
    if (!this.publish(topic, () => answer, members)) return undefined;
    this.#answers.push(sequence);
    return sequence;
  }

  private refused(): undefined {
    this.#parts.counters.refused++;
  }

  /** Says that commands are refused, unless it was said a moment ago. @returns whether it was said now */
  private tellRefusal(now: number): boolean {
    if (now - this.#refusalToldAt < BUSY_EVERY_MS) return false;
    this.#refusalToldAt = now;
    const { platform, counters } = this.#parts;
    platform.log("warn", "commands-refused", { received: counters.received, refused: counters.refused });
    return true;
  }

  /**
   * Asks for the signal for the next record; this one goes out with what is known. One question at a time: on XS each that
   * waits holds 2.5 KB, and a modem that is silent for some seconds would have the device run out of memory.
   */
  private refreshStatus(): void {
    if (!this.#parts.device.isOnline || this.#isAsking) return;
    this.#isAsking = true;
    this.#parts.link.status().then(
      (status) => {
        this.#isAsking = false;
        this.system.signal = { ...this.system.signal, ...status };
      },
      // A modem that does not answer shows as a failure on its sockets soon enough.
      () => {
        this.#isAsking = false;
      },
    );
  }

  /** Whether records of telemetry are written in the compact form; answers and states are for people, too. */
  private get isCompact(): boolean {
    return this.#parts.config.recordForm === "compact";
  }

  /**
   * @param members more of the record: JSON members, a comma before each
   * @returns whether the record is in the journal
   */
  private publish(topic: string, make: (sequence: number) => Json, members = "", compact = false): boolean {
    const { journal, platform, counters, device } = this.#parts;
    const seq = journal.nextSequence;
    const text = JSON.stringify(make(seq));
    const json = members === "" ? text : `${text.slice(0, -1)}${members}}`;
    const payload = (compact && cborOf(json, RECORD_KEYS)) || encodeUtf8(json);
    try {
      journal.append(topic, payload);
    } catch (error) {
      this.unrecorded(error);
      return false;
    }
    counters.recorded++;
    this.countLost();
    platform.log("info", "recorded", { topic, seq, bytes: payload.length });
    device.onRecord();
    return true;
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
}
