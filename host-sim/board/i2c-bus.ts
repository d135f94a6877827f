// The board's I2C bus: parts by address, transfers as a controller makes them, and what goes wrong on two wires.

import type { I2CPart, Surroundings } from "./part.js";

/** One bus. What nobody acknowledges throws, as the chip's own class does. */
export class I2CBus {
  /** True: a line is held low, and no transfer works whoever it is for. */
  stuck = false;
  readonly #world: Pick<Surroundings, "now" | "delay" | "random">;
  readonly #parts = new Map<number, I2CPart>();

  constructor(world: Pick<Surroundings, "now" | "delay" | "random">) {
    this.#world = world;
  }

  /** @throws RangeError when another part has the address */
  add(part: I2CPart): void {
    if (this.#parts.has(part.address)) throw new RangeError(`two parts at I2C address 0x${part.address.toString(16)}`);
    this.#parts.set(part.address, part);
  }

  /** True when somebody acknowledges the address. */
  probe(address: number): boolean {
    return this.#answering(address) !== undefined;
  }

  /** @returns false: not acknowledged, or not in time */
  write(address: number, bytes: Uint8Array, timeoutMs: number): boolean {
    const part = this.#ready(address, timeoutMs);
    return part?.write(bytes) ?? false;
  }

  /** @returns `length` bytes; undefined: not acknowledged, or not in time */
  read(address: number, length: number, timeoutMs: number): Uint8Array | undefined {
    const part = this.#ready(address, timeoutMs);
    if (!part) return undefined;
    const stretchMs = part.stretchesUntil() - this.#world.now();
    if (stretchMs > 0) this.#world.delay(Math.min(stretchMs, timeoutMs));
    if (stretchMs > timeoutMs) return undefined;
    const bytes = part.read(length);
    if (bytes && part.fault === "noise") this.#world.random.fill(bytes);
    return bytes;
  }

  #answering(address: number): I2CPart | undefined {
    const part = this.stuck ? undefined : this.#parts.get(address);
    return part?.fault === "absent" ? undefined : part;
  }

  #ready(address: number, timeoutMs: number): I2CPart | undefined {
    const part = this.#answering(address);
    if (!this.stuck && part?.fault !== "hangs") return part;
    this.#world.delay(timeoutMs);
    return undefined;
  }
}
