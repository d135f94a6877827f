// Picks members out of a JSON object as its text arrives. Names match without regard to ASCII case.

import { type JsonKind, JsonReader } from "./json-reader.js";

/** Takes what the reader finds. */
export interface JsonFieldSink {
  /**
   * A piece of a wanted string, escapes decoded, or the whole text of a number or literal. The view is valid only
   * during the call.
   */
  onPiece(name: string, piece: Uint8Array, kind: JsonKind): void;
  /** The wanted value is complete (a container: has begun; its content is skipped). */
  onValue(name: string, kind: JsonKind): void;
}

/** Reads one JSON object in pieces of any size. */
export class JsonFields extends JsonReader {
  readonly #names: readonly string[];
  readonly #sink: JsonFieldSink;
  #wanted: string | undefined;

  /**
   * @param names members of the outermost object to report: ASCII, in lower case
   * @param sink takes the values
   */
  constructor(names: readonly string[], sink: JsonFieldSink) {
    super();
    this.#names = names;
    this.#sink = sink;
  }

  protected override onName(name: string, whole: boolean): void {
    if (this.depth > 1) return;
    const folded = name.toLowerCase();
    this.#wanted = whole ? this.#names.find((known) => known === folded) : undefined;
  }

  protected override onPiece(piece: Uint8Array, kind: JsonKind): void {
    if (this.#wanted !== undefined && this.depth === 1) this.#sink.onPiece(this.#wanted, piece, kind);
  }

  protected override onValue(kind: JsonKind): void {
    if (this.#wanted !== undefined && this.depth === 1) this.#sink.onValue(this.#wanted, kind);
  }
}
