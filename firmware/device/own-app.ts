// The device's own app, seen to: it is started, asked, and closed here, and nothing that it does ends the device.
//
// Rules: what it throws, and what it says that is no JSON or too much of it, becomes a fault that is told; a promise
// is waited for until its deadline, and forgotten then, but for that it has not settled: until it has, nothing more
// is begun in its place. So a promise that never settles costs one place, however often it is asked for: one of all
// samples, one of each command.

import { JsonTextError, jsonText } from "../bytes/json-text.js";
import { excerpt, utf8Length } from "../bytes/utf8.js";
import {
  APP_ANSWER_BYTES,
  APP_CLOSE_MS,
  APP_COMMAND_MS,
  APP_DEPTH,
  APP_PUBLISH_BYTES,
  APP_SAMPLE_BYTES,
  APP_SAMPLE_MS,
  type App,
  type AppCommand,
  type AppContext,
  AppFault,
  type AppPosition,
  type AppRunning,
  Refusal,
} from "../platform/app.js";
import type { Timer } from "../platform/clock.js";
import type { AppPart, LogLevel } from "../platform/events.js";
import type { Platform } from "../platform/platform.js";
import type { IoProvider } from "../platform/provider.js";
import { type Bucket, takeToken, untilToken } from "./bucket.js";
import { type Asked, type Json, refusal } from "./commands.js";

/** Characters of what an app throws that are told. */
const MESSAGE_SHOWN = 100;
/** Characters of a member's name that are told. */
const NAME_SHOWN = 24;
/** Characters of a line that it logs. */
const LINE_SHOWN = 200;
/** Longest time of a timer, in milliseconds. */
const TIMER_MAX_MS = 0x7fff_ffff;
/** Faults that are logged. */
const TOLD: Bucket = { burst: 10, everyMs: 10_000 };
/** Members of an answer that are the device's. */
const RESERVED: readonly string[] = ["id", "ok"];

export interface OwnAppParts {
  app: App;
  platform: Pick<Platform, "clock" | "timer" | "log" | "device">;
  /** Values of the app's settings, by name; kept, and changed in place. */
  values: Record<string, unknown>;
  /**
   * Keeps a record of the app's own.
   * @param text of one JSON object
   * @returns why it is not kept; undefined: it is
   */
  publish: (suffix: string, text: string, now: boolean) => string | undefined;
  /** Left out where no position is looked for. */
  position?: AppPosition | undefined;
}

/** Records of the app's own. */
const RECORDS: Bucket = { burst: 10, everyMs: 10_000 };
const isSuffix = (text: string) => /^[A-Za-z0-9-]{1,24}$/.test(text);

/** What comes of what the app has begun: a value or a fault. */
type Ended = (value: unknown, fault?: AppFault) => void;

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";

export class OwnApp {
  /** Something is to be sent at once, though the device is about to rest. */
  isUrgent = false;
  readonly #parts: OwnAppParts;
  readonly #context: AppContext;
  /** What `start` has returned; undefined: it has not, or the app is closed. */
  #running: AppRunning | undefined;
  #isClosed = false;
  /** A sample has not settled. */
  #sampling = false;
  /** Names of commands that have not settled. */
  #commanded: string[] = [];
  /** Deadlines that run: calling one ends its wait. */
  readonly #waits = new Set<() => void>();
  /** The buckets of faults that are logged and of the app's own records, see bucket.ts. */
  #toldFull = 0;
  #recordsFull = 0;
  /** A sample is waited for. */
  #isMeasuring = false;
  /** Commands whose answer has not been given. */
  #awaited = 0;

  constructor(parts: OwnAppParts) {
    this.#parts = parts;
    const { device, clock } = parts.platform;
    this.#context = {
      device: device as IoProvider,
      settings: parts.values as AppContext["settings"],
      clock: { monotonic: () => clock.monotonic(), wall: () => clock.wall() },
      ...(parts.position && { position: parts.position }),
      timer: this.timer(),
      log: (level, message) => this.log(level, message),
      publish: (suffix, fields, options) => this.publish(suffix, fields, options?.now === true),
    };
  }

  /** Its commands, by name. */
  get commands(): NonNullable<App["commands"]> {
    return this.#parts.app.commands ?? {};
  }

  /** Whether something is waited for that a record or an answer is to tell. */
  get isBusy(): boolean {
    return this.#waits.size > 0;
  }

  /** Whether a record waits for its sample. */
  get isMeasuring(): boolean {
    return this.#isMeasuring;
  }

  /** Answers that have not been given yet. */
  get awaited(): number {
    return this.#awaited;
  }

  /** Begins. Where that fails it is tried anew when the app is asked for something. */
  start(): void {
    this.attempt("start", () => void this.running());
  }

  /**
   * Asks for a sample. Not while `isMeasuring`.
   * @param done called once, now or within APP_SAMPLE_MS: the text of a JSON object of at most APP_SAMPLE_BYTES; undefined: none
   */
  sample(done: (text: string | undefined) => void): void {
    const end: Ended = (value, fault) => {
      this.#isMeasuring = false;
      done(fault ? this.errorText(this.told("sample", fault)) : this.sampleText(value));
    };
    if (this.#sampling) {
      end(undefined, new AppFault("app-busy", "the sample before has not come"));
      return;
    }
    const settled = () => {
      this.#sampling = false;
    };
    this.#sampling = true;
    this.#isMeasuring = true;
    this.ask(() => this.running().sample(), APP_SAMPLE_MS, settled, end);
  }

  /**
   * Carries out a command.
   * @param done called once, now or within APP_COMMAND_MS: the answer, and JSON members to be added, each behind a comma
   */
  run({ name, id, command, args }: Asked<AppCommand>, done: (answer: Json, members: string) => void): void {
    if (this.#commanded.includes(name)) {
      done(refusal(id, "busy", `${name} is still carried out`), "");
      return;
    }
    const settled = () => {
      this.#commanded = this.#commanded.filter((other) => other !== name);
    };
    const end: Ended = (value, fault) => {
      this.#awaited--;
      const [members, wrong = fault] = fault ? ["", fault] : this.answerText(value);
      if (wrong === undefined) done({ id, ok: true }, members);
      else if (wrong.cause instanceof Refusal)
        done(refusal(id, shown(wrong.cause.code), shown(wrong.cause.message)), "");
      else done(refusal(id, "failed", this.told("command", wrong).message), "");
    };
    this.#commanded.push(name);
    this.#awaited++;
    this.ask(() => command.run(args, this.#context, this.running()), APP_COMMAND_MS, settled, end);
  }

  /**
   * Asks whether it does what it should.
   * @param done called once, now or within APP_SAMPLE_MS; what throws or is late is not well
   */
  health(done: (isWell: boolean) => void): void {
    const end: Ended = (value, fault) => {
      if (fault) this.told("health", fault);
      done(fault === undefined && value !== false);
    };
    this.ask(
      () => this.running().health?.(),
      APP_SAMPLE_MS,
      () => {},
      end,
    );
  }

  /** Whether an update may go on now: what throws does not stand against it, or it could never be mended. */
  mayUpdate(): boolean {
    let may: unknown;
    this.attempt("may-update", () => {
      may = this.#running?.mayUpdate?.();
    });
    return may !== false;
  }

  /** Settings have these values now. @param values by name; others than the app's are passed over */
  change(values: Readonly<Record<string, unknown>>): void {
    const own = this.#parts.values;
    const names = Object.keys(own).filter((name) => values[name] !== undefined && values[name] !== own[name]);
    if (names.length === 0) return;
    for (const name of names) own[name] = values[name];
    this.#parts.platform.log("info", "app-changed", { names: names.join(", ") });
    this.attempt("changed", () => this.#running?.changed?.(names));
  }

  /** Waits for nothing any more: what is under way is told as late. */
  hurry(): void {
    for (const expire of [...this.#waits]) expire();
  }

  /** Ends. @returns what settles once the app has, or after APP_CLOSE_MS; undefined: it has already */
  close(): Promise<void> | undefined {
    const running = this.#running;
    this.hurry();
    this.#isClosed = true;
    this.#running = undefined;
    let closing: unknown;
    this.attempt("close", () => {
      closing = running?.close?.();
    });
    if (!isPromise(closing)) return undefined;
    return new Promise((resolve) => {
      const end: Ended = (_, fault) => {
        if (fault) this.told("close", fault);
        resolve();
      };
      this.wait(closing as PromiseLike<unknown>, APP_CLOSE_MS, () => {}, end);
    });
  }

  /** The app, started. @throws AppFault where it is not; what `start` throws */
  private running(): AppRunning {
    if (this.#isClosed) throw new AppFault("app-refused", "the device is about to stop");
    this.#running ??= this.#parts.app.start(this.#context);
    return this.#running;
  }

  /** Asks the app for something. @param settled called once that is no more under way */
  private ask(begin: () => unknown, ms: number, settled: () => void, end: Ended): void {
    let value: unknown;
    try {
      value = begin();
      if (isPromise(value)) {
        this.wait(value, ms, settled, end);
        return;
      }
    } catch (error) {
      settled();
      end(undefined, faultOf(error));
      return;
    }
    settled();
    end(value);
  }

  /** Waits for a promise, but no longer than `ms`. */
  private wait(work: PromiseLike<unknown>, ms: number, settled: () => void, end: Ended): void {
    const { timer } = this.#parts.platform;
    const over: Ended = (value, fault) => {
      if (!this.#waits.delete(expire)) return;
      timer.clear(deadline);
      end(value, fault);
    };
    const expire = () => over(undefined, new AppFault("app-late", "it did not come in time"));
    const deadline = timer.set(expire, ms);
    this.#waits.add(expire);
    Promise.resolve(work).then(
      (value) => {
        settled();
        over(value);
      },
      (error) => {
        settled();
        over(undefined, faultOf(error));
      },
    );
  }

  /** Calls the app where nothing is expected of it; a promise that it returns may be rejected. */
  private attempt(part: AppPart, act: () => unknown): void {
    try {
      const value = act();
      if (isPromise(value)) value.then(undefined, (error) => this.told(part, faultOf(error)));
    } catch (error) {
      this.told(part, faultOf(error));
    }
  }

  /** Logs a fault. @returns it */
  private told(part: AppPart, fault: AppFault): AppFault {
    const { clock, log } = this.#parts.platform;
    const now = clock.monotonic();
    if (untilToken(this.#toldFull, now, TOLD) > 0) return fault;
    this.#toldFull = takeToken(this.#toldFull, now, TOLD);
    log("warn", "app-fault", { part, code: fault.code, message: fault.message });
    return fault;
  }

  private errorText({ message }: AppFault): string {
    return `{"error":${JSON.stringify(message)}}`;
  }

  /** A sample as JSON: members that cannot be told are left out, and the first of them is named. */
  private sampleText(value: unknown): string | undefined {
    if (value === undefined) return undefined;
    const [said, fault] = piecesOf(value, APP_SAMPLE_BYTES);
    const error = fault && this.errorText(this.told("sample", fault)).slice(1, -1);
    const pieces = error === undefined ? said : [...said.filter((piece) => !piece.startsWith('"error":')), error];
    const text = `{${pieces.join(",")}}`;
    if (utf8Length(text) <= APP_SAMPLE_BYTES) return pieces.length > 0 ? text : undefined;
    const tooLong = new AppFault("app-value", `a sample has at most ${APP_SAMPLE_BYTES} bytes`);
    return this.errorText(this.told("sample", tooLong));
  }

  /** What a command returned, as JSON members with a comma before each; or what is wrong with it. */
  private answerText(value: unknown): [members: string, fault?: AppFault] {
    if (value === undefined) return [""];
    const [pieces, fault] = piecesOf(value, APP_ANSWER_BYTES, RESERVED);
    if (fault) return ["", fault];
    const members = pieces.map((piece) => `,${piece}`).join("");
    if (utf8Length(members) <= APP_ANSWER_BYTES) return [members];
    return ["", new AppFault("app-value", `an answer has at most ${APP_ANSWER_BYTES} bytes`)];
  }

  private publish(suffix: string, fields: object, now: boolean): boolean {
    try {
      if (!isSuffix(suffix)) throw new AppFault("app-value", "a suffix is 1 to 24 letters, digits, hyphens");
      const text = jsonText(fields, { bytes: APP_PUBLISH_BYTES, depth: APP_DEPTH });
      if (text[0] !== "{") throw new AppFault("app-value", "it is not an object");
      const at = this.#parts.platform.clock.monotonic();
      const isTooMany = untilToken(this.#recordsFull, at, RECORDS) > 0;
      const why = isTooMany ? "at most ten at once, then one each 10 s" : this.#parts.publish(suffix, text, now);
      if (why !== undefined) throw new AppFault("app-refused", why);
      this.#recordsFull = takeToken(this.#recordsFull, at, RECORDS);
      return true;
    } catch (error) {
      this.told("publish", error instanceof JsonTextError ? new AppFault("app-value", error.message) : faultOf(error));
      return false;
    }
  }

  private log(level: LogLevel, message: string): void {
    this.#parts.platform.log(level, "app", { message: shown(message, LINE_SHOWN) });
  }

  /** A timer that the app cannot harm the device by, and that is silent once it is closed. */
  private timer(): Timer {
    const { timer } = this.#parts.platform;
    return {
      set: (callback, ms) => {
        const whileOpen = () => {
          if (!this.#isClosed) this.attempt("timer", callback);
        };
        return timer.set(whileOpen, ms > 0 ? Math.min(ms, TIMER_MAX_MS) : 0);
      },
      clear: (id) => timer.clear(id),
    };
  }
}

/** What may be shown of what an app says: it may be anything. */
function shown(value: unknown, limit = MESSAGE_SHOWN): string {
  try {
    return excerpt(String(value), limit);
  } catch {
    return "(cannot be shown)";
  }
}

/** What an app threw, as a fault. */
function faultOf(error: unknown): AppFault {
  if (error instanceof AppFault) return error;
  return new AppFault("app-threw", shown(error instanceof Error ? error.message : error), error);
}

/**
 * The members of an object as JSON, and what is wrong with the first one that is none.
 * @param reserved names that it may not have
 */
function piecesOf(
  value: unknown,
  bytes: number,
  reserved: readonly string[] = [],
): [pieces: string[], fault: AppFault | undefined] {
  const pieces: string[] = [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [pieces, new AppFault("app-value", "it is not an object")];
  }
  let fault: AppFault | undefined;
  let left = bytes;
  const add = (name: string) => {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (member === undefined) return;
    if (reserved.includes(name)) throw new JsonTextError("is the device's own");
    const piece = `${jsonText(name, { bytes, depth: 0 })}:${jsonText(member, { bytes, depth: APP_DEPTH - 1 })}`;
    left -= piece.length;
    pieces.push(piece);
  };
  try {
    for (const name in value) {
      try {
        add(name);
      } catch (error) {
        const isValue = error instanceof JsonTextError;
        fault ??= isValue ? new AppFault("app-value", `${shown(name, NAME_SHOWN)} ${error.message}`) : faultOf(error);
      }
      // There is no more room for any.
      if (left < 0) break;
    }
  } catch (error) {
    fault ??= faultOf(error);
  }
  return [pieces, fault];
}
