// The console of the chip: the log goes out on it, and whoever provisions the device types on it.

import { excerpt } from "../../../bytes/utf8.js";
import type { Clock, Timer } from "../../clock.js";
import type { Log, LogFields, LogLevel } from "../../events.js";

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
/** Characters of a field that are shown: a stack trace has room. */
const SHOWN = 1_000;
/** How often to look for input, in milliseconds. A line of up to 128 bytes waits in the chip meanwhile. */
const LOOK_MS = 100;

/** Writes text whose lines end with LF: ESP-IDF's stdio sends CR LF for each (CONFIG_LIBC_STDOUT_LINE_ENDING_CRLF). */
export function writeConsole(text: string): void {
  native("xs_simkey_console_write").call(undefined, text);
}

/** What is typed of a line that is not over, as it is seen on the console. */
export interface Typing {
  typed: string;
}

/** How the log is. */
export interface LogForm {
  /** What is below it is left out; `info` when nobody says. */
  least?: LogLevel;
  /** A word before each line; left out: none. */
  mark?: string | undefined;
}

/**
 * A log of lines: time, level, event, fields. Secrets were taken out where a line is made; what cannot be printed is taken out
 * here, since a topic's name may come from anybody.
 * @param typing a line of the log begins below it, and shows it again
 */
export function consoleLog(clock: Clock, typing: Typing = { typed: "" }, { least = "info", mark }: LogForm = {}): Log {
  const marked = mark === undefined ? "" : `${mark} `;
  return (level, event, fields: LogFields) => {
    if (RANK[level] < RANK[least]) return;
    const values = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${shown(String(value))}`],
    );
    const line = `${marked}${[(clock.monotonic() / 1000).toFixed(2), level, event, ...values].join(" ")}`;
    writeConsole(`${typing.typed && "\n"}${line}\n${typing.typed}`);
  };
}

function shown(text: string): string {
  return text.length <= SHOWN && !/[^\x20-\x7e]/.test(text) ? text : excerpt(text, SHOWN);
}

/** Hands over what is typed, for ever. */
export function readConsole(timer: Timer, receive: (bytes: Uint8Array) => void): void {
  const look = () => {
    timer.set(look, LOOK_MS);
    const bytes: ArrayBuffer | undefined = native("xs_simkey_console_read").call(undefined);
    if (bytes !== undefined) receive(new Uint8Array(bytes));
  };
  look();
}
