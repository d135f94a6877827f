// The answer's body alone, in pieces as they may come.

const PIECE_BYTES = 512;

export class Pieces {
  readonly #file: string;
  #at = 0;

  constructor(file: string) {
    this.#file = file;
  }

  next(): ArrayBuffer | undefined {
    const piece = host.input(this.#file, this.#at, PIECE_BYTES);
    this.#at += PIECE_BYTES;
    return piece;
  }
}
