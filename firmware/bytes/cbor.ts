// CBOR (RFC 8949) of what the program has as JSON text: one pass, nothing held but the output. Whole numbers and text in their
// shortest form, fractions as the shorter float that is the same number; objects and lists without a length (§3.2.2), since JSON
// does not tell theirs. Names in the outermost object may be whole numbers instead, by a table (§3.1 lets a key be any item).

import { knownKey } from "./known.js";
import { encodeUtf8 } from "./utf8.js";

/** Most bytes of a head that `arrayHead` writes: for up to 255 elements. */
export const HEAD_MOST = 2;

/** Major types (RFC 8949 §3.1), shifted to their place. */
const [UNSIGNED, NEGATIVE, TEXT, ARRAY] = [0x00, 0x20, 0x60, 0x80];
/** Arguments that stand in the first byte; above it the argument follows in 1, 2, 4 or 8 bytes (§3). */
const SHORT_MOST = 23;
const [LIST, OBJECT, BREAK] = [0x9f, 0xbf, 0xff];
const [FALSE, TRUE, NULL] = [0xf4, 0xf5, 0xf6];
const [SINGLE, DOUBLE] = [0xfa, 0xfb];

/** The head of an array of 0 to 255 items, which stand behind it as they are. */
export function arrayHead(count: number): Uint8Array {
  return count <= SHORT_MOST ? Uint8Array.of(ARRAY | count) : Uint8Array.of(ARRAY | 24, count);
}

/** Names of an object's members, and the number that stands for each: 0 to 255. */
export type CborNames = Readonly<Record<string, number>>;

/** Text that stands for itself in JSON, without blanks. */
const WORDS: readonly (readonly [word: string, item: number])[] = [
  ["true", TRUE],
  ["false", FALSE],
  ["null", NULL],
];
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What a number is made of: `+-.0-9Ee`. */
const inNumber = (code: number) =>
  (code >= 0x2b && code <= 0x39 && code !== 0x2c && code !== 0x2f) || code === 0x65 || code === 0x45;

/**
 * @param json compact JSON that the program itself has written
 * @param names of members of the outermost object; others stand as text
 * @returns undefined for what is no such JSON
 */
export function cborOf(json: string, names: CborNames): Uint8Array | undefined {
  // No item is longer in CBOR than twice its JSON: `1.5` is five bytes, and `0.1` nine.
  const out = new Writer(3 * json.length + 9);
  let depth = 0;
  let at = 0;
  let isName = false;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (code === 0x7b || code === 0x5b) {
      depth++;
      out.octet(code === 0x7b ? OBJECT : LIST);
      at++;
      isName = code === 0x7b;
    } else if (code === 0x7d || code === 0x5d) {
      if (depth-- === 0) return undefined;
      out.octet(BREAK);
      at++;
    } else if (code === 0x2c || code === 0x3a) at++;
    else if (code === QUOTE) {
      const end = endOfText(json, at);
      if (end === undefined) return undefined;
      const text = textOf(json, at, end);
      isName = json.charCodeAt(end) === 0x3a;
      const number = isName && depth === 1 ? numberOf(names, text) : undefined;
      if (number === undefined) out.text(text);
      else out.head(UNSIGNED, number);
      at = end;
    } else if (inNumber(code)) {
      const from = at;
      while (at < json.length && inNumber(json.charCodeAt(at))) at++;
      if (!out.number(Number(json.slice(from, at)))) return undefined;
    } else {
      const word = WORDS.find(([text]) => json.startsWith(text, at));
      if (word === undefined) return undefined;
      out.octet(word[1]);
      at += word[0].length;
    }
  }
  return depth === 0 ? out.bytes : undefined;
}

function numberOf(names: CborNames, text: string): number | undefined {
  const name = knownKey(names, text);
  return name === undefined ? undefined : names[name];
}

/** Where a text ends that begins at `from`, its quotes included. */
function endOfText(json: string, from: number): number | undefined {
  for (let at = from + 1; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
  }
  return undefined;
}

/** Escapes that JSON.stringify writes, but for \\u. */
const ESCAPES: readonly (readonly [escape: string, text: string])[] = [
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
];

function textOf(json: string, from: number, end: number): string {
  let text = "";
  let begun = from + 1;
  for (let at = begun; at < end - 1; at++) {
    if (json.charCodeAt(at) !== BACKSLASH) continue;
    text += json.slice(begun, at);
    const letter = json[++at]!;
    if (letter === "u") {
      text += String.fromCharCode(Number.parseInt(json.slice(at + 1, at + 5), 16));
      at += 4;
    } else text += ESCAPES.find(([short]) => short === letter)?.[1] ?? letter;
    begun = at + 1;
  }
  return text + json.slice(begun, end - 1);
}

/** Items, one behind the other. */
class Writer {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #length = 0;

  /** @param capacity bytes that are enough */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  octet(octet: number): void {
    this.#bytes[this.#length++] = octet;
  }

  /** @param argument 0 to 2^53 - 1 */
  head(type: number, argument: number): void {
    if (argument <= SHORT_MOST) {
      this.octet(type | argument);
      return;
    }
    const power = argument <= 0xff ? 0 : argument <= 0xffff ? 1 : argument <= 0xffff_ffff ? 2 : 3;
    this.octet(type | (24 + power));
    for (let i = (1 << power) - 1; i >= 0; i--) this.octet(Math.floor(argument / 2 ** (8 * i)) % 256);
  }

  text(text: string): void {
    const bytes = encodeUtf8(text);
    this.head(TEXT, bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** @returns false for what is no finite number */
  number(value: number): boolean {
    if (Number.isSafeInteger(value)) {
      if (value < 0) this.head(NEGATIVE, -1 - value);
      else this.head(UNSIGNED, value);
      return true;
    }
    const isSingle = Math.fround(value) === value;
    this.octet(isSingle ? SINGLE : DOUBLE);
    if (isSingle) this.#view.setFloat32(this.#length, value);
    else this.#view.setFloat64(this.#length, value);
    this.#length += isSingle ? 4 : 8;
    return Number.isFinite(value);
  }
}
