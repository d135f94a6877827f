// DER as keys and certificates need it (ITU-T X.690 §10): definite, shortest lengths of at most 64 KB; single-byte tags.
// A reader walks values in their order.

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OID = 0x06;
export const SEQUENCE = 0x30;
/** Tag of a constructed context-specific value `[n]`. */
export const context = (n: number): number => 0xa0 | n;

/** Walks the values within one piece of DER. Views on the input come out, no copies. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Tag of the next value, or undefined at the end. */
  get next(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** Content of the next value, which must have this tag. @throws RangeError */
  read(tag: number): Uint8Array {
    if (this.next !== tag) throw malformed();
    const length = this.length();
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw malformed();
    return this.#bytes.subarray(from, this.#at);
  }

  /** As `read`, or undefined when the next value has another tag. */
  optional(tag: number): Uint8Array | undefined {
    return this.next === tag ? this.read(tag) : undefined;
  }

  /** A reader of the next value's content. */
  enter(tag: number): DerReader {
    return new DerReader(this.read(tag));
  }

  /** A small non-negative INTEGER: a version. */
  version(): number {
    const bytes = this.read(INTEGER);
    if (bytes.length !== 1 || bytes[0]! > 0x7f) throw malformed();
    return bytes[0]!;
  }

  /** A positive INTEGER as its bytes without the sign byte. */
  unsigned(): Uint8Array {
    const bytes = this.read(INTEGER);
    const padded = bytes[0] === 0 && bytes.length > 1;
    if (bytes.length === 0 || bytes[0]! > 0x7f || (padded && bytes[1]! < 0x80)) throw malformed();
    return padded ? bytes.subarray(1) : bytes;
  }

  /** A BIT STRING of whole bytes. */
  bits(): Uint8Array {
    const bytes = this.read(BIT_STRING);
    if (bytes.length === 0 || bytes[0] !== 0) throw malformed();
    return bytes.subarray(1);
  }

  /** @throws RangeError when something is left */
  end(): void {
    if (this.next !== undefined) throw malformed();
  }

  /** Length octets behind the tag (X.690 §8.1.3, §10.1). */
  private length(): number {
    const first = this.#bytes[this.#at + 1];
    if (first === undefined || first === 0x80 || first > 0x82) throw malformed();
    this.#at += 2;
    if (first < 0x80) return first;
    let length = 0;
    for (let count = first & 0x7f; count > 0; count--) {
      const octet = this.#bytes[this.#at++];
      if (octet === undefined) throw malformed();
      length = (length << 8) | octet;
    }
    if (length < (first === 0x81 ? 0x80 : 0x100)) throw malformed();
    return length;
  }
}

function malformed(): RangeError {
  return new RangeError("malformed DER");
}

/** One DER value around its parts. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A positive INTEGER: a sign byte in front where the first bit is set; leading zeros are dropped. */
export function derUnsigned(bytes: Uint8Array): Uint8Array {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const significant = bytes.subarray(from);
  return significant[0]! > 0x7f ? der(INTEGER, Uint8Array.of(0), significant) : der(INTEGER, significant);
}
