// The device's console: one command a line, for who provisions it over a UART. No IO inside: bytes go in, text comes out,
// and any split of the input gives the same text. What is typed is echoed; each command is answered by its lines, then by `ok`
// or `error: …`.
//
//   status                        key generate        makes the device's key; only its public half leaves
//   get [NAME]                    key public [pem|jwk]
//   set NAME VALUE · unset NAME   restart · help
//   update [PART | end]           a manifest, typed in parts

import { knownKey } from "../bytes/known.js";
import { encodeUtf8, excerpt } from "../bytes/utf8.js";
import type { ConsoleKeys } from "../jwt/device-key.js";
import { asFailure } from "../platform/failure.js";
import type { KeyValue } from "../platform/storage.js";
import type { Setting } from "../settings/kinds.js";
import { isSetting, SETTINGS, type Table } from "../settings/table.js";
import { type Json, WOULD_UNDO } from "./commands.js";
import { type Line, LineReader, MAX_LINE_BYTES } from "./console-line.js";
import { storedSettings, storeSetting } from "./stored-settings.js";

/** Most bytes of a manifest with the query behind it. */
const MESSAGE_MAX = 1_925;
/** Characters of an unknown word that an error repeats. */
const WORD_SHOWN = 24;
/** Whoever writes it to a terminal makes CR LF of it. */
const LINE_END = "\n";
const OK = "ok";
const isPrintable = (text: string) => !/[^\x20-\x7e]/.test(text);
/** Whether a word, in lower case, is the name of a secret setting. */
const secretsOf = (table: Table) => (word: string) =>
  Object.entries<Setting>(table).some(([name, { secret }]) => secret === true && name.toLowerCase() === word);

/** What the console acts on. */
export interface ConsoleParts {
  keyValue: KeyValue;
  /** What the device tells of itself. */
  status: () => Json;
  /** Takes manifests of updates; none where the device cannot be updated, and before it is composed. */
  readonly updates?: ConsoleUpdates | undefined;
  /** The device's key; none where the profile has none, and before the device is composed. */
  readonly keys?: ConsoleKeys | undefined;
  /** The settings that there are; left out: those of a device without an app. */
  table?: Table | undefined;
  /** The settings that the device was built with, and those in effect, by name. */
  built: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Updates as the console sees them. */
export interface ConsoleUpdates {
  /** What has been typed of a manifest. */
  typed: string;
  /** Whether the image that runs is on trial: a restart would undo it. */
  readonly onTrial: boolean;
  /** Whether the device's cloud has a topic for updates: one that cannot report on an update takes none. */
  readonly isOffered: boolean;
  /** How far an update is; undefined: none is under way. */
  readonly updateStatus: object | undefined;
  takeUpdate(message: Uint8Array): void;
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
  /** Whether this device has it; left out: each has. */
  isHere?: (parts: ConsoleParts) => boolean;
  run: (words: readonly string[], parts: ConsoleParts) => readonly string[];
}

const RESTART = "restart";

const COMMANDS: Readonly<Record<string, Command>> = {
  help: {
    usage: "help",
    help: "this list",
    run: (_, parts) =>
      Object.values(COMMANDS)
        .filter(({ isHere }) => isHere === undefined || isHere(parts))
        .map(({ usage, help }) => `${usage}: ${help}`),
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
    run: ([name = "", ...rest], { keyValue, built, table }) => {
      storeSetting(keyValue, name, rest.join(" "), built, table);
      return [];
    },
  },
  unset: {
    usage: "unset NAME",
    help: "takes a stored setting away",
    run: ([name = ""], { keyValue, built, table }) => {
      storeSetting(keyValue, name, undefined, built, table);
      return [];
    },
  },
  key: {
    usage: "key generate [replace] | key public [pem|jwk]",
    help: "the device's key; only its public half leaves",
    isHere: ({ keys }) => keys !== undefined,
    run: key,
  },
  update: {
    usage: "update [PART | end]",
    help: "how far an update is; or a manifest, a part a line, and its end",
    isHere: ({ updates }) => updates !== undefined,
    run: update,
  },
  [RESTART]: { usage: RESTART, help: "restarts the device", run: restart },
};

function get([name]: readonly string[], { settings, keyValue, table = SETTINGS }: ConsoleParts): string[] {
  if (name !== undefined && !isSetting(name, table)) throw new Refusal("there is no such setting; get shows all");
  const stored = storedSettings(keyValue, table);
  return Object.entries<Setting>(table)
    .filter(([known]) => name === undefined || name === known)
    .map(([known, { secret }]) => {
      const shown = (value: unknown) => (value === undefined ? "-" : secret ? "[…]" : JSON.stringify(value));
      const now = shown(settings[known]);
      // biome-ignore lint/plugin: the names are the table's
      const next = known in stored ? shown(stored[known]) : now;
      return next === now ? `${known} ${now}` : `${known} ${now}, then ${next}`;
    });
}

function key([verb, how]: readonly string[], { keys }: ConsoleParts): string[] {
  if (keys === undefined) throw new Refusal("this device has no key: its SIM is its identity");
  if (verb === "generate") {
    if (keys.generate === undefined) throw new Refusal("a key of this kind is made on a desk and put into NVS");
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

function update([part]: readonly string[], { updates }: ConsoleParts): string[] {
  if (updates === undefined) throw new Refusal("this device cannot be updated: one slot, or no release keys");
  if (!updates.isOffered)
    throw new Refusal("not offered: this cloud has no topic for updates, or the device is not connected yet");
  if (part === undefined) return [JSON.stringify(updates.updateStatus ?? {})];
  if (part !== "end") {
    if (updates.typed.length + part.length > MESSAGE_MAX) {
      updates.typed = "";
      throw new Refusal(`a manifest has at most ${MESSAGE_MAX} bytes: begin anew`);
    }
    updates.typed += part;
    return [];
  }
  const message = encodeUtf8(updates.typed);
  updates.typed = "";
  updates.takeUpdate(message);
  return [];
}

function restart(_: readonly string[], { updates }: ConsoleParts): string[] {
  if (updates?.onTrial) throw new Refusal(WOULD_UNDO);
  return [];
}

const lines = (text: string) => text.trim().split("\n");

/** Takes what arrives on a UART. */
export class Console {
  readonly #parts: ConsoleParts;
  readonly #line: LineReader;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    this.#line = new LineReader(secretsOf(parts.table ?? SETTINGS));
  }

  /** What is typed of a line that is not over, as it was echoed: for whoever writes something in between. */
  get typed(): string {
    return this.#line.shown;
  }

  /** @param bytes a piece of any size @returns their echo, and the answer to each line that they end */
  receive(bytes: Uint8Array): ConsoleOutput {
    const output: ConsoleOutput = { text: "", restart: false };
    for (const byte of bytes) {
      const echo = this.#line.take(byte);
      output.text += echo;
      if (echo === LINE_END) this.end(output);
    }
    return output;
  }

  /** The line is over. An empty one is no command. */
  private end(output: ConsoleOutput): void {
    const line = this.#line.end();
    const words = wordsOf(line.text);
    if (words.length === 0) return;
    const answer = this.run(words, line);
    output.text += answer.map((text) => text + LINE_END).join("");
    output.restart ||= words[0] === RESTART && answer.at(-1) === OK;
  }

  private run([name = "", ...words]: readonly string[], { text, shown, tooLong }: Line): string[] {
    try {
      if (tooLong) throw new Refusal(`a line has at most ${MAX_LINE_BYTES} bytes`);
      if (!isPrintable(text)) throw new Refusal("a line is printable ASCII");
      const known = knownKey(COMMANDS, name);
      if (known === undefined) {
        throw new Refusal(`"${excerpt(wordsOf(shown)[0]!, WORD_SHOWN)}" is no command; try help`);
      }
      return [...COMMANDS[known]!.run(words, this.#parts), OK];
    } catch (error) {
      const message = error instanceof Refusal ? error.message : asFailure(error).message;
      return [`error: ${message}`];
    }
  }
}

const wordsOf = (line: string) => line.split(" ").filter((word) => word !== "");
