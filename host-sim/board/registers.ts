// Parts that are registers behind a pointer, as most are: the first byte written is the pointer, what follows is stored from
// there on; a read begins at the pointer.

import { I2CPart } from "./part.js";

/** Registers of 8 bits; reads and writes of several go on with the next ones. */
export abstract class ByteRegisters extends I2CPart {
  /** All writes in order, for tests and traces. */
  readonly writes: { register: number; value: number }[] = [];
  #pointer = 0;

  /** A register as it is read now. @param register 0 to 255 */
  protected abstract load(register: number): number;
  /** @param register 0 to 255 @param value 0 to 255 */
  protected abstract store(register: number, value: number): void;

  write(bytes: Uint8Array): boolean {
    const [pointer, ...values] = bytes;
    if (pointer === undefined) return true;
    this.#pointer = pointer;
    for (const value of values) {
      this.writes.push({ register: this.#pointer, value });
      this.store(this.#pointer, value);
      this.#pointer = (this.#pointer + 1) & 0xff;
    }
    return true;
  }

  read(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => {
      const register = this.#pointer;
      this.#pointer = (register + 1) & 0xff;
      return this.load(register);
    });
  }
}

/**
 * Registers of 16 bits, most significant byte first; the pointer stays, and a longer read repeats the register (TI's
 * sensors).
 */
export abstract class WordRegisters extends I2CPart {
  #pointer = 0;
  /** Bits of the pointer that count. */
  protected abstract readonly pointerMask: number;

  protected abstract load(register: number): number;
  /** @param value 0 to 65535. Of a write of one byte the low half is what it was. */
  protected abstract store(register: number, value: number): void;

  write(bytes: Uint8Array): boolean {
    const [pointer, high, low] = bytes;
    if (pointer === undefined) return true;
    this.#pointer = pointer & this.pointerMask;
    if (high !== undefined) this.store(this.#pointer, (high << 8) | (low ?? this.load(this.#pointer) & 0xff));
    return true;
  }

  read(length: number): Uint8Array {
    const value = this.load(this.#pointer);
    return Uint8Array.from({ length }, (_, at) => (at % 2 === 0 ? value >> 8 : value & 0xff));
  }

  override powerOn(): void {
    this.#pointer = 0;
  }
}
