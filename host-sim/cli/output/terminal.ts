// The two last lines of a terminal while a run goes on: its status, and below it a prompt. What the run has to say goes above
// them. Rule: the cursor is at the prompt between two calls; each call takes both lines away, writes, and puts them back.

import { createInterface, type Interface } from "node:readline";
import { painted } from "./paint.js";

export interface TerminalOptions {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  columns: () => number;
  colour: boolean;
  /** What was typed before, the newest first. */
  history: readonly string[];
  complete: (text: string) => [string[], string];
  /** Called with each line, without the blanks around it; never with an empty one. */
  onLine: (line: string) => void;
  /** Ctrl-C, or Ctrl-D at an empty prompt. */
  onEnd: (how: "interrupt" | "end") => void;
  onHistory: (lines: readonly string[]) => void;
}

const PROMPT = "> ";
/** To the first column, and clear from there to the end of the screen (ECMA-48 §8.3.39). */
const CLEAR_DOWN = "\r\u001b[J";
const up = (lines: number) => (lines > 0 ? `\u001b[${lines}A` : "");

export class Terminal {
  readonly #options: TerminalOptions;
  readonly #prompt: Interface;
  #status = "";
  #open = true;

  constructor(options: TerminalOptions) {
    this.#options = options;
    const { input, output, history, complete, onLine, onEnd, onHistory } = options;
    this.#prompt = createInterface({
      ...{ input, output, terminal: true, prompt: PROMPT, history: [...history], removeHistoryDuplicates: true },
      completer: complete,
    });
    this.#prompt.on("line", (line) => {
      if (!this.#open) return;
      // The cursor is below what was typed: that stays, without the status above it.
      const rows = Math.floor((PROMPT.length + line.length) / options.columns());
      output.write(`${up(rows + 2)}${CLEAR_DOWN}`);
      const text = line.trim();
      this.#above(text === "" ? "" : `${PROMPT}${text}\n`);
      if (text !== "") onLine(text);
    });
    this.#prompt.on("history", onHistory);
    this.#prompt.on("SIGINT", () => onEnd("interrupt"));
    this.#prompt.on("close", () => {
      if (this.#open) onEnd("end");
    });
    this.#draw();
  }

  /** Whole lines, which go above. */
  print(text: string): void {
    if (!this.#open) {
      this.#options.output.write(text);
      return;
    }
    this.#hide();
    this.#above(text);
  }

  /** @param text at most a line */
  set status(text: string) {
    if (text === this.#status || !this.#open) return;
    this.#hide();
    this.#status = text;
    this.#draw();
  }

  /** Takes both lines away; what is printed from now on is printed as it is. */
  close(): void {
    if (!this.#open) return;
    this.#hide();
    this.#open = false;
    this.#prompt.close();
  }

  #above(text: string): void {
    this.#options.output.write(text);
    this.#draw();
  }

  /** From the prompt, of which some rows may be above the cursor, to where the status begins. */
  #hide(): void {
    const { rows } = this.#prompt.getCursorPos();
    this.#options.output.write(`${up(rows + 1)}${CLEAR_DOWN}`);
  }

  #draw(): void {
    const { output, colour } = this.#options;
    const status = colour ? painted(this.#status, "dim") : this.#status;
    output.write(`${status}\n`);
    // Rows by which Node believes that the cursor is below the prompt's begin: it would move up by them.
    (this.#prompt as Interface & { prevRows: number }).prevRows = 0;
    this.#prompt.prompt(true);
  }
}
