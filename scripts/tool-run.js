// Runs the programs of a build: what they print goes to a file, and a line says what they are at. When one fails its last lines
// are shown.

import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { StringDecoder } from "node:string_decoder";

/** Something that the user has to install or set. */
export class Missing extends Error {}

/** Lines of a failed program that are shown. */
const LAST_LINES = 30;
/** Characters of a line that says what is done. */
const WIDTH = 78;
/** How often a line is written where none can be overwritten, in milliseconds. */
const QUIET_MS = 15_000;

/** What is being done, on a line of its own, for a person who waits. */
export class Progress {
  #step = 0;
  #what = "";
  #began = 0;
  #told = 0;
  #isOpen = false;

  /**
   * @param steps how many there are
   * @param out a stream: the line is written anew on a terminal, and now and then anywhere else
   */
  constructor(steps, out = process.stderr, now = Date.now) {
    this.steps = steps;
    this.out = out;
    this.now = now;
  }

  /** Begins the next step. @param hint what to expect of it */
  begin(what, hint = "") {
    this.end();
    this.#step++;
    this.#what = what;
    this.#began = this.#told = this.now();
    this.#isOpen = true;
    this.#write(hint && `: ${hint}`);
  }

  /** What a step is at, such as the file that is compiled. */
  tell(detail) {
    if (!this.#isOpen || (!this.out.isTTY && this.now() - this.#told < QUIET_MS)) return;
    this.#told = this.now();
    this.#write(`: ${detail}`);
  }

  /** The step is over. */
  end() {
    if (!this.#isOpen) return;
    this.#write(": done", true);
    this.#isOpen = false;
  }

  /** What is written next, by somebody else, begins a line. */
  leave() {
    if (this.#isOpen && this.out.isTTY) this.out.write("\n");
    this.#isOpen = false;
  }

  #write(detail, isLast = false) {
    const seconds = Math.round((this.now() - this.#began) / 1000);
    const text = `[${this.#step}/${this.steps}] ${this.#what}${detail}${seconds > 0 ? `, ${seconds} s` : ""}`;
    if (!this.out.isTTY) this.out.write(`${text}\n`);
    else this.out.write(`\r${text.slice(0, WIDTH).padEnd(WIDTH)}${isLast ? "\n" : ""}`);
  }
}

/** Hands a stream's text on as lines, without the terminal's control sequences. */
function byLine(onLine) {
  const decoder = new StringDecoder();
  let rest = "";
  return {
    take: (bytes) => {
      const lines = (rest + decoder.write(bytes)).split(/\r?\n|\r/);
      rest = lines.pop();
      lines.forEach(onLine);
    },
    end: () => rest && onLine(rest),
  };
}

/**
 * Runs a program to its end.
 * @param options.log the file that its output goes to; left out: it is shown as it comes
 * @param options.progress is told what the program is at
 * @throws Missing when there is none of that name, Error when it fails
 */
export function run(command, args, { log, progress, stdio = "inherit", ...options }) {
  if (log !== undefined) mkdirSync(dirname(log), { recursive: true });
  const file = log === undefined ? undefined : openSync(log, "a", 0o600);
  const last = [];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: file === undefined ? stdio : ["ignore", "pipe", "pipe"] });
    const heard = byLine((line) => {
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
      // make's own words for a step, or ninja's; warnings are in the file.
      if (/^# |^\[\d+\/\d+\]/.test(line)) progress?.tell(line.replace(/^# /, ""));
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (bytes) => {
        writeSync(file, bytes);
        heard.take(bytes);
      });
    }
    child.on("error", (error) => reject(error.code === "ENOENT" ? new Missing(`${command} is not installed`) : error));
    child.on("close", (code, signal) => {
      heard.end();
      if (code === 0) return resolve();
      progress?.leave();
      for (const line of last) process.stderr.write(`  ${line}\n`);
      const how = code === null ? `was ended by ${signal}` : `ended with code ${code}`;
      reject(new Error(`${command} ${how}${log === undefined ? "" : `; all that it said is in ${log}`}`));
    });
  }).finally(() => file !== undefined && closeSync(file));
}
