// ECMA-419 I2C and SMBus (§10.3, and the SMBus class of its annex): what a chip on the board's bus is spoken to with. All devices
// whose options name the same two pins share one bus; each address may be open once at a time.
// An instance throws the system's own Error, no Failure, when nobody acknowledges: whoever uses it wraps that.

import type { BufferLike } from "./io.js";

/** The bus's pins, as `device.I2C.default` names them. */
export interface I2CPins {
  /** SDA. */
  readonly data: number;
  /** SCL. */
  readonly clock: number;
}

/** Options of a device on the bus. */
export interface I2COptions extends I2CPins {
  /** 7 bits: 0 to 127. */
  readonly address: number;
  /** Clock in hertz, more than 0. */
  readonly hz: number;
  /** Longest a transfer may take, in milliseconds; left out: 400. */
  readonly timeout?: number;
}

/**
 * One device on an I2C bus, as bytes. `stop: false` ends a transfer with no STOP, so that the next begins with a repeated
 * START.
 */
export interface I2C {
  /** `"buffer"` always; the setter refuses anything else with a RangeError. */
  format: string;
  /** @param byteLength 1 or more @returns that many bytes */
  read(byteLength: number, stop?: boolean): ArrayBuffer;
  /** Fills `buffer`. @returns its length in bytes */
  read(buffer: BufferLike, stop?: boolean): number;
  /** No bytes at all ask whether the device is there: 1 is returned when it is not. */
  write(bytes: BufferLike, stop?: boolean): number | undefined;
  /** Writes, then reads behind a repeated START; Moddable's extension. */
  writeRead(bytes: BufferLike, byteLength: number): ArrayBuffer;
  writeRead(bytes: BufferLike, buffer: BufferLike): number;
  /** Gives the address back. Closing twice is harmless. */
  close(): void;
}

/** Opens a device on an I2C bus. @throws RangeError for pins in use otherwise, an address that is open, options out of range */
export type I2CClass = new (options: I2COptions) => I2C;

/**
 * One device on the bus that has registers of 8 or 16 bits, by register number (0 to 255). Words are little-endian unless
 * `bigEndian`.
 */
export interface SMBus extends I2C {
  readUint8(register: number): number;
  writeUint8(register: number, value: number): void;
  readUint16(register: number, bigEndian?: boolean): number;
  writeUint16(register: number, value: number, bigEndian?: boolean): void;
  readBuffer(register: number, byteLength: number): ArrayBuffer;
  readBuffer(register: number, buffer: BufferLike): number;
  writeBuffer(register: number, bytes: BufferLike): void;
  sendByte(command: number): void;
  receiveByte(): number;
}

/** Opens a device with registers. @throws RangeError as I2CClass */
export type SMBusClass = new (options: I2COptions) => SMBus;
