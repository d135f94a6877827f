// ECMA-419's Sensor Class Pattern (§13): what a driver of a sensor looks like, Moddable's own and yours.

import type { I2CClass, SMBusClass } from "./bus.js";

/** What a driver is told of the port that its sensor hangs on. `hz` and `address` are the driver's own unless named. */
export interface SensorPort<Io extends I2CClass | SMBusClass = SMBusClass> {
  readonly io: Io;
  readonly data: number;
  readonly clock: number;
  readonly address?: number;
  readonly hz?: number;
}

/** A sensor. Its methods throw the system's Error when it does not answer, as its bus does. */
export interface Sensor<Sample, Configuration = object> {
  configure(options: Configuration): void;
  /** What it measures now; undefined: nothing that could be trusted, or not yet. */
  sample(): Sample | undefined;
  /** Gives its port back. */
  close(): void;
}
