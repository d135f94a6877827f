// What the modem was told while a rung of the ladder was taken: from the line of the log that tells the rung until the device
// goes on.

import type { Logged } from "../desk/chronicle.js";

/** A rung as it was taken. Times are milliseconds from the first power-on. */
export interface Climb {
  at: number;
  /** The commands that went out on the AT line meanwhile, the first few. */
  commands: string[];
  /** When the device went on; left out: its life, or the run, ended before, or it was stopped for a restart. */
  until?: number;
}

/** More go out only where a line is out of step. */
const COMMANDS_MOST = 40;

export class Climbs {
  readonly all: Climb[] = [];
  #open: Climb | undefined;

  /** A line of the device's log. */
  log({ at, event, fields }: Logged): void {
    if (event === "climbing") {
      this.#open = { at, commands: [] };
      this.all.push(this.#open);
    } else if (event === "phase" && this.#open) {
      if (fields.phase !== "stopped") this.#open.until = at;
      this.#open = undefined;
    }
  }

  /** A line of its AT channel. */
  line(direction: "tx" | "rx", text: string): void {
    const { commands } = this.#open ?? {};
    if (direction === "tx" && commands && commands.length < COMMANDS_MOST) commands.push(text);
  }

  /** The device starts: what was under way is no more. */
  booted(): void {
    this.#open = undefined;
  }
}
