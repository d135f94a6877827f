// Base64 and base64url (RFC 4648 §4, §5), strict both ways. Works on character codes: nothing is allocated per byte.

import { latin1 } from "./utf8.js";

/** The two characters in which the alphabets differ, for the values 62 and 63. */
interface Alphabet {
  code62: number;
  code63: number;
}
const STANDARD: Alphabet = { code62: 0x2b, code63: 0x2f }; // + /
const URL_SAFE: Alphabet = { code62: 0x2d, code63: 0x5f }; // - _
const PAD = 0x3d; // =

/** Base64 with padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  return encode(bytes, STANDARD, true);
}

/** base64url without padding (RFC 7515 §2). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE, false);
}

/**
 * Bytes of base64 text with its padding; white space is not skipped.
 * @throws RangeError for other characters, wrong padding, or stray bits in the last character
 */
export function decodeBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) throw new RangeError("base64: the length is not a multiple of 4");
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return decode(text, text.length - padding, STANDARD);
}

/**
 * Bytes of base64url text without padding (RFC 7515 §2).
 * @throws RangeError for other characters (`=` too), an impossible length, or stray bits in the last character
 */
export function decodeBase64Url(text: string): Uint8Array {
  return decode(text, text.length, URL_SAFE);
}

/** The 6-bit value of a character of the standard alphabet, or -1 for any other. */
export function base64Value(code: number): number {
  return sixBits(code, STANDARD);
}

function sixBits(code: number, alphabet: Alphabet): number {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41; // A–Z
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26; // a–z
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52; // 0–9
  if (code === alphabet.code62) return 62;
  return code === alphabet.code63 ? 63 : -1;
}

function codeOf(value: number, alphabet: Alphabet): number {
  if (value < 26) return value + 0x41;
  if (value < 52) return value - 26 + 0x61;
  if (value < 62) return value - 52 + 0x30;
  return value === 62 ? alphabet.code62 : alphabet.code63;
}

function encode(bytes: Uint8Array, alphabet: Alphabet, padded: boolean): string {
  const text = new Uint8Array(padded ? Math.ceil(bytes.length / 3) * 4 : Math.ceil((bytes.length * 4) / 3));
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const have = Math.min(3, bytes.length - i);
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let k = 0; k <= have; k++) text[at++] = codeOf((word >> (18 - 6 * k)) & 63, alphabet);
  }
  text.fill(PAD, at);
  return latin1(text);
}

function decode(text: string, length: number, alphabet: Alphabet): Uint8Array {
  if (length % 4 === 1) throw new RangeError("base64: impossible length");
  const bytes = new Uint8Array((length * 6) >> 3);
  let word = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    const value = sixBits(text.charCodeAt(i), alphabet);
    if (value < 0) throw new RangeError("base64: a character outside the alphabet");
    word = ((word << 6) | value) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (word >> bits) & 0xff;
    }
  }
  if ((word & ((1 << bits) - 1)) !== 0) throw new RangeError("base64: stray bits at the end");
  return bytes;
}
