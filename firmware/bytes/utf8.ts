// UTF-8 and ASCII without TextEncoder, which XS does not have (RFC 3629).
//
// The language's own UTF-8 is in encodeURIComponent and decodeURIComponent (ECMA-262 §19.2.6): they refuse lone
// surrogates, and should refuse overlong forms and all else that is ill-formed; XS does not, so bytes are looked at
// here before. `escape` and `unescape` (Annex B.2.1) pass between %XX and characters 0–255, so a "binary string" with
// one character for each byte is the way from text to bytes and back.

/** Bytes that become a string in one call: few enough for XS's stack, many enough to spare copies. */
const RUN = 64;

/** ASCII as it is, other text converted; undefined when that throws. */
function convert(text: string, how: (text: string) => string): string | undefined {
  try {
    return /[^ -~]/.test(text) ? how(text) : text;
  } catch {}
}

/** The text's UTF-8 as a binary string; undefined for a lone surrogate. */
const toBinary = (text: string): string | undefined => convert(text, (t) => unescape(encodeURIComponent(t)));

/** The text whose UTF-8 `bytes` are; undefined for ill-formed bytes. A byte order mark is an ordinary character. */
export const fromUtf8 = (bytes: Uint8Array): string | undefined =>
  asciiByXs(bytes) ??
  (isWellFormed(bytes) ? convert(latin1(bytes), (binary) => decodeURIComponent(escape(binary))) : undefined);

/** XS makes text of UTF-8 by itself too; it refuses less than it should, and ends where a byte is 0. */
type XsString = { fromArrayBuffer?: (bytes: ArrayBufferLike, from: number, length: number) => string };

/** ASCII without U+0000 as text, by XS; undefined for all else, and elsewhere. Only ASCII has as many characters as bytes. */
function asciiByXs({ buffer, byteOffset, length }: Uint8Array): string | undefined {
  try {
    const text = (String as XsString).fromArrayBuffer?.(buffer, byteOffset, length);
    return text?.length === length ? text : undefined;
  } catch {}
}

/** Least code point that needs a first byte of so many bytes, and the greatest that there is (RFC 3629 §3). */
const LEAST = [0, 0, 0x80, 0x800, 0x1_0000];
const GREATEST = 0x10_ffff;

/**
 * Whether bytes are UTF-8 (RFC 3629 §4): XS's decodeURIComponent takes overlong forms, halves of pairs and forms of
 * five bytes.
 */
function isWellFormed(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at++]!;
    if (first < 0x80) continue;
    const length = first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
    if (length === 0 || at + length - 1 > bytes.length) return false;
    let code = first & (0x7f >> length);
    for (let left = length; left > 1; left--) {
      const byte = bytes[at++]!;
      if ((byte & 0xc0) !== 0x80) return false;
      code = (code << 6) | (byte & 0x3f);
    }
    if (code < LEAST[length]! || code > GREATEST || (code & ~0x7ff) === 0xd800) return false;
  }
  return true;
}

/**
 * Writes bytes into `into` from `at` on, if they fit.
 * @returns the offset behind the last byte, had they fitted
 */
export function putBytes(into: Uint8Array, at: number, bytes: Uint8Array): number {
  const end = at + bytes.length;
  if (end <= into.length) into.set(bytes, at);
  return end;
}

/** XS makes UTF-8 by itself, in a tenth of the instructions; what it makes of a lone surrogate or U+0000 has another length. */
type XsArrayBuffer = { fromString?: (text: string) => ArrayBuffer };

/** UTF-8 by XS where it makes `length` bytes of the text; undefined else, and elsewhere. Only ASCII has a byte a character. */
function utf8ByXs(text: string, length: number): Uint8Array | undefined {
  const made = (ArrayBuffer as XsArrayBuffer).fromString?.(text);
  return made?.byteLength === length ? new Uint8Array(made) : undefined;
}

/**
 * Writes a string as UTF-8 into `into` from `offset` on. What does not fit is left out, but counted.
 * @returns the offset behind the last byte, had all of it fitted; NaN for a lone surrogate
 */
export function putUtf8(text: string, into: Uint8Array, offset: number): number {
  const ascii = utf8ByXs(text, text.length);
  if (ascii) return putBytes(into, offset, ascii);
  const binary = toBinary(text);
  // NaN for want of a binary string.
  const end = offset + (binary?.length as number);
  const bytes = utf8ByXs(text, end - offset);
  if (bytes) return putBytes(into, offset, bytes);
  for (let at = offset; at < end; at++) into[at] = binary!.charCodeAt(at - offset);
  return end;
}

/**
 * UTF-8 bytes of a string.
 * @throws RangeError for a lone surrogate
 */
export function encodeUtf8(text: string): Uint8Array {
  const ascii = utf8ByXs(text, text.length);
  if (ascii) return ascii;
  const bytes = new Uint8Array(utf8Length(text));
  putUtf8(text, bytes, 0);
  return bytes;
}

/** Length of a string in UTF-8 bytes. @throws RangeError for a lone surrogate */
export function utf8Length(text: string): number {
  const binary = toBinary(text);
  if (binary === undefined) throw new RangeError("lone surrogate in a string");
  return binary.length;
}

/**
 * The string of UTF-8 bytes. A byte order mark is an ordinary character (MQTT 3.1.1 [MQTT-1.5.3-3]).
 * @throws RangeError for ill-formed bytes: overlong forms, surrogates, stray or missing continuation bytes
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  if (text === undefined) throw new RangeError("ill-formed UTF-8");
  return text;
}

/** Bytes as text, each byte one character 0–255: for bytes that are known to be ASCII, or only shown. */
export function latin1(bytes: Uint8Array): string {
  const ascii = asciiByXs(bytes);
  if (ascii !== undefined) return ascii;
  let text = "";
  for (let i = 0; i < bytes.length; i += RUN) {
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + RUN) as unknown as number[]);
  }
  return text;
}

/**
 * Length in UTF-8 bytes of text that may stand in an identifier on any wire: no control character (U+0000 to U+001F, U+007F
 * to U+009F), no non-character, no lone surrogate. MQTT 3.1.1 §1.5.3 lets a peer end the connection for each of them, and
 * mosquitto does. Infinity for other text, which fits nowhere.
 */
export function plainLength(text: string): number {
  if (!/[^ -~]/.test(text)) return text.length;
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const isControl = code < 0x20 || (code > 0x7e && code < 0xa0);
    const isNoCharacter = (code & 0xfffe) === 0xfffe || (code > 0xfdcf && code < 0xfdf0);
    if (isControl || isNoCharacter || (code > 0xd7ff && code < 0xe000)) return Number.POSITIVE_INFINITY;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return length;
}

/** True for text that has a `plainLength`. */
export const isPlainText = (text: string): boolean => plainLength(text) < Number.POSITIVE_INFINITY;

/**
 * What may be shown of bytes or text from outside: printable ASCII, everything else as `.`, at most `limit` characters.
 */
export function excerpt(from: Uint8Array | string, limit: number): string {
  const text = typeof from === "string" ? from : latin1(from.subarray(0, limit));
  let shown = "";
  for (let i = 0; i < text.length && i < limit; i++) {
    const unit = text.charCodeAt(i);
    shown += unit >= 0x20 && unit < 0x7f ? text[i] : ".";
  }
  return shown;
}
