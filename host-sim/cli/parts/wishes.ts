// What can be asked of a run that is on, as words: typed at its prompt, or sent by `simkey send`. One table, for help, completion
// and the deed.

import type { AppArg, AppArgs } from "../../../firmware/platform/app.js";
import { FAULTS as CLOUD } from "../../cloud/faults.js";
import { FAULTS as MODEM } from "../../modem/faults.js";
import { UsageError } from "../output/errors.js";
import type { DeskReach } from "./desk.js";
import { switchOff, switchOn } from "./faults.js";
import { meant } from "./nearest.js";

/** What a run gives. */
export interface Wished {
  /** Absent: the modem is a real one, or in another process. */
  reach: DeskReach | undefined;
  /** What the device obeys: its commands and what they are for. */
  commands: Readonly<Record<string, { help: string; args?: AppArgs }>>;
  /** Whether commands reach it. */
  hears: boolean;
}

/** How long an answer is waited for, in milliseconds. */
const ANSWER_MS = 30_000;
const RATS = ["LTE-M", "NB-IoT", "GSM"];

interface Wish {
  /** What stands behind the word. */
  takes: string;
  help: string;
  /** Words that may stand there, for completion. */
  words?: readonly string[];
  /** @returns the modem's wish, as its control port takes it */
  control?: (text: string) => Readonly<Record<string, unknown>>;
  run?: (text: string, reach: DeskReach) => void;
}

/** One of some words. */
function either<T>(word: string, values: Readonly<Record<string, T>>): (text: string) => T {
  return (text) => {
    if (Object.hasOwn(values, text)) return values[text]!;
    throw new UsageError(`${word} takes ${Object.keys(values).join(" or ")}, not "${text}"`);
  };
}

const FAULT_NAMES = [...MODEM, ...CLOUD].map(({ name }) => name);
const sim = either("sim", { out: false, in: true });
const power = either("power", { off: false, on: true });

const WISHES: Readonly<Record<string, Wish>> = {
  fault: {
    takes: "NAME[=VALUE][*TIMES]",
    help: "lets something go wrong now; simkey run --help tells all",
    words: FAULT_NAMES,
    run: switchOn,
  },
  clear: { takes: "NAME", help: "takes a fault away", words: FAULT_NAMES, run: switchOff },
  signal: {
    takes: "DBM",
    help: "signal strength, -140 to -40",
    control: (text) => ({ do: "signal", dbm: Number(text) }),
  },
  rat: {
    takes: RATS.join("|"),
    help: "the only technology of the network",
    words: RATS,
    control: (text) => ({ do: "network", rats: [text] }),
  },
  network: {
    takes: "home|roaming|denied|none",
    help: "what the network is to the SIM",
    words: ["home", "roaming", "denied", "none"],
    control: (text) => ({ do: "network", access: text }),
  },
  sim: {
    takes: "out|in",
    help: "pulls the SIM card",
    words: ["out", "in"],
    control: (text) => ({ do: "sim", in: sim(text) }),
  },
  power: {
    takes: "off|on",
    help: "the modem's supply",
    words: ["off", "on"],
    control: (text) => ({ do: "power", on: power(text) }),
  },
  drop: { takes: "", help: "the network takes the IP address away", control: () => ({ do: "drop" }) },
  state: { takes: "", help: "how the modem is", control: () => ({ do: "state" }) },
};

/** Words of the prompt's own. */
const OWN: Readonly<Record<string, string>> = { help: "this list", quit: "ends the run" };

/** Carries wishes out. */
export class Wishes {
  readonly #wished: Wished;
  readonly #waiting = new Map<string, (answer: string) => void>();
  #count = 0;

  constructor(wished: Wished) {
    this.#wished = wished;
  }

  /** What can be asked, a line each. */
  help(): string[] {
    const { commands, reach, hears } = this.#wished;
    const lines = Object.entries(OWN).map(([word, help]) => line(word, help));
    if (hears && reach?.command) {
      for (const [name, { help, args }] of Object.entries(commands))
        lines.push(line([name, ...takenBy(args)].join(" "), `device: ${help}`));
      lines.push(line('{"cmd":…}', "the same as JSON, sent as it is"));
    }
    if (reach)
      for (const [word, { takes, help }] of Object.entries(WISHES)) lines.push(line(`${word} ${takes}`.trim(), help));
    return lines;
  }

  /** For a terminal's completion: what may stand where `text` ends, and what of that is there. */
  complete(text: string): [string[], string] {
    const [, word, rest] = /^(\S+) +(\S*)$/.exec(text) ?? [];
    const known = word === undefined ? this.#words().map((each) => `${each} `) : (WISHES[word]?.words ?? []);
    const begun = rest ?? text;
    return [known.filter((each) => each.startsWith(begun)), begun];
  }

  /**
   * Does what a line asks for.
   * @returns what to tell, in lines
   * @throws UsageError, or ControlError, for what cannot be understood or done; Error where no answer comes
   */
  async obey(text: string): Promise<string[]> {
    const asked = text.trim();
    const { reach, commands } = this.#wished;
    const [word = "", ...rest] = asked.split(/\s+/);
    if (word === "help") return this.help();
    if (asked.startsWith("{")) return this.#json(asked);
    if (Object.hasOwn(WISHES, word)) {
      if (!reach) throw new UsageError(`${word} goes with a simulated modem`);
      return this.#wish(WISHES[word]!, word, rest.join(" "), reach);
    }
    if (Object.hasOwn(commands, word)) {
      const given = argumentsOf(rest);
      refuseMissing(word, commands[word]!.args, given);
      return [await this.#command({ cmd: word, ...given })];
    }
    throw new UsageError(`there is no "${word}"${meant(word, this.#words())}; help tells what can be asked`);
  }

  /** A message that the cloud took: it may be an answer. */
  heard(payload: Uint8Array): void {
    if (this.#waiting.size === 0) return;
    const text = Buffer.from(payload).toString();
    try {
      const { id } = JSON.parse(text) as { id?: unknown };
      this.#waiting.get(String(id))?.(text);
    } catch {
      // Something else than an answer.
    }
  }

  #wish({ takes, control, run }: Wish, word: string, text: string, reach: DeskReach): string[] {
    if ((takes === "") !== (text === "")) throw new UsageError(`${word} takes ${takes === "" ? "nothing" : takes}`);
    run?.(text, reach);
    if (!control) return ["ok"];
    const { state } = reach.wish(control(text));
    return [state === undefined ? "ok" : JSON.stringify(state)];
  }

  async #json(text: string): Promise<string[]> {
    let wish: unknown;
    try {
      wish = JSON.parse(text);
    } catch {
      throw new UsageError('this is no JSON; a command is such as {"cmd":"ping"}');
    }
    const { cmd, do: verb } = wish as { cmd?: unknown; do?: unknown };
    if (typeof cmd === "string") return [await this.#command(wish as { cmd: string })];
    if (verb === undefined) throw new UsageError('a command has its name in "cmd", such as {"cmd":"ping"}');
    const { reach } = this.#wished;
    if (!reach) throw new UsageError('"do" goes with a simulated modem');
    return [JSON.stringify(reach.wish(wish))];
  }

  /** Sends a command, and waits for its answer. */
  #command(given: { cmd: string; id?: unknown }): Promise<string> {
    const { reach, hears } = this.#wished;
    if (!reach?.command) throw new UsageError("commands go with a simulated cloud: this run has none");
    if (!hears) throw new UsageError("the device hears no commands: it publishes by HTTPS");
    const id = given.id === undefined ? `wish-${++this.#count}` : String(given.id);
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(limit);
        this.#waiting.delete(id);
        act();
      };
      const limit = setTimeout(
        () => settle(() => reject(new Error(`no answer within ${ANSWER_MS / 1_000} s; it may still come`))),
        ANSWER_MS,
      ).unref();
      this.#waiting.set(id, (answer) => settle(() => resolve(answer)));
      if (!reach.command!({ ...given, id }))
        settle(() => reject(new Error("the device is not connected now: ask again once it is")));
    });
  }

  #words(): string[] {
    const { commands, reach } = this.#wished;
    return [...Object.keys(OWN), ...Object.keys(commands), ...(reach ? Object.keys(WISHES) : [])];
  }
}

const TERM = 28;
const line = (term: string, help: string) => `${term.padEnd(TERM)} ${help}`;

/** What a command is given, as it is typed; what may be left out in brackets. */
const takenBy = (args: AppArgs = {}): string[] =>
  Object.entries(args).map(([name, arg]) => {
    const typed = `${name}=${formOf(arg)}`;
    return arg.optional ? `[${typed}]` : typed;
  });

function formOf(arg: AppArg): string {
  if ("range" in arg) return arg.range.join("..");
  if ("choices" in arg) return arg.choices.join("|");
  return "boolean" in arg ? "true|false" : "TEXT";
}

/** The device would say what it must be, not that it is missing. @throws UsageError */
function refuseMissing(word: string, args: AppArgs = {}, given: Readonly<Record<string, unknown>>): void {
  const missing = Object.entries(args).find(([name, arg]) => !arg.optional && !Object.hasOwn(given, name));
  if (missing) throw new UsageError(`"${missing[0]}" is missing: ${[word, ...takenBy(args)].join(" ")}`);
}

/** `NAME=VALUE …`; a value that is JSON counts as that, any other as text. */
function argumentsOf(words: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      if (at < 1) throw new UsageError(`arguments are NAME=VALUE, not "${word}"`);
      const value = word.slice(at + 1);
      try {
        return [word.slice(0, at), JSON.parse(value)];
      } catch {
        return [word.slice(0, at), value];
      }
    }),
  );
}
