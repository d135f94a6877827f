// Board wiring: one output pin and an I2C register device.

/** A digital output. */
export interface DigitalOut {
  /** @param level 0 or 1, as seen at the chip's pin */
  write(level: 0 | 1): void;
}

/** One device on an I2C bus with 8-bit registers (SMBus shape of ECMA-419). */
export interface RegisterDevice {
  readUint8(register: number): number;
  writeUint8(register: number, value: number): void;
}
