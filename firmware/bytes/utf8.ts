// UTF-8 and ASCII without TextEncoder, which XS does not have (RFC 3629).

/**
 * UTF-8 bytes of a string.
 * @throws RangeError for a lone surrogate
 */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** Length of a string in UTF-8 bytes. @throws RangeError for a lone surrogate */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit < 0xd800 || unit > 0xdfff) length += 3;
    else {
      lowSurrogate(text, i, unit);
      length += 4;
      i++;
    }
  }
  return length;
}

/**
 * Writes a string as UTF-8 into `into` from `offset` on, without allocating.
 * @returns the offset behind the last byte written
 * @throws RangeError for a lone surrogate, or when the bytes do not fit
 */
export function writeUtf8(text: string, into: Uint8Array, offset: number): number {
  if (offset + utf8Length(text) > into.length) throw new RangeError("the text does not fit into the buffer");
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) into[at++] = unit;
    else if (unit < 0x800) {
      into[at++] = 0xc0 | (unit >> 6);
      into[at++] = 0x80 | (unit & 0x3f);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      into[at++] = 0xe0 | (unit >> 12);
      into[at++] = 0x80 | ((unit >> 6) & 0x3f);
      into[at++] = 0x80 | (unit & 0x3f);
    } else {
      const point = 0x10000 + ((unit - 0xd800) << 10) + (lowSurrogate(text, i, unit) - 0xdc00);
      into[at++] = 0xf0 | (point >> 18);
      into[at++] = 0x80 | ((point >> 12) & 0x3f);
      into[at++] = 0x80 | ((point >> 6) & 0x3f);
      into[at++] = 0x80 | (point & 0x3f);
      i++;
    }
  }
  return at;
}

function lowSurrogate(text: string, i: number, high: number): number {
  const low = text.charCodeAt(i + 1);
  if (high > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) throw new RangeError("lone surrogate in a string");
  return low;
}

/** Least code point of a sequence of 2, 3 and 4 bytes: anything below is an overlong form (RFC 3629 §3). */
const LEAST = [0, 0, 0x80, 0x800, 0x10000];

/** Length of the sequence that a byte begins, 1–4, or 0 for a byte that begins none. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

/** Code points or bytes that become a string in one call: few enough for XS's stack, many enough to spare copies. */
const RUN = 64;

/**
 * The string of UTF-8 bytes. A byte order mark is an ordinary character (MQTT 3.1.1 [MQTT-1.5.3-3]).
 * @throws RangeError for ill-formed bytes: overlong forms, surrogates, stray or missing continuation bytes
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte < 0x80)) return latin1(bytes);
  let text = "";
  let run: number[] = [];
  let i = 0;
  while (i < bytes.length) {
    const first = bytes[i++]!;
    const length = sequenceLength(first);
    if (length === 0) throw new RangeError("ill-formed UTF-8");
    let point = length === 1 ? first : first & (0x7f >> length);
    for (let k = 1; k < length; k++) {
      const next = bytes[i++];
      if (next === undefined || (next & 0xc0) !== 0x80) throw new RangeError("ill-formed UTF-8");
      point = (point << 6) | (next & 0x3f);
    }
    if (point < LEAST[length]! || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
      throw new RangeError("ill-formed UTF-8");
    }
    run.push(point);
    if (run.length === RUN) {
      text += String.fromCodePoint(...run);
      run = [];
    }
  }
  return text + String.fromCodePoint(...run);
}

/** Bytes as text, each byte one character 0–255: for bytes that are known to be ASCII, or only shown. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += RUN) text += String.fromCharCode(...bytes.subarray(i, i + RUN));
  return text;
}

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
