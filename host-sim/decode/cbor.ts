// Reads CBOR (RFC 8949) as JavaScript values: what a device's compact records are, and what else has a meaning in JSON. Bytes
// from outside: bounded in depth, and nothing is allocated for a length that the bytes do not have.

/** Bytes that are no CBOR, or CBOR that no record is made of. */
export class CborError extends Error {
  override readonly name = "CborError";
}

/** Containers within each other. */
const DEPTH_MOST = 16;
const [INDEFINITE, BREAK] = [31, 0xff];
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A value and where the next one begins. */
export interface Item {
  value: unknown;
  end: number;
}

/**
 * Reads one item.
 * @param names what stands for the whole numbers that are keys of the outermost map
 * @throws CborError
 */
export function readItem(bytes: Uint8Array, at = 0, names: ReadonlyMap<number, string> = new Map()): Item {
  return new Reader(bytes, names).item(at, 0);
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #names: ReadonlyMap<number, string>;

  constructor(bytes: Uint8Array, names: ReadonlyMap<number, string>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#names = names;
  }

  item(at: number, depth: number): Item {
    if (depth > DEPTH_MOST) throw new CborError("nested too deep");
    const first = this.#octet(at);
    const [major, short] = [first >> 5, first & 0x1f];
    if (major === 7) return this.#simple(short, at + 1);
    if (major === 6) throw new CborError("a tag, which no record has");
    if (short === INDEFINITE && major >= 4) return this.#container(major, undefined, at + 1, depth);
    const { value: argument, end } = this.#argument(short, at + 1);
    if (major === 0) return { value: argument, end };
    if (major === 1) return { value: -1 - argument, end };
    if (major === 2) return { value: this.#slice(end, argument), end: end + argument };
    if (major === 3) return { value: this.#text(end, argument), end: end + argument };
    return this.#container(major, argument, end, depth);
  }

  #container(major: number, count: number | undefined, from: number, depth: number): Item {
    const list: unknown[] = [];
    const object = Object.create(null) as Record<string, unknown>;
    let at = from;
    for (let i = 0; count === undefined ? this.#octet(at) !== BREAK : i < count; i++) {
      if (major === 5) {
        const { value: key, end } = this.item(at, depth + 1);
        at = end;
        const { value, end: next } = this.item(at, depth + 1);
        object[this.#name(key, depth)] = value;
        at = next;
      } else {
        const { value, end } = this.item(at, depth + 1);
        list.push(value);
        at = end;
      }
    }
    return { value: major === 5 ? { ...object } : list, end: count === undefined ? at + 1 : at };
  }

  #name(key: unknown, depth: number): string {
    if (typeof key === "string") return key;
    if (typeof key !== "number") throw new CborError("a key that is neither text nor a number");
    return (depth === 0 ? this.#names.get(key) : undefined) ?? String(key);
  }

  #simple(short: number, at: number): Item {
    if (short === 20 || short === 21) return { value: short === 21, end: at };
    if (short === 22 || short === 23) return { value: null, end: at };
    if (short === 26) return { value: this.#sized(at, 4, () => this.#view.getFloat32(at)), end: at + 4 };
    if (short === 27) return { value: this.#sized(at, 8, () => this.#view.getFloat64(at)), end: at + 8 };
    throw new CborError("a simple value that no record has");
  }

  #argument(short: number, at: number): { value: number; end: number } {
    if (short <= 23) return { value: short, end: at };
    if (short > 27) throw new CborError("a length that is reserved");
    const size = 1 << (short - 24);
    const value = this.#sized(at, size, () => {
      let sum = 0;
      for (let i = 0; i < size; i++) sum = sum * 256 + this.#bytes[at + i]!;
      return sum;
    });
    if (value > Number.MAX_SAFE_INTEGER) throw new CborError("a number above 2^53");
    return { value, end: at + size };
  }

  #text(at: number, length: number): string {
    try {
      return utf8.decode(this.#slice(at, length));
    } catch (error) {
      if (error instanceof CborError) throw error;
      throw new CborError("text that is no UTF-8");
    }
  }

  #slice(at: number, length: number): Uint8Array {
    return this.#sized(at, length, () => this.#bytes.slice(at, at + length));
  }

  #octet(at: number): number {
    return this.#sized(at, 1, () => this.#bytes[at]!);
  }

  #sized<T>(at: number, size: number, read: () => T): T {
    if (at + size > this.#bytes.length) throw new CborError("cut off");
    return read();
  }
}
