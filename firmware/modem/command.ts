// An AT command as a value: its text, deadline, what its reply looks like, and how to read it.

import { AtError } from "./at-error.js";

/** What came back before the final result. */
export interface Reply {
  /** Information lines of this command, in order. */
  readonly lines: readonly string[];
  /** The counted body, if the command has one and it came. */
  readonly body: Uint8Array | undefined;
}

export interface Command<T> {
  /** The whole line without its CR, e.g. `AT+CSQ`. Printable ASCII. */
  readonly text: string;
  /** How a trace or a message shows it, if `text` holds a secret. */
  readonly shown?: string;
  /** Milliseconds from sending to the final result. */
  readonly timeoutMs: number;
  /**
   * Which lines are its reply although a URC may look alike: a prefix, or a test. Left out: none.
   * `*`: every line that is no known URC, for commands that answer without a prefix.
   */
  readonly reply?: string | ((line: string) => boolean);
  /** A line that ends it well instead of OK, e.g. `NORMAL POWER DOWN`. */
  readonly final?: string;
  /** Raw bytes to send behind the `>` prompt. */
  readonly data?: Uint8Array;
  /** Its reply is a counted body. */
  readonly body?: { readonly prefix: string; readonly max: number };
  /** True for the plain `AT`, which is sent to find out whether the line works. */
  readonly probe?: boolean;
  /** Reads the reply of a command that ended well. @throws AtError `at-malformed` */
  readonly parse: (reply: Reply) => T;
}

/** Most characters of a line behind its `AT` (SIM7080 AT V1.07 §1.4.4). */
export const MAX_COMMAND_CHARACTERS = 559;

/** A command that answers with nothing but its final result. */
export function action(text: string, timeoutMs: number, shown?: string): Command<void> {
  return { text, timeoutMs, ...(shown === undefined ? {} : { shown }), parse: () => undefined };
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

/** The error for a reply that `parse` cannot read. */
export function malformed(shown: string, line: string | undefined): AtError {
  const what = line === undefined ? "no reply before OK" : `cannot read its reply, ${line.length} characters`;
  return new AtError("at-malformed", `${shown}: ${what}`);
}

/** The comma-separated fields of a reply line, blanks and quotes taken off; a comma within quotes does not part them. */
export function fields(text: string): string[] {
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
