// Picks members out of a JSON object as its text arrives (RFC 8259): a few bytes of state, whatever the text's length.
// The grammar is checked in full, also of what is skipped. Names match without regard to ASCII case.
// Strings are not checked to be well-formed UTF-8: whoever turns them into text does that.

import { Collector } from "./collector.js";
import { latin1 } from "./utf8.js";

/** Longest member name that can match; longer ones are skipped. */
export const JSON_NAME_LIMIT = 64;
/** Longest number. */
export const JSON_NUMBER_LIMIT = 40;
/** Most containers within each other. */
export const JSON_DEPTH_LIMIT = 16;

/** What a value is. Of a container only that it began is told; its content is skipped. */
export type JsonKind = "string" | "number" | "boolean" | "null" | "container";

/** Takes what the reader finds. */
export interface JsonFieldSink {
  /**
   * A piece of a wanted string, escapes decoded, or the whole text of a number or literal. The view is valid only
   * during the call.
   */
  onPiece(name: string, piece: Uint8Array, kind: JsonKind): void;
  /** The wanted value is complete (a container: has begun). */
  onValue(name: string, kind: JsonKind): void;
}

type State =
  | "start" // before the object
  | "value"
  | "first-value" // behind [
  | "name"
  | "first-name" // behind {
  | "colon"
  | "next" // behind a value
  | "string"
  | "escape"
  | "hex"
  | "scalar"
  | "end"; // behind the object

const scalar = (text: string) =>
  /^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|(true|false)|(null))$/.exec(text);
const ESCAPES: Readonly<Record<string, number>> = {
  '"': 0x22,
  "\\": 0x5c,
  "/": 0x2f,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Reads one JSON object in pieces of any size. */
export class JsonFields {
  readonly #names: readonly string[];
  readonly #sink: JsonFieldSink;
  #state: State = "start";
  #depth = 0;
  /** Bit n: the container at depth n is an object. */
  #objects = 0;
  /** True while the string being read is a member's name. */
  #inName = false;
  #nameFits = true;
  readonly #name = new Collector(JSON_NAME_LIMIT);
  readonly #scalar = new Collector(JSON_NUMBER_LIMIT);
  readonly #unit = new Uint8Array(4);
  #wanted: string | undefined;
  #hex = 0;
  #hexDigits = 0;
  #highSurrogate = 0;

  /**
   * @param names members of the outermost object to report: ASCII, in lower case
   * @param sink takes the values
   */
  constructor(names: readonly string[], sink: JsonFieldSink) {
    this.#names = names;
    this.#sink = sink;
  }

  /** @throws SyntaxError when the text is not one JSON object; RangeError past a limit */
  push(bytes: Uint8Array): void {
    let i = 0;
    while (i < bytes.length) {
      if (this.#state === "string") i = this.readString(bytes, i);
      else if (this.#state === "scalar" && !isDelimiter(bytes[i]!)) i = this.readScalar(bytes, i);
      else if (this.#state === "escape") this.readEscape(bytes[i++]!);
      else if (this.#state === "hex") this.readHex(bytes[i++]!);
      else this.readStructure(bytes[i++]!);
    }
  }

  /** The end of the text. @throws SyntaxError when the object is not complete */
  end(): void {
    if (this.#state !== "end") throw new SyntaxError("JSON: the text ends within the object");
  }

  /** Reads up to the string's end or its next escape. */
  private readString(bytes: Uint8Array, from: number): number {
    let to = from;
    while (to < bytes.length && bytes[to]! >= 0x20 && bytes[to] !== QUOTE && bytes[to] !== BACKSLASH) to++;
    // What comes before an error is handed on first, so that the split of the input makes no difference.
    if (to > from) this.emit(bytes.subarray(from, to));
    if (to === bytes.length) return to;
    if (bytes[to] === BACKSLASH) this.#state = "escape";
    else if (bytes[to] === QUOTE) this.closeString();
    else throw new SyntaxError("JSON: control character in a string");
    return to + 1;
  }

  private closeString(): void {
    this.refuseLoneHigh();
    if (this.#inName) {
      const name = this.#nameFits ? latin1(this.#name.bytes).toLowerCase() : "";
      this.#wanted = this.#depth === 1 && this.#names.includes(name) ? name : undefined;
      this.#inName = false;
      this.#state = "colon";
    } else this.closeValue("string");
  }

  private closeValue(kind: JsonKind): void {
    if (this.#wanted !== undefined && this.#depth === 1) this.#sink.onValue(this.#wanted, kind);
    this.#state = "next";
  }

  /** A piece of a string's content. */
  private emit(piece: Uint8Array): void {
    this.refuseLoneHigh();
    if (this.#inName) this.#nameFits = this.#name.add(piece) && this.#nameFits;
    else if (this.#wanted !== undefined && this.#depth === 1) this.#sink.onPiece(this.#wanted, piece, "string");
  }

  private refuseLoneHigh(): void {
    if (this.#highSurrogate !== 0) throw new SyntaxError("JSON: lone surrogate in a string");
  }

  private readEscape(code: number): void {
    if (code === 0x75) {
      this.#state = "hex";
      this.#hex = 0;
      this.#hexDigits = 0;
      return;
    }
    const meant = ESCAPES[String.fromCharCode(code)];
    if (meant === undefined) throw new SyntaxError("JSON: unknown escape in a string");
    this.#unit[0] = meant;
    this.#state = "string";
    this.emit(this.#unit.subarray(0, 1));
  }

  private readHex(code: number): void {
    const digit = hexValue(code);
    if (digit < 0) throw new SyntaxError("JSON: malformed \\u escape");
    this.#hex = (this.#hex << 4) | digit;
    if (++this.#hexDigits < 4) return;
    this.#state = "string";
    const unit = this.#hex;
    const high = this.#highSurrogate;
    if (high !== 0 && unit >= 0xdc00 && unit <= 0xdfff) {
      this.#highSurrogate = 0;
      this.emitPoint(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
      return;
    }
    this.refuseLoneHigh();
    if (unit >= 0xd800 && unit <= 0xdbff) this.#highSurrogate = unit;
    else if (unit >= 0xdc00 && unit <= 0xdfff) throw new SyntaxError("JSON: lone surrogate in a string");
    else this.emitPoint(unit);
  }

  /** One code point as UTF-8 (RFC 3629 §3). */
  private emitPoint(point: number): void {
    const unit = this.#unit;
    let length = 1;
    if (point < 0x80) unit[0] = point;
    else {
      length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      for (let k = length - 1; k > 0; k--, point >>= 6) unit[k] = 0x80 | (point & 0x3f);
      unit[0] = ((0xf00 >> length) & 0xff) | point;
    }
    this.emit(unit.subarray(0, length));
  }

  private readScalar(bytes: Uint8Array, from: number): number {
    let to = from;
    while (to < bytes.length && !isDelimiter(bytes[to]!)) to++;
    const piece = bytes.subarray(from, to);
    if (!this.#scalar.add(piece)) throw new RangeError(`JSON: a number longer than ${JSON_NUMBER_LIMIT} characters`);
    return to;
  }

  private closeScalar(): void {
    const text = this.#scalar.bytes;
    const match = scalar(latin1(text));
    if (!match) throw new SyntaxError("JSON: neither a number nor a literal");
    const kind = match[1] !== undefined ? "boolean" : match[2] !== undefined ? "null" : "number";
    if (this.#wanted !== undefined && this.#depth === 1) this.#sink.onPiece(this.#wanted, text, kind);
    this.closeValue(kind);
  }

  private readStructure(code: number): void {
    if (this.#state === "scalar") this.closeScalar();
    if (code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d) return;
    switch (this.#state) {
      case "start":
        if (code !== 0x7b) throw new SyntaxError("JSON: not an object");
        this.open(code);
        break;
      case "first-value":
        if (code === 0x5d) this.close(code);
        else this.beginValue(code);
        break;
      case "value":
        this.beginValue(code);
        break;
      case "first-name":
        if (code === 0x7d) this.close(code);
        else this.beginName(code);
        break;
      case "name":
        this.beginName(code);
        break;
      case "colon":
        if (code !== 0x3a) throw new SyntaxError("JSON: a name without a colon");
        this.#state = "value";
        break;
      case "next":
        if (code !== 0x2c) this.close(code);
        else this.#state = this.isObject() ? "name" : "value";
        break;
      default:
        throw new SyntaxError("JSON: text behind the object");
    }
  }

  private beginName(code: number): void {
    if (code !== QUOTE) throw new SyntaxError("JSON: a member without a name");
    this.#name.clear();
    this.#nameFits = true;
    this.#inName = true;
    this.#state = "string";
  }

  private beginValue(code: number): void {
    if (code === QUOTE) this.#state = "string";
    else if (code === 0x5b || code === 0x7b) {
      if (this.#wanted !== undefined && this.#depth === 1) this.#sink.onValue(this.#wanted, "container");
      this.open(code);
    } else {
      this.#scalar.clear();
      this.#state = "scalar";
      this.#unit[0] = code;
      if (isDelimiter(code)) throw new SyntaxError("JSON: a value is missing");
      this.readScalar(this.#unit.subarray(0, 1), 0);
    }
  }

  private isObject(): boolean {
    return ((this.#objects >> this.#depth) & 1) === 1;
  }

  private open(code: number): void {
    if (++this.#depth > JSON_DEPTH_LIMIT) throw new RangeError(`JSON: nested deeper than ${JSON_DEPTH_LIMIT}`);
    const bit = 1 << this.#depth;
    this.#objects = code === 0x7b ? this.#objects | bit : this.#objects & ~bit;
    this.#state = code === 0x7b ? "first-name" : "first-value";
  }

  private close(code: number): void {
    if (code !== (this.isObject() ? 0x7d : 0x5d)) throw new SyntaxError("JSON: a comma or a bracket is missing");
    this.#state = --this.#depth === 0 ? "end" : "next";
  }
}

/** What may stand behind a number or a literal. */
function isDelimiter(code: number): boolean {
  return code === 0x2c || code === 0x5d || code === 0x7d || code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
