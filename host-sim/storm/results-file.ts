// A storm's results on disk, a line of JSON each, so that a long run can be interrupted in any way and goes on where it was:
//   {"format":"simkey-storm-3","code":…,"hours":…}      the first line: what all the results have in common
//   {"session":{"cores":…,"model":…,"node":…,"threads":…}}  whenever the run is begun or goes on: where it runs
//   {"seed":…,"tookMs":…,…}                              a seed that is done, `tookMs` after that began
// A line counts once it has its end: one that was cut off is taken away by the run that goes on, and its seed is run again.

import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import { cpus } from "node:os";
import { codeFingerprint } from "./fingerprint.js";
import type { GivenOrder } from "./given.js";
import type { SeedResult } from "./run-seed.js";

const FORMAT = "simkey-storm-3";

/** Where a run ran. */
export interface Machine {
  /** Processor threads. */
  cores: number;
  /** Of the processor. */
  model: string;
  /** Version of Node. */
  node: string;
}

/** A time in which a run ran without a break. */
export interface Session extends Machine {
  /** Seeds at a time. */
  threads: number;
  seeds: number;
  /** From its beginning to its last result, in milliseconds. */
  tookMs: number;
}

/** A file that this run cannot go on with. `message` is one line for people that says what to do. */
export class ResultsFileError extends Error {}

interface Header {
  format: string;
  code: string;
  hours: number;
}

export class ResultsFile {
  readonly hours: number;
  /** Fingerprint of the code that the results are of. */
  readonly code: string;
  /** By seed, each seed once. */
  readonly results: SeedResult[] = [];
  /** The sessions so far. */
  readonly sessions: Session[] = [];
  readonly #path: string;
  readonly #known = new Set<number>();
  #began = 0;

  /**
   * Reads a file of results, or makes a new one.
   * @param hours virtual hours of each seed; left out: those of the file, which must be there and is only read: somebody may
   * be writing to it
   * @param given an app that its devices have
   * @throws ResultsFileError when it holds something else, or results of another code or another length
   */
  constructor(path: string, hours?: number, given?: GivenOrder) {
    this.#path = path;
    const [first, ...lines] = existsSync(path) ? wholeLines(path, hours !== undefined) : [];
    const found = first === undefined ? undefined : (this.#parse(first) as Partial<Header> | null);
    this.hours = hours ?? found?.hours ?? Number.NaN;
    const header: Header = { format: FORMAT, code: codeFingerprint(given), hours: this.hours };
    this.code = header.code;
    if (found !== undefined) this.#check(found, header);
    else if (hours !== undefined) this.#append(header);
    else throw this.#refusal("there are no results in it");
    for (const line of lines) this.#take(this.#parse(line));
  }

  /** A run begins, or goes on. @param threads seeds at a time */
  begin(threads: number): void {
    this.#began = performance.now();
    const session = { ...thisMachine(), threads };
    this.#append({ session });
    this.#take({ session });
  }

  /** Notes a seed's result; it is safe once this returns. */
  add(result: SeedResult): void {
    const timed = { ...result, tookMs: Math.round(performance.now() - this.#began) };
    this.#append(timed);
    this.#take(timed);
  }

  #check(found: unknown, wanted: Header): void {
    const { format, code, hours } = (found ?? {}) as Partial<Header>;
    if (format !== FORMAT) throw this.#refusal("it is no file of this version's results");
    if (hours !== wanted.hours) throw this.#refusal(`its seeds ran ${hours} hours each, not ${wanted.hours}`);
    if (code !== wanted.code)
      throw this.#refusal(
        `its seeds ran other code${wanted.code.includes("-") ? ", or another app" : ""} (${code}, this is ${wanted.code}), whose results do not count here`,
      );
  }

  #take(line: unknown): void {
    if (isResult(line)) {
      const { tookMs, ...result } = line;
      const session = this.sessions.at(-1);
      if (session === undefined) throw this.#refusal("it has a result outside of any run");
      if (this.#known.has(result.seed)) return;
      this.#known.add(result.seed);
      this.results.push(result);
      session.seeds++;
      session.tookMs = Math.max(session.tookMs, tookMs);
    } else if (isSession(line)) this.sessions.push({ ...line.session, seeds: 0, tookMs: 0 });
    else throw this.#refusal("it has a line that is no result");
  }

  #parse(line: string): unknown {
    try {
      return JSON.parse(line);
    } catch {
      throw this.#refusal("it is no file of results");
    }
  }

  #refusal(why: string): ResultsFileError {
    return new ResultsFileError(`${this.#path}: ${why}; name another file, or take this one away to begin anew`);
  }

  #append(entry: object): void {
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
  }
}

/** The lines that have their end. @param isOurs what comes behind them is taken away */
function wholeLines(path: string, isOurs: boolean): string[] {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf("\n") + 1;
  if (isOurs && end < bytes.length) truncateSync(path, end);
  return bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
}

const isObject = (line: unknown): line is object => typeof line === "object" && line !== null;

const isResult = (line: unknown): line is SeedResult & { tookMs: number } =>
  isObject(line) && "seed" in line && "tookMs" in line && "figures" in line;

const isSession = (line: unknown): line is { session: Machine & { threads: number } } =>
  isObject(line) && "session" in line;

function thisMachine(): Machine {
  const all = cpus();
  return { cores: all.length, model: all[0]?.model.trim() ?? "unknown", node: process.versions.node };
}
