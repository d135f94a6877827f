// The shape of the command table: a name, and a handler for each form the command has.

import type { DelayName } from "./delays.js";
import type { Machine } from "./machine.js";
import type { Outcome } from "./outcome.js";
import type { Args } from "./parse.js";

export type Handler = (machine: Machine, args: Args) => Outcome;

export interface Command {
  /** `AT+X=?`: the line it prints, or a handler; left out: a bare OK. */
  test?: string | Handler;
  /** `AT+X?` */
  read?: Handler;
  /** `AT+X=…` */
  write?: Handler;
  /** `AT+X` */
  exec?: Handler;
  /** What must be there: a SIM that is ready, or also a radio that is on (CFUN=1). */
  needs?: "card" | "radio";
  /** How long an answer takes; left out: `command`. */
  takes?: DelayName;
}

export type CommandTable = Readonly<Record<string, Command>>;
