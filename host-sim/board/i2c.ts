// ECMA-419's I2C and SMBus over the simulated bus, as Moddable's own classes for the ESP32 behave (SDK 8.2.3, modules/io/i2c):
// what they refuse, in whose words, and that a write of no bytes tells an absent device by its result.

import type { I2C, I2CClass, I2COptions, SMBus, SMBusClass } from "../../firmware/platform/bus.js";
import { type BufferLike, bytesOf } from "../../firmware/platform/io.js";
import type { I2CBus } from "./i2c-bus.js";

/** Longest transfer unless the options say otherwise, in milliseconds. */
const TIMEOUT_MS = 400;
const MOST_HZ = 20_000_000;

/** What is open on a board; a restart of the chip closes it all. */
export interface Ports {
  /** @throws when it is taken */
  take(key: string, close: () => void): void;
  free(key: string): void;
}

/** The two classes of a board, for one bus. @param pins the bus's; others are refused */
export function i2cClasses(
  bus: I2CBus,
  pins: { readonly data: number; readonly clock: number },
  ports: Ports,
): { I2C: I2CClass; SMBus: SMBusClass } {
  class BoardI2C implements I2C {
    #address: number | undefined;
    readonly #timeoutMs: number;

    constructor(options: I2COptions) {
      const { data, clock, address, hz, timeout = TIMEOUT_MS } = options;
      if (data === undefined) throw new RangeError("data required");
      if (clock === undefined) throw new RangeError("clock required");
      if (address === undefined) throw new RangeError("address required");
      // Any pins make a bus on the chip; on the board there is nothing on others.
      if (data !== pins.data || clock !== pins.clock)
        throw new RangeError(`the board's bus is on data ${pins.data}, clock ${pins.clock}`);
      if (!Number.isInteger(address) || address < 0 || address > 127) throw new RangeError("invalid address");
      if (!(hz > 0 && hz <= MOST_HZ)) throw new RangeError("invalid hz");
      // For ever (-1) would be a device that only its watchdog ends.
      if (!(timeout >= 0)) throw new RangeError("invalid timeout");
      ports.take(`I2C ${address}`, () => {
        this.#address = undefined;
      });
      this.#address = address;
      this.#timeoutMs = timeout;
    }

    get format(): string {
      return "buffer";
    }
    set format(value: string) {
      if (value !== "buffer") throw new RangeError("invalid format");
    }

    close(): void {
      if (this.#address === undefined) return;
      ports.free(`I2C ${this.#address}`);
      this.#address = undefined;
    }

    read(byteLength: number): ArrayBuffer;
    read(buffer: BufferLike): number;
    read(into: number | BufferLike): ArrayBuffer | number {
      return this.#receive(into, "read failed");
    }

    write(bytes: BufferLike): number | undefined {
      const given = bytesOf(bytes);
      if (given.length === 0) return bus.probe(this.#open()) ? undefined : 1;
      this.#send(given, "write failed");
      return undefined;
    }

    writeRead(bytes: BufferLike, byteLength: number): ArrayBuffer;
    writeRead(bytes: BufferLike, buffer: BufferLike): number;
    writeRead(bytes: BufferLike, into: number | BufferLike): ArrayBuffer | number {
      this.#send(bytesOf(bytes), "writeRead failed");
      return this.#receive(into, "writeRead failed");
    }

    #open(): number {
      if (this.#address === undefined) throw new TypeError("closed");
      return this.#address;
    }

    #send(bytes: Uint8Array, message: string): void {
      // The part may keep them, and a driver may reuse its buffer.
      if (!bus.write(this.#open(), bytes.slice(), this.#timeoutMs)) throw new Error(message);
    }

    #receive(into: number | BufferLike, message: string): ArrayBuffer | number {
      const address = this.#open();
      const buffer = typeof into === "number" ? new Uint8Array(into) : bytesOf(into);
      const got = bus.read(address, buffer.length, this.#timeoutMs);
      if (!got) throw new Error(message);
      buffer.set(got);
      return typeof into === "number" ? (buffer.buffer as ArrayBuffer) : buffer.length;
    }
  }

  class BoardSMBus extends BoardI2C implements SMBus {
    readUint8(register: number): number {
      return this.#words(register, 1)[0]!;
    }
    readUint16(register: number, bigEndian = false): number {
      const [first, second] = this.#words(register, 2) as unknown as [number, number];
      return bigEndian ? (first << 8) | second : (second << 8) | first;
    }
    readBuffer(register: number, byteLength: number): ArrayBuffer;
    readBuffer(register: number, buffer: BufferLike): number;
    readBuffer(register: number, into: number | BufferLike): ArrayBuffer | number {
      return this.writeRead(Uint8Array.of(register), into as number);
    }
    writeUint8(register: number, value: number): void {
      this.write(Uint8Array.of(register, value));
    }
    writeUint16(register: number, value: number, bigEndian = false): void {
      this.write(bigEndian ? Uint8Array.of(register, value >> 8, value) : Uint8Array.of(register, value, value >> 8));
    }
    writeBuffer(register: number, bytes: BufferLike): void {
      this.write(Uint8Array.of(register, ...bytesOf(bytes)));
    }
    sendByte(command: number): void {
      this.write(Uint8Array.of(command));
    }
    receiveByte(): number {
      return new Uint8Array(this.read(1))[0]!;
    }

    #words(register: number, length: number): Uint8Array {
      return new Uint8Array(this.writeRead(Uint8Array.of(register), length));
    }
  }

  return { I2C: BoardI2C, SMBus: BoardSMBus };
}
