// Base64 and base64url (RFC 4648 §4, §5), strict both ways.

const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Base64 with padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encode(bytes, STANDARD);
  return text + "=".repeat((4 - (text.length % 4)) % 4);
}

/** base64url without padding (RFC 7515 §2). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE);
}

/**
 * Bytes of base64 text with its padding; white space is not skipped.
 * @throws RangeError for other characters, wrong padding, or stray bits in the last character
 */
export function decodeBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) throw new RangeError("base64: the length is not a multiple of 4");
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return decode(text.slice(0, text.length - padding), STANDARD);
}

/**
 * Bytes of base64url text without padding (RFC 7515 §2).
 * @throws RangeError for other characters (`=` too), an impossible length, or stray bits in the last character
 */
export function decodeBase64Url(text: string): Uint8Array {
  return decode(text, URL_SAFE);
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const have = Math.min(3, bytes.length - i);
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let k = 0; k <= have; k++) text += alphabet[(word >> (18 - 6 * k)) & 63];
  }
  return text;
}

function decode(text: string, alphabet: string): Uint8Array {
  const rest = text.length % 4;
  if (rest === 1) throw new RangeError("base64: impossible length");
  const bytes = new Uint8Array((text.length * 6) >> 3);
  let word = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const value = alphabet.indexOf(text[i]!);
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
