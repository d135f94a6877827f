// A command line taken apart (SIM7080 AT V1.07 §1.4, ITU-T V.25ter §5.4): basic commands (ATE0), extended ones (+NAME,
// +NAME?, +NAME=?, +NAME=…), concatenated with or without `;`. Quoted strings may hold any character but `"`.

import { CME, CommandError } from "./errors.js";

/** Characters after AT that the module takes (§1.4.4). */
export const LINE_LIMIT = 559;
/** Commands in one line (§1.4.4). */
const COMMANDS_LIMIT = 39;

export type Form = "exec" | "read" | "test" | "write";

/** One command of a line. `name` is upper case: `+CSQ`, `E`, `&D`, `D`; the empty name is a bare AT. */
export interface Call {
  name: string;
  form: Form;
  args: Args;
}

interface Arg {
  text: string;
  quoted: boolean;
}

const EXTENDED = /^[+*][A-Za-z][A-Za-z0-9]{0,15}/;
const BASIC = /^(&?[A-Za-z])(\d*)/;

/** Parameters of a command. Each reader throws a CommandError where the value does not fit. */
export class Args {
  readonly #list: readonly (Arg | undefined)[];

  constructor(list: readonly (Arg | undefined)[]) {
    this.#list = list;
  }

  get count(): number {
    return this.#list.length;
  }

  /** @throws CommandError when there are fewer than `least` or more than `most` parameters */
  expect(least: number, most = least): void {
    if (this.count < least || this.count > most) throw new CommandError(CME.invalidValue);
  }

  has(index: number): boolean {
    return this.#list[index] !== undefined;
  }

  /** Whether it stands in quotes. */
  quoted(index: number): boolean {
    return this.#list[index]?.quoted ?? false;
  }

  /** A whole number from `min` to `max`. */
  int(index: number, min: number, max: number): number {
    const arg = this.#list[index];
    if (!arg || arg.quoted || !/^-?\d{1,9}$/.test(arg.text)) throw new CommandError(CME.invalidValue);
    const value = Number(arg.text);
    if (value < min || value > max) throw new CommandError(CME.paramRange);
    return value;
  }

  intOr(index: number, min: number, max: number, fallback: number): number {
    return this.has(index) ? this.int(index, min, max) : fallback;
  }

  /** Text, quoted or bare, of at most `limit` characters. */
  text(index: number, limit: number): string {
    const arg = this.#list[index];
    if (!arg) throw new CommandError(CME.invalidValue);
    if (arg.text.length > limit) throw new CommandError(CME.paramRange);
    return arg.text;
  }

  textOr(index: number, limit: number, fallback: string): string {
    return this.has(index) ? this.text(index, limit) : fallback;
  }
}

const NONE = new Args([]);

/**
 * The commands of a line.
 * @param text what stood between AT and CR
 * @returns the calls in order, or undefined when the line cannot be read at all
 */
export function parseLine(text: string): Call[] | undefined {
  const calls: Call[] = [];
  let rest = text.trim();
  if (text.split('"').length % 2 === 0) return undefined;
  if (rest === "") return [{ name: "", form: "exec", args: NONE }];
  while (rest !== "") {
    if (calls.length === COMMANDS_LIMIT) return undefined;
    if (rest[0] === ";") {
      rest = rest.slice(1).trimStart();
      continue;
    }
    const extended = EXTENDED.exec(rest)?.[0];
    const length = extended === undefined ? basic(rest, calls) : commandEnd(rest);
    if (length === 0) return undefined;
    if (extended !== undefined) calls.push(extendedCall(extended, rest.slice(extended.length, length)));
    rest = rest.slice(length).trimStart();
  }
  return calls;
}

/** Where the extended command at the start of `text` ends: a `;` outside quotes, or the end of the line. */
function commandEnd(text: string): number {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (text[i] === ";" && !quoted) return i;
  }
  return text.length;
}

function extendedCall(name: string, tail: string): Call {
  const upper = name.toUpperCase();
  if (tail === "") return { name: upper, form: "exec", args: NONE };
  if (tail === "?") return { name: upper, form: "read", args: NONE };
  if (tail === "=?") return { name: upper, form: "test", args: NONE };
  if (tail[0] === "=") return { name: upper, form: "write", args: parseArgs(tail.slice(1)) };
  return { name: "?", form: "exec", args: NONE };
}

/** Appends the basic command at the start of `text`. @returns its length, 0: there is none */
function basic(text: string, calls: Call[]): number {
  const match = BASIC.exec(text);
  if (!match) return 0;
  const name = match[1]!.toUpperCase();
  if (name === "D") {
    calls.push({ name, form: "write", args: new Args([{ text: text.slice(1), quoted: false }]) });
    return text.length;
  }
  const digits = match[2]!;
  const args = digits === "" ? NONE : new Args([{ text: digits, quoted: false }]);
  calls.push({ name, form: digits === "" ? "exec" : "write", args });
  return match[0].length;
}

function parseArgs(text: string): Args {
  const list: (Arg | undefined)[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= text.length; i++) {
    const char = text[i];
    if (char === '"') quoted = !quoted;
    if (char !== undefined && (char !== "," || quoted)) continue;
    list.push(argument(text.slice(start, i).trim()));
    start = i + 1;
  }
  return new Args(list);
}

function argument(text: string): Arg | undefined {
  if (text === "") return undefined;
  const quoted = text.length >= 2 && text[0] === '"' && text.endsWith('"');
  return { text: quoted ? text.slice(1, -1) : text, quoted };
}
