// As much of Node's Buffer as the desk and mqtt-packet use, for the page: a third of what npm's `buffer` weighs. The tests
// hold it against Node's (test/scripts/page-shims.test.ts).

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Characters at a time: an argument list is bounded. */
const PIECE = 8_192;

function latin1(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return text;
}

const fromLatin1 = (text) => Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i) & 0xff);

/** Text to bytes, and back, by the names of the encodings. */
const FROM = {
  utf8: (text) => encoder.encode(text),
  latin1: fromLatin1,
  base64: (text) => fromLatin1(atob(text.replace(/=+$/, ""))),
  hex: (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
};
const TO = {
  utf8: (bytes) => utf8.decode(bytes),
  latin1,
  base64: (bytes) => btoa(latin1(bytes)),
  hex: (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""),
};
const ALIASES = { "utf-8": "utf8", ascii: "latin1", binary: "latin1" };
const codec = (table, encoding = "utf8") => {
  const name = ALIASES[encoding] ?? encoding;
  if (!Object.hasOwn(table, name)) throw new TypeError(`Unknown encoding: ${encoding}`);
  return table[name];
};

export class Buffer extends Uint8Array {
  static from(source, encodingOrOffset, length) {
    if (typeof source === "string") return view(codec(FROM, encodingOrOffset)(source));
    if (source instanceof ArrayBuffer) return new Buffer(source, encodingOrOffset, length);
    const bytes = new Buffer(source.length);
    bytes.set(source);
    return bytes;
  }
  static alloc(length, fill = 0) {
    return new Buffer(length).fill(fill);
  }
  static allocUnsafe(length) {
    return new Buffer(length);
  }
  static isBuffer(value) {
    return value instanceof Buffer;
  }
  static byteLength(value, encoding) {
    return typeof value === "string" ? codec(FROM, encoding)(value).length : value.byteLength;
  }
  static concat(list, total = list.reduce((sum, { length }) => sum + length, 0)) {
    const all = new Buffer(total);
    let at = 0;
    for (const bytes of list) {
      all.set(bytes, at);
      at += bytes.length;
    }
    return all;
  }
  static compare(a, b) {
    const at = a.findIndex((byte, i) => byte !== b[i]);
    if (at < 0 || at >= b.length) return Math.sign(a.length - b.length);
    return a[at] < b[at] ? -1 : 1;
  }

  toString(encoding, from = 0, to = this.length) {
    return codec(TO, encoding)(this.subarray(from, to));
  }
  /** A view, as Node's. */
  slice(from, to) {
    return this.subarray(from, to);
  }
  equals(other) {
    return this.length === other.length && this.every((byte, i) => byte === other[i]);
  }
  copy(target, at = 0, from = 0, to = this.length) {
    const piece = this.subarray(from, Math.min(to, from + target.length - at));
    target.set(piece, at);
    return piece.length;
  }
  write(text, at = 0, ...rest) {
    const encoding = rest.find((each) => typeof each === "string");
    const bytes = codec(FROM, encoding)(text).subarray(0, this.length - at);
    this.set(bytes, at);
    return bytes.length;
  }
  indexOf(what, from = 0) {
    if (typeof what === "number") return super.indexOf(what, from);
    const wanted = typeof what === "string" ? encoder.encode(what) : what;
    for (let at = super.indexOf(wanted[0], from); at >= 0; at = super.indexOf(wanted[0], at + 1)) {
      if (wanted.every((byte, i) => this[at + i] === byte)) return at;
    }
    return -1;
  }
  includes(what, from) {
    return this.indexOf(what, from) >= 0;
  }

  readUInt8(at = 0) {
    return this[at];
  }
  readUInt16BE(at = 0) {
    return numbers(this).getUint16(at);
  }
  readUInt32BE(at = 0) {
    return numbers(this).getUint32(at);
  }
  readBigUInt64BE(at = 0) {
    return numbers(this).getBigUint64(at);
  }
  writeUInt8(value, at = 0) {
    this[at] = value;
    return at + 1;
  }
  writeUInt16BE(value, at = 0) {
    numbers(this).setUint16(at, value);
    return at + 2;
  }
  writeUInt32BE(value, at = 0) {
    numbers(this).setUint32(at, value);
    return at + 4;
  }
  writeBigUInt64BE(value, at = 0) {
    numbers(this).setBigUint64(at, value);
    return at + 8;
  }
}

const view = ({ buffer, byteOffset, byteLength }) => new Buffer(buffer, byteOffset, byteLength);
const numbers = ({ buffer, byteOffset, byteLength }) => new DataView(buffer, byteOffset, byteLength);
