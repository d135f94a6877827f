// What goes on beside a run: where stdout is a terminal, its status line and prompt; for other terminals, the door of `simkey
// send`.

import type { Entry } from "../output/entry.js";
import { describeError } from "../output/errors.js";
import { changed, NO_STATUS, statusLine } from "../output/status.js";
import { Terminal } from "../output/terminal.js";
import { type Answer, type OpenDoor, openDoor } from "./door.js";
import { readHistory, type SavedFile, saveDoor, saveHistory } from "./home.js";
import type { Surroundings } from "./surroundings.js";
import type { Wishes } from "./wishes.js";

/** How often the status line tells the time anew, in milliseconds. */
const TICK_MS = 1_000;

export interface LiveOptions {
  around: Pick<Surroundings, "stdout" | "screen" | "env">;
  wishes: Wishes;
  elapsed: () => number;
  /** Something was typed: the run goes on until it is told to end. */
  onTyped: () => void;
  onQuit: () => void;
  /** Another process has asked for something; `what`: its first word. */
  onAsked: (what: string) => void;
}

/** The prompt of a run, if it has one. */
export class Live {
  readonly #options: LiveOptions;
  readonly #terminal: Terminal | undefined;
  readonly #ticking: NodeJS.Timeout | undefined;
  #door: OpenDoor | undefined;
  #file: SavedFile | undefined;
  #status = NO_STATUS;
  #over = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    const { screen, env } = options.around;
    if (screen?.typed === undefined) return;
    this.#terminal = new Terminal({
      ...{ input: screen.typed.input, output: screen.typed.output, columns: screen.columns, colour: screen.colour },
      history: readHistory(env),
      complete: (text) => options.wishes.complete(text),
      onLine: (line) => void this.#typed(line),
      onEnd: (how) => (how === "interrupt" ? screen.typed!.interrupt() : options.onQuit()),
      onHistory: (lines) =>
        saveHistory(
          lines.filter((line) => !line.startsWith(" ")),
          env,
        ),
    });
    this.#ticking = setInterval(() => this.#show(), TICK_MS).unref();
    this.#show();
  }

  /** Lets other processes ask. Nothing else depends on it: where there can be no door, there is none. */
  async openDoor(): Promise<void> {
    try {
      this.#door = await openDoor((line) => this.#asked(line));
      if (this.#over) this.#door.close();
      else this.#file = saveDoor(this.#door, this.#options.around.env);
    } catch {
      this.#door?.close();
    }
  }

  /** Whole lines for the user. */
  write(text: string): void {
    if (this.#terminal) this.#terminal.print(text);
    else this.#options.around.stdout(text);
  }

  /** Takes note of what happens. */
  note(entry: Entry): void {
    this.#status = changed(this.#status, entry);
    this.#show();
  }

  close(): void {
    this.#over = true;
    clearInterval(this.#ticking);
    this.#terminal?.close();
    this.#file?.drop();
    this.#door?.close();
  }

  #show(): void {
    const { around, elapsed } = this.#options;
    if (this.#terminal)
      this.#terminal.status = statusLine(this.#status, elapsed() / 1_000, (around.screen?.columns() ?? 80) - 1);
  }

  async #typed(line: string): Promise<void> {
    if (line !== "quit") this.#options.onTyped();
    const answer = await this.#asked(line, true);
    this.write(answer.ok ? answer.lines.map((each) => `  ${each}\n`).join("") : `  ${answer.error}\n`);
  }

  /** @param here at the prompt */
  async #asked(line: string, here = false): Promise<Answer> {
    if (!here) this.#options.onAsked(line.trim().split(/[\s{]/, 1)[0] || "a command");
    if (line.trim() === "quit") {
      setImmediate(this.#options.onQuit);
      return { ok: true, lines: ["ending"] };
    }
    try {
      return { ok: true, lines: await this.#options.wishes.obey(line) };
    } catch (error) {
      return { ok: false, error: describeError(error).line };
    }
  }
}
