// Runs the commands of a line one after the other: looks each up, waits as long as it takes, prints its answer.
// One line is in flight at a time; a failure ends the line (ITU-T V.25ter §5.4.1).

import type { Command } from "./command.js";
import { COMMANDS } from "./commands/index.js";
import { CME, CmsError, CommandError, cmsLine, errorLine } from "./errors.js";
import type { ExecutorPart, Machine } from "./machine.js";
import { fail, type Outcome, ok } from "./outcome.js";
import { type Call, parseLine } from "./parse.js";

/** What a driver cannot do without: the fault `unreadable` leaves these answers alone. */
const NEEDED: ReadonlySet<string> = new Set([
  "+CPIN",
  "+CREG",
  "+CGREG",
  "+CEREG",
  "+CAOPEN",
  "+CASEND",
  "+CARECV",
  "+CAACK",
  "+CASTATE",
]);

export class Executor implements ExecutorPart {
  readonly #machine: Machine;
  #calls: Call[] = [];
  #next = 0;
  #busy = false;
  #token: object | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Forgets the line in flight: the module went down. */
  reset(): void {
    this.#calls = [];
    this.#next = 0;
    this.#busy = false;
    this.#token = undefined;
  }

  run(text: string): void {
    const { faults } = this.#machine;
    if (faults.strikes("silence")) return;
    this.#busy = true;
    const calls = parseLine(text);
    this.#calls = calls ?? [];
    this.#next = 0;
    const late = faults.number("late") ?? 0;
    if (calls) this.#machine.after(late, () => this.#step());
    else this.#machine.after(late + this.#machine.delay("command"), () => this.#settle(fail(CME.syntax)));
  }

  finish(token: object, outcome: Outcome): void {
    if (this.#token !== token) return;
    this.#token = undefined;
    this.#settle(outcome);
  }

  #step(): void {
    const call = this.#calls[this.#next++];
    if (!call) {
      this.#settle({ is: "final", text: "OK" });
      return;
    }
    if (this.#machine.faults.strikes("error")) {
      this.#machine.after(this.#machine.delay("command"), () => this.#settle(fail(CME.unknown)));
      return;
    }
    const command = Object.hasOwn(COMMANDS, call.name) ? COMMANDS[call.name] : undefined;
    this.#machine.after(this.#machine.delay(command?.takes ?? "command"), () => {
      this.#machine.out.storm();
      this.#settle(this.#guard(() => invoke(this.#machine, command, call)));
    });
  }

  #guard(answer: () => Outcome): Outcome {
    try {
      return answer();
    } catch (error) {
      if (error instanceof CommandError) return fail(error.code);
      if (error instanceof CmsError) return { is: "final", text: cmsLine(error.cms, this.#machine.session.cmee) };
      throw error;
    }
  }

  #settle(outcome: Outcome): void {
    const { out, session } = this.#machine;
    switch (outcome.is) {
      case "ok":
        for (const block of outcome.blocks) {
          if (typeof block === "string") out.line(this.#legible(block));
          else out.raw(block);
        }
        if (this.#next < this.#calls.length) {
          outcome.after?.();
          // What followed may have restarted the module.
          if (this.#busy) this.#step();
        } else this.#end("OK", outcome.after);
        break;
      case "error":
        this.#end(errorLine(outcome.code, session.cmee), outcome.after);
        break;
      case "final":
        this.#end(outcome.text, outcome.after);
        break;
      case "silence":
        this.#end(undefined, outcome.after);
        break;
      case "later": {
        const delay = typeof outcome.delay === "number" ? outcome.delay : this.#machine.delay(outcome.delay);
        this.#machine.after(delay, () => this.#settle(this.#guard(outcome.answer)));
        break;
      }
      case "wait":
        this.#token = outcome.token;
        break;
      case "prompt":
        this.#machine.line.collect(
          outcome.count,
          outcome.withinMs,
          (body) => {
            this.#settle(this.#guard(() => outcome.take(body)));
          },
          outcome.prompt,
        );
        break;
      case "text":
        this.#machine.line.collectText(outcome.limit, (text) => {
          this.#settle(this.#guard(() => outcome.take(text)));
        });
    }
  }

  /** A line of the command under way, unless the fault `unreadable` spoils it. */
  #legible(text: string): string {
    const name = this.#calls[this.#next - 1]?.name ?? "";
    if (!this.#machine.faults.has("unreadable") || NEEDED.has(name)) return text;
    return text.replace(/^(\+[A-Z]+: ?)?.*/s, "$1?");
  }

  /** The line is done: its final result, what is to follow, then whatever the host sent meanwhile. */
  #end(result: string | undefined, after: (() => void) | undefined): void {
    if (result !== undefined) this.#machine.out.result(result);
    this.#calls = [];
    this.#busy = false;
    after?.();
    this.#machine.line.drain();
  }
}

function invoke(machine: Machine, command: Command | undefined, call: Call): Outcome {
  if (!command) return fail(CME.unrecognized);
  const handler = call.form === "test" ? (command.test ?? "") : command[call.form];
  if (typeof handler === "string") return handler === "" ? ok() : ok(handler);
  if (!handler) return fail(CME.notAllowed);
  if (command.needs) machine.card.demand();
  if (command.needs === "radio" && machine.session.cfun !== 1) return fail(CME.radioOff);
  return handler(machine, call.args);
}
