// A NOR flash partition in memory, as harsh as the real one: an erase sets ones, a write only clears bits, blocks wear, and
// the power may go at any byte of any write or erase. What it holds stays when a device built on it is thrown away.

import type { Flash, FlashStatus } from "../../firmware/platform/storage.js";

/** Geometry; the defaults are an ESP32's sector and the alignment of flash encryption. */
export interface NorFlashOptions {
  blocks?: number;
  /** Bytes that one erase clears. */
  blockLength?: number;
  /** Offset and length of each write are multiples of this many bytes. */
  writeAlign?: number;
  /** Erases that a block stands; each one more leaves a bit behind that does not rise. Left out: any number. */
  endurance?: number;
  /** Numbers 0 <= x < 1 that decide what half-done work leaves behind. */
  random?: () => number;
}

/** The power is gone: thrown by the operation in which it went, and by each after it until `powerOn`. */
export class PowerCut extends Error {
  constructor() {
    super("the power is off");
    this.name = "PowerCut";
  }
}

const ERASED = 0xff;
/** Steps of an erase at which the power can go. */
export const ERASE_STEPS = 8;

export class NorFlash implements Flash {
  /** Erases of each block so far. */
  readonly wear: number[];
  /** Bytes written so far to places that were not erased. */
  overwrites = 0;
  readonly #bytes: Uint8Array;
  readonly #status: FlashStatus;
  readonly #random: () => number;
  readonly #endurance: number;
  #stepsLeft = Number.POSITIVE_INFINITY;
  #on = true;

  constructor(options: NorFlashOptions = {}) {
    const { blocks = 16, blockLength = 4096, writeAlign = 16, random = Math.random } = options;
    this.#bytes = new Uint8Array(blocks * blockLength).fill(ERASED);
    this.#status = { size: this.#bytes.length, blockLength, blocks, writeAlign, eraseValue: ERASED };
    this.#random = random;
    this.#endurance = options.endurance ?? Number.POSITIVE_INFINITY;
    this.wear = new Array<number>(blocks).fill(0);
  }

  status(): FlashStatus {
    return this.#status;
  }

  read(length: number, offset: number): Uint8Array {
    this.#check(length, offset, 1);
    return this.#bytes.slice(offset, offset + length);
  }

  write(bytes: Uint8Array, offset: number): void {
    this.#check(bytes.length, offset, this.#status.writeAlign);
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (this.#bytes[offset + i] !== ERASED && byte !== ERASED) this.overwrites++;
      // A byte in whose middle the power goes has some of its bits.
      const done = this.#step() ? byte : byte | this.#noise();
      this.#bytes[offset + i]! &= done;
      if (!this.#on) throw new PowerCut();
    }
  }

  eraseBlock(block: number): void {
    const { blockLength, blocks } = this.#status;
    if (!Number.isInteger(block) || block < 0 || block >= blocks) throw new RangeError(`no block ${block}`);
    if (!this.#on) throw new PowerCut();
    this.wear[block]!++;
    const from = block * blockLength;
    for (let i = 0; i < ERASE_STEPS && this.#on; i++) this.#step();
    // All bits of a block rise together: an erase that was cut short leaves any of them behind.
    for (let i = from; i < from + blockLength; i++) this.#bytes[i]! |= this.#on ? ERASED : this.#noise();
    for (let worn = this.#endurance; worn < this.wear[block]!; worn++) {
      this.damage(from + Math.floor(this.#random() * blockLength), 1 << Math.floor(this.#random() * 8));
    }
    if (!this.#on) throw new PowerCut();
  }

  /** The power goes after this many more steps of work: each byte written is one, each erase ERASE_STEPS. */
  cutAfter(steps: number): void {
    this.#stepsLeft = steps;
  }

  /** The power is back, and stays. */
  powerOn(): void {
    this.#on = true;
    this.#stepsLeft = Number.POSITIVE_INFINITY;
  }

  get on(): boolean {
    return this.#on;
  }

  /** Ages one byte: sets some of its bits to 0, as no power cut does. */
  damage(offset: number, mask: number): void {
    this.#bytes[offset]! &= ~mask;
  }

  /** One step of work. @returns false when the power goes in it */
  #step(): boolean {
    this.#on = this.#stepsLeft-- > 0;
    return this.#on;
  }

  #noise(): number {
    return Math.floor(this.#random() * 256);
  }

  #check(length: number, offset: number, align: number): void {
    if (!this.#on) throw new PowerCut();
    if (offset < 0 || offset + length > this.#bytes.length) throw new RangeError("outside of the partition");
    if (offset % align !== 0 || length % align !== 0) throw new RangeError(`not aligned to ${align} bytes`);
  }
}

/** Writes bytes of any number: the last unit as erased flash has it. */
export function writeAny(flash: Pick<Flash, "status" | "write">, bytes: Uint8Array, offset: number): void {
  const { writeAlign, eraseValue } = flash.status();
  const whole = new Uint8Array(Math.ceil(bytes.length / writeAlign) * writeAlign).fill(eraseValue);
  whole.set(bytes);
  flash.write(whole, offset);
}
