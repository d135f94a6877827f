// What a terminal shows of what was written to it: as much of ECMA-48 as a prompt needs, and no more.

/** Rows and columns, a cursor, and what has scrolled away. */
export class Vt {
  readonly #columns: number;
  /** All rows there have been. */
  readonly #rows: string[] = [""];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** The rows, without blanks at their ends. */
  get rows(): string[] {
    return this.#rows.map((row) => row.trimEnd());
  }

  /** Where the cursor is, from the last row up, and from the first column. */
  get cursor(): { up: number; column: number } {
    return { up: this.#rows.length - 1 - this.#row, column: this.#column };
  }

  /** @throws Error for what it does not know: a test must not pass for want of understanding */
  write(text: string): void {
    for (const [piece, digits = "", letter] of text.matchAll(/\u001b\[([\d;]*)([A-Za-z])|[\s\S]/g)) {
      if (letter !== undefined) this.#control(letter, digits === "" ? undefined : Number(digits));
      else if (piece === "\n") this.#down();
      else if (piece === "\r") this.#column = 0;
      else if (piece < " ") throw new Error(`a control character ${JSON.stringify(piece)}`);
      else this.#put(piece);
    }
  }

  #control(letter: string, count: number | undefined): void {
    if (letter === "m") return;
    if (letter === "A") this.#row -= Math.min(this.#row, count ?? 1);
    else if (letter === "B") this.#row = Math.min(this.#rows.length - 1, this.#row + (count ?? 1));
    else if (letter === "G") this.#column = (count ?? 1) - 1;
    else if (letter === "J" && (count ?? 0) === 0) {
      this.#rows[this.#row] = this.#rows[this.#row]!.slice(0, this.#column);
      this.#rows.length = this.#row + 1;
    } else if (letter === "K") this.#rows[this.#row] = this.#rows[this.#row]!.slice(0, this.#column);
    else throw new Error(`a sequence with ${letter}`);
  }

  /** A line feed as a terminal has it with ONLCR: the column is the first. */
  #down(): void {
    this.#row++;
    this.#column = 0;
    if (this.#row === this.#rows.length) this.#rows.push("");
  }

  #put(character: string): void {
    if (this.#column === this.#columns) this.#down();
    const row = this.#rows[this.#row]!.padEnd(this.#column);
    this.#rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1);
    this.#column++;
  }
}
