// An AT command as a value: its text, deadline, what its reply looks like, and how to read it.

import { AtError } from "./error.js";

/** What came back before the final result. */
export interface Reply {
  /** Information lines of this command, in order. */
  readonly lines: readonly string[];
  /** The counted body, if the command has one and it came. */
  readonly body: Uint8Array | undefined;
}

/** An AT command. `T`: what its reply is read into. */
export interface Command<T> {
  /** The whole line without its CR, e.g. `AT+CSQ`. Printable ASCII. */
  readonly text: string;
  /** How a trace or a message shows it, if `text` holds a secret. */
  readonly shown?: string;
  /** Milliseconds from sending to the final result. */
  readonly timeoutMs: number;
  /** Which lines are its reply although a URC may look alike: a prefix, whose blank may be missing, or a test. Left out: none. */
  readonly reply?: string | ((line: string) => boolean);
  /** A line that ends it well instead of OK, e.g. `NORMAL POWER DOWN`. */
  readonly final?: string;
  /** Raw bytes to send behind the `>` prompt. */
  readonly data?: Uint8Array;
  /** Its reply is a counted body. */
  readonly body?: { readonly prefix: string; readonly max: number };
  /** True for what is sent to find out whether the line works: it goes first, and into a line that is out of step. */
  readonly probe?: boolean;
  /** True for what is sent without a CR. */
  readonly raw?: boolean;
  /** Reads the reply of a command that ended well. @throws AtError `at-malformed` */
  readonly parse: (reply: Reply) => T;
}

/** Most characters of a line behind its `AT` (SIM7080 AT V1.07 §1.4.4). */
export const MAX_COMMAND_CHARACTERS = 559;

/** What each further command adds to the deadline of a line: no line has two that take their time. */
const FURTHER_MS = 1000;

/** The command as it may be shown. */
export function shownText(command: Command<unknown>): string {
  return command.shown ?? command.text;
}

/** True when `line` is part of the command's reply. */
export function isReply(command: Command<unknown>, line: string): boolean {
  const { reply } = command;
  if (reply === undefined) return false;
  if (typeof reply !== "string") return reply(line);
  return line.startsWith(reply) || line.startsWith(reply.replace(": ", ":"));
}

/** A command that answers with nothing but its final result. */
export function action(text: string, timeoutMs: number): Command<void> {
  return { text, timeoutMs, parse: () => undefined };
}

/** A command whose reply is one line with `prefix`, read by `parse` from what stands behind the prefix. */
export function query<T>(
  text: string,
  timeoutMs: number,
  prefix: string,
  parse: (rest: string) => T | undefined,
): Command<T> {
  return {
    text,
    timeoutMs,
    reply: prefix,
    parse: ({ lines }) => {
      const line = lines.at(-1);
      const value = line === undefined ? undefined : parse(line.slice(prefix.length).trim());
      if (value === undefined) throw malformed(text, line);
      return value;
    },
  };
}

/**
 * A command that answers with a line without prefix; the first group of what `form` matches is the value. A function, because
 * a RegExp must not be made when a module is loaded: scripts/preloadable.js tells why.
 */
export function bare(text: string, timeoutMs: number, form: (line: string) => RegExpExecArray | null): Command<string> {
  return {
    text,
    timeoutMs,
    reply: (line) => form(line) !== null,
    parse: ({ lines }) => {
      const value = form(lines[0] ?? "")?.[1];
      if (value === undefined) throw malformed(text, lines[0]);
      return value;
    },
  };
}

/**
 * Several commands in one line (SIM7080 AT V1.07 §1.4.4: at most 39): one exchange instead of many. The first that fails
 * ends the line. None of them may have a data phase, a body or a final line of its own. Its result is the lines that are a
 * reply to one of them.
 */
export function together(commands: readonly Command<unknown>[]): Command<readonly string[]> {
  const join = (texts: readonly string[]) => `AT${texts.map((text) => text.slice(2)).join(";")}`;
  return {
    text: join(commands.map((part) => part.text)),
    shown: join(commands.map(shownText)),
    timeoutMs: Math.max(...commands.map((part) => part.timeoutMs)) + FURTHER_MS * (commands.length - 1),
    reply: (line) => commands.some((part) => isReply(part, line)),
    parse: ({ lines }) => lines,
  };
}

/** The error for a reply that `parse` cannot read. */
export function malformed(shown: string, line: string | undefined): AtError {
  const what = line === undefined ? "no reply before OK" : `cannot read its reply, ${line.length} characters`;
  return new AtError("at-malformed", `${shown}: ${what}`);
}

/** Most fields of a reply line; what is behind them is left out. */
const FIELDS_MAX = 64;

/** The comma-separated fields of a reply line, blanks and quotes taken off; a comma within quotes does not part them. */
export function fields(text: string): string[] {
  if (!text.includes('"')) return text.split(",", FIELDS_MAX).map((field) => field.trim());
  const found: string[] = [];
  let from = 0;
  let quoted = false;
  for (let i = 0; i <= text.length; i++) {
    const character = text[i];
    if (character === '"') quoted = !quoted;
    if (i === text.length || (character === "," && !quoted)) {
      found.push(text.slice(from, i).trim().replace(/^"|"$/g, ""));
      from = i + 1;
    }
  }
  return found;
}
