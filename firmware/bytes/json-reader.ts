// The grammar of one JSON object (RFC 8259), read as its text arrives: a few bytes of state, whatever the text's length, and no
// recursion, since the input decides how deep it is nested. The grammar is checked in full. What is picked out of the text is for
// the classes that extend this one. A name is never made a property: XS keeps every new property name for good.
// Strings are not checked to be well-formed UTF-8: whoever turns them into text does that.

import { Collector } from "./collector.js";
import { latin1 } from "./utf8.js";

/** Longest member name that is told in full. In bytes. */
export const JSON_NAME_LIMIT = 64;
/** Longest number. */
export const JSON_NUMBER_LIMIT = 40;
/** Most containers within each other. */
export const JSON_DEPTH_LIMIT = 16;

/** What a value is. */
export type JsonKind = "string" | "number" | "boolean" | "null" | "container";

type State =
  | "start" // before the object
  | "value"
  | "first-value" // behind [
  | "name"
  | "first-name" // behind {
  | "colon"
  | "next" // behind a value
  | "string"
  | "quoted" // behind a string's second quote
  | "escape"
  | "hex"
  | "scalar"
  | "end"; // behind the object

const scalar = (text: string) =>
  /^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|(true|false)|(null))$/.exec(text);
/** Behind a backslash: what stands there, and in the same place what it means. Not a table by name: to look one up keeps it. */
const ESCAPES = '"\\/bfnrt';
const MEANT = '"\\/\b\f\n\r\t';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Reads one JSON object in pieces of any size, and tells what it finds to the class that extends it. */
export abstract class JsonReader {
  readonly #deepest: number;
  #state: State = "start";
  #depth = 0;
  /** Bit n: the container at depth n is an object. */
  #objects = 0;
  /** True while the string being read is a member's name. */
  #inName = false;
  #nameFits = true;
  /** The name, number or literal so far. */
  readonly #word = new Collector(JSON_NAME_LIMIT);
  readonly #unit = new Uint8Array(4);
  #hex = 0;
  #hexDigits = 0;
  #highSurrogate = 0;

  /** @param deepest most containers within each other, 1 to 30: 1 is an object of plain values */
  constructor(deepest: number = JSON_DEPTH_LIMIT) {
    this.#deepest = deepest;
  }

  /**
   * A member's name has been read; its value comes next.
   * @param name one character for each byte, at most `JSON_NAME_LIMIT` of them
   * @param whole false: the name is longer
   */
  protected abstract onName(name: string, whole: boolean): void;
  /**
   * A piece of a string value, escapes decoded, or the whole text of a number or literal. The view is valid only during the
   * call.
   */
  protected abstract onPiece(piece: Uint8Array, kind: JsonKind): void;
  /** A value is complete; a container, but the outermost object: has begun. */
  protected abstract onValue(kind: JsonKind, isList: boolean): void;
  /** A container is complete, but the outermost object. */
  protected onClosed(): void {}

  /** Containers that are open: what is told now stands in the innermost; 1 is the outermost object. */
  protected get depth(): number {
    return this.#depth;
  }

  /** @throws SyntaxError when the text is not one JSON object; RangeError past a limit */
  push(bytes: Uint8Array): void {
    let i = 0;
    // A string is closed from here and not from within its reader: XS's stack is short, and whoever is told goes on from here.
    while (i < bytes.length || this.#state === "quoted") {
      if (this.#state === "quoted") this.closeString();
      else if (this.#state === "string") i = this.readString(bytes, i);
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
    else if (bytes[to] === QUOTE) this.#state = "quoted";
    else throw new SyntaxError("JSON: control character in a string");
    return to + 1;
  }

  private closeString(): void {
    this.refuseLoneHigh();
    if (this.#inName) {
      this.#inName = false;
      this.#state = "colon";
      this.onName(latin1(this.#word.bytes), this.#nameFits);
    } else {
      this.#state = "next";
      this.onValue("string", false);
    }
  }

  /** A piece of a string's content. */
  private emit(piece: Uint8Array): void {
    this.refuseLoneHigh();
    if (!this.#inName) {
      this.onPiece(piece, "string");
      return;
    }
    const room = JSON_NAME_LIMIT - this.#word.length;
    this.#word.add(piece.subarray(0, room));
    if (piece.length > room) this.#nameFits = false;
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
    const index = ESCAPES.indexOf(String.fromCharCode(code));
    if (index < 0) throw new SyntaxError("JSON: unknown escape in a string");
    this.#unit[0] = MEANT.charCodeAt(index);
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
    if (this.#word.length + to - from > JSON_NUMBER_LIMIT) {
      throw new RangeError(`JSON: a number longer than ${JSON_NUMBER_LIMIT} characters`);
    }
    this.#word.add(bytes.subarray(from, to));
    return to;
  }

  private closeScalar(): void {
    const text = this.#word.bytes;
    const match = scalar(latin1(text));
    if (!match) throw new SyntaxError("JSON: neither a number nor a literal");
    const kind = match[1] !== undefined ? "boolean" : match[2] !== undefined ? "null" : "number";
    this.onPiece(text, kind);
    this.#state = "next";
    this.onValue(kind, false);
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
        throw new SyntaxError("JSON: text after the object");
    }
  }

  private beginName(code: number): void {
    if (code !== QUOTE) throw new SyntaxError("JSON: a member without a name");
    this.#word.clear();
    this.#nameFits = true;
    this.#inName = true;
    this.#state = "string";
  }

  private beginValue(code: number): void {
    if (code === QUOTE) this.#state = "string";
    else if (code === 0x5b || code === 0x7b) {
      this.onValue("container", code === 0x5b);
      this.open(code);
    } else {
      this.#word.clear();
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
    if (++this.#depth > this.#deepest) throw new RangeError(`JSON: nested deeper than ${this.#deepest}`);
    const bit = 1 << this.#depth;
    this.#objects = code === 0x7b ? this.#objects | bit : this.#objects & ~bit;
    this.#state = code === 0x7b ? "first-name" : "first-value";
  }

  private close(code: number): void {
    if (code !== (this.isObject() ? 0x7d : 0x5d)) throw new SyntaxError("JSON: a comma or a bracket is missing");
    this.#state = --this.#depth === 0 ? "end" : "next";
    if (this.#depth > 0) this.onClosed();
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
