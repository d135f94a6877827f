// The device's console: one command a line, for who provisions it over a UART. No IO inside: bytes go in, text comes out,
// and any split of the input gives the same text. Each command is answered by its lines, then by `ok` or `error: …`.
//
//   status                        key generate        makes the device's key; only its public half leaves
//   get [NAME]                    key public [pem|jwk]
//   set NAME VALUE · unset NAME   restart · help

import { excerpt, latin1 } from "../bytes/utf8.js";
import { asFailure } from "../platform/failure.js";
import type { KeyValue } from "../platform/storage.js";
import type { Json } from "./commands.js";
import { SETTINGS } from "./config.js";
import type { ConsoleKeys } from "./console-keys.js";
import { isSetting, storedSettings, storeSetting } from "./stored-settings.js";

/** A longer line is refused as a whole. In bytes. */
export const MAX_LINE_BYTES = 256;
/** Characters of an unknown word that an error repeats. */
const WORD_SHOWN = 24;
const LINE_END = "\r\n";
const OK = "ok";
const isPrintable = (text: string) => /^[\x20-\x7e]*$/.test(text);

const LF = 0x0a;
const CR = 0x0d;
const BACKSPACE = 0x08;
const DELETE = 0x7f;

/** What the console acts on. */
export interface ConsoleParts {
  keyValue: KeyValue;
  /** What the device tells of itself. */
  status: () => Json;
  /** The device's key; left out where the profile has none. */
  keys?: ConsoleKeys;
  /** The settings in effect, by name. */
  settings: Readonly<Record<string, unknown>>;
}

/** What is to be done after a piece of input. */
export interface ConsoleOutput {
  /** To be written back as UTF-8. */
  text: string;
  /** Somebody asked for a restart. */
  restart: boolean;
}

/** A command that cannot be carried out; its message is for the person at the console. */
class Refusal extends Error {}

interface Command {
  usage: string;
  help: string;
  run: (words: readonly string[], parts: ConsoleParts) => readonly string[];
}

const RESTART = "restart";

const COMMANDS: Readonly<Record<string, Command>> = {
  help: {
    usage: "help",
    help: "this list",
    run: () => Object.values(COMMANDS).map(({ usage, help }) => `${usage}: ${help}`),
  },
  status: {
    usage: "status",
    help: "what the device tells of itself, as JSON",
    run: (_, { status }) => [JSON.stringify(status())],
  },
  get: { usage: "get [NAME]", help: "the settings in effect, and after the next start where they differ", run: get },
  set: {
    usage: "set NAME VALUE",
    help: "stores a setting; it counts from the next start on",
    run: ([name = "", ...rest], { keyValue }) => {
      storeSetting(keyValue, name, rest.join(" "));
      return [];
    },
  },
  unset: {
    usage: "unset NAME",
    help: "takes a stored setting away",
    run: ([name = ""], { keyValue }) => {
      storeSetting(keyValue, name, undefined);
      return [];
    },
  },
  key: {
    usage: "key generate [replace] | key public [pem|jwk]",
    help: "the device's key; only its public half leaves",
    run: key,
  },
  [RESTART]: { usage: RESTART, help: "restarts the device", run: () => [] },
};

function get([name]: readonly string[], { settings, keyValue }: ConsoleParts): string[] {
  if (name !== undefined && !isSetting(name)) throw new Refusal("there is no such setting; get shows all");
  const stored = storedSettings(keyValue);
  return Object.entries(SETTINGS)
    .filter(([known]) => name === undefined || name === known)
    .map(([known, { secret }]) => {
      const shown = (value: unknown) => (value === undefined ? "-" : secret ? "[…]" : JSON.stringify(value));
      const now = shown(settings[known]);
      const next = Object.hasOwn(stored, known) ? shown(stored[known]) : now;
      return next === now ? `${known} ${now}` : `${known} ${now}, then ${next}`;
    });
}

function key([verb, how]: readonly string[], { keys }: ConsoleParts): string[] {
  if (keys === undefined) throw new Refusal("this device has no key: its SIM is its identity");
  if (verb === "generate") {
    if (keys.exists && how !== "replace") {
      throw new Refusal("there is a key; with `key generate replace` it is gone, and with it what is registered");
    }
    return lines(keys.generate().pem);
  }
  if (verb !== "public") throw new Refusal(`usage: ${COMMANDS.key!.usage}`);
  const half = keys.publicHalf();
  if (half === undefined) throw new Refusal("there is no key yet: key generate");
  if (how !== undefined && how !== "pem" && how !== "jwk") throw new Refusal("pem or jwk");
  return lines(how === "jwk" ? half.jwk : half.pem);
}

const lines = (text: string) => text.trim().split("\n");

/** Takes what arrives on a UART. */
export class Console {
  readonly #parts: ConsoleParts;
  readonly #line = new Uint8Array(MAX_LINE_BYTES);
  #length = 0;
  /** The line is longer than any that is taken: what follows is skipped until its end. */
  #tooLong = false;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
  }

  /** @param bytes a piece of any size */
  receive(bytes: Uint8Array): ConsoleOutput {
    const output: ConsoleOutput = { text: "", restart: false };
    for (const byte of bytes) {
      if (byte === LF || byte === CR) this.end(output);
      else if (byte === BACKSPACE || byte === DELETE) this.#length = Math.max(0, this.#length - 1);
      else if (this.#length < MAX_LINE_BYTES) this.#line[this.#length++] = byte;
      else this.#tooLong = true;
    }
    return output;
  }

  /** The line is over. Empty ones, also that between CR and LF, are no command. */
  private end(output: ConsoleOutput): void {
    const line = latin1(this.#line.subarray(0, this.#length));
    const tooLong = this.#tooLong;
    this.#length = 0;
    this.#tooLong = false;
    const words = line.split(" ").filter((word) => word !== "");
    if (words.length === 0) return;
    const answer = this.run(words, tooLong, isPrintable(line));
    output.text += answer.map((text) => text + LINE_END).join("");
    output.restart ||= words[0] === RESTART && answer.at(-1) === OK;
  }

  private run([name = "", ...words]: readonly string[], tooLong: boolean, printable: boolean): string[] {
    try {
      if (tooLong) throw new Refusal(`a line has at most ${MAX_LINE_BYTES} bytes`);
      if (!printable) throw new Refusal("a line is printable ASCII");
      const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
      if (command === undefined) throw new Refusal(`"${excerpt(name, WORD_SHOWN)}" is no command; try help`);
      return [...command.run(words, this.#parts), OK];
    } catch (error) {
      const message = error instanceof Refusal ? error.message : asFailure(error).message;
      return [`error: ${message}`];
    }
  }
}
