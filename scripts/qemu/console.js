// Somebody who types at the chip's console and reads what it answers (firmware/device/console.ts): an echo, the answer's
// lines, then `ok` or `error: …`. Lines of the log in between are not this one's.

/** How long a word may take: a signature and a key take long on a chip. */
const ANSWER_MS = 180_000;

/** A word that was refused, or not answered. */
export class ConsoleError extends Error {}

export class ConsoleTalk {
  #type;
  #lines;
  #done;
  #queue = Promise.resolve();

  /** @param type writes to the chip's UART 0 */
  constructor(type) {
    this.#type = type;
  }

  /** Whether somebody waits for an answer. */
  get isAsking() {
    return this.#done !== undefined;
  }

  /** A line that is none of the log's. */
  heard(line) {
    if (this.#done === undefined) return;
    if (line === "ok") this.#done();
    else if (line.startsWith("error: ")) this.#done(new ConsoleError(line));
    else this.#lines.push(line);
  }

  /**
   * Types a line, once those before are answered.
   * @returns the answer's lines, without the echo
   * @throws ConsoleError
   */
  ask(text, ms = ANSWER_MS) {
    const answer = this.#queue.then(() => this.#askNow(text, ms));
    this.#queue = answer.catch(() => {});
    return answer;
  }

  async #askNow(text, ms) {
    this.#lines = [];
    let timer;
    try {
      await new Promise((resolve, reject) => {
        this.#done = (error) => (error ? reject(error) : resolve());
        timer = setTimeout(() => reject(new ConsoleError(`no answer to "${text}" within ${ms / 1000} s`)), ms);
        timer.unref();
        this.#type(`${text}\r`);
      });
      // The echo, and what a line of the log in between has repeated of it.
      return this.#lines.filter((line) => line !== "" && !text.startsWith(line));
    } finally {
      clearTimeout(timer);
      this.#done = undefined;
    }
  }
}
