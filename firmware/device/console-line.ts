// What is typed at the console, as lines: corrections, the longest line, and the echo. The log goes out on the same wire and may
// be kept by somebody, so the echo hides what follows the name of a secret, however the rest of the line is spelt.

import { latin1 } from "../bytes/utf8.js";

/** A longer line is refused as a whole. In bytes. */
export const MAX_LINE_BYTES = 256;

const LF = 0x0a;
const CR = 0x0d;
const BACKSPACE = 0x08;
const DELETE = 0x7f;
const POINT = 0x2e;
const STAR = 0x2a;
/** One step back, a blank over what was there, one step back. */
const ERASE = "\b \b";

const isPrintable = (byte: number) => byte >= 0x20 && byte <= 0x7e;
/** Part of a word that may be a setting's name. */
const isOfName = (byte: number) =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);

/** A line that is over. */
export interface Line {
  /** Each byte one character. */
  text: string;
  /** The same as it was echoed: with `*` for what is secret, and a point for what cannot be printed. */
  shown: string;
  /** It was longer than MAX_LINE_BYTES: this is its beginning. */
  tooLong: boolean;
}

export class LineReader {
  readonly #isSecret: (word: string) => boolean;
  readonly #bytes = new Uint8Array(MAX_LINE_BYTES);
  #length = 0;
  /** From here on the line is hidden. */
  #hiddenFrom = MAX_LINE_BYTES;
  #tooLong = false;
  #afterCr = false;

  /** @param isSecret whether a word, in lower case, is the name of something secret */
  constructor(isSecret: (word: string) => boolean) {
    this.#isSecret = isSecret;
  }

  /** What is typed of a line that is not over, as it was echoed. */
  get shown(): string {
    return latin1(this.#bytes.slice(0, this.#length).map((byte, at) => this.shownAs(byte, at)));
  }

  /**
   * Takes a byte. CR, LF and CR LF are one end of a line each.
   * @returns what to echo; LF alone: the line is over, and `end` has it
   */
  take(byte: number): string {
    const second = byte === LF && this.#afterCr;
    this.#afterCr = byte === CR;
    if (byte === CR || byte === LF) return second ? "" : "\n";
    if (byte === BACKSPACE || byte === DELETE) return this.takeBack();
    if (this.#length === MAX_LINE_BYTES) {
      this.#tooLong = true;
      return "";
    }
    this.#bytes[this.#length++] = byte;
    const isHiding = this.#hiddenFrom < MAX_LINE_BYTES;
    if (!isHiding && !isOfName(byte) && this.#isSecret(this.wordBefore(this.#length - 1))) {
      this.#hiddenFrom = this.#length;
    }
    return String.fromCharCode(this.shownAs(byte, this.#length - 1));
  }

  /** Hands the line over; the next one begins. */
  end(): Line {
    const line = { text: latin1(this.#bytes.subarray(0, this.#length)), shown: this.shown, tooLong: this.#tooLong };
    this.#length = 0;
    this.#hiddenFrom = MAX_LINE_BYTES;
    this.#tooLong = false;
    return line;
  }

  private takeBack(): string {
    if (this.#length === 0) return "";
    this.#length--;
    // What ended the secret's name is gone.
    if (this.#length < this.#hiddenFrom) this.#hiddenFrom = MAX_LINE_BYTES;
    return ERASE;
  }

  private shownAs(byte: number, at: number): number {
    if (at >= this.#hiddenFrom) return STAR;
    return isPrintable(byte) ? byte : POINT;
  }

  /** The word that ends before `end`, in lower case. */
  private wordBefore(end: number): string {
    let start = end;
    while (start > 0 && isOfName(this.#bytes[start - 1]!)) start--;
    return latin1(this.#bytes.subarray(start, end)).toLowerCase();
  }
}
