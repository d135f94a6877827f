// ECMA-419 Digital, Analog and PWM (§10.1, 10.2, 10.4): single pins. A pin may be open once at a time.
// No callback is called from inside a constructor, `read` or `write`; after `close` none is called.

/** A digital output, and nothing else of it. */
export interface DigitalOut {
  /** @param level 0 or 1, as seen at the chip's pin */
  write(level: 0 | 1): void;
}

/** Options of a pin that is high or low. */
export interface DigitalOptions {
  readonly pin: number;
  /** One of the class's modes: `Digital.InputPullUp`, `Digital.Output`. */
  readonly mode: number;
  /** `Digital.Rising`, `Digital.Falling` or their sum: which changes are told; required with `onReadable`. */
  readonly edge?: number;
  /** Output: the level to begin with; left out: 0. */
  readonly initialValue?: 0 | 1;
  /** True: 1 means low, in both directions. */
  readonly activeLow?: boolean;
  /** Input: called after an edge. Several edges before it is called are told once: `read` has the level of now. */
  readonly onReadable?: (this: Digital) => void;
}

/** A pin that is high or low. */
export interface Digital extends DigitalOut {
  /** `"number"` always; the setter refuses anything else with a RangeError. */
  format: string;
  /** @throws Error for an output */
  read(): 0 | 1;
  /** @throws Error for an input */
  write(level: 0 | 1): void;
  /** Makes the pin an input again. Closing twice is harmless. */
  close(): void;
}

/** Opens a pin. @throws RangeError for a pin that is no pin or is in use, and for an unknown mode */
export interface DigitalClass {
  new (options: DigitalOptions): Digital;
  readonly Input: number;
  readonly InputPullUp: number;
  readonly InputPullDown: number;
  readonly InputPullUpDown: number;
  readonly Output: number;
  readonly OutputOpenDrain: number;
  readonly Rising: number;
  readonly Falling: number;
}

/** A pin of the analogue converter. */
export interface Analog {
  format: string;
  /** Bits of a reading. */
  readonly resolution: number;
  /** 0 to 2^resolution - 1. On an ESP32 the largest means 2450 mV at the pin. */
  read(): number;
  close(): void;
}

/** Opens a pin of the converter. @throws RangeError for a pin that the converter has not, or in use */
export type AnalogClass = new (options: { readonly pin: number }) => Analog;

export interface PWMOptions {
  readonly pin: number;
  /** Pulses a second; left out: what the system likes (1024 on an ESP32). */
  readonly hz?: number;
}

/** A pin that is high for a share of the time. Begins low. */
export interface PWM {
  format: string;
  /** Bits of a value. */
  readonly resolution: number;
  readonly hz: number;
  /** @param value 0 (never high) to 2^resolution - 1 (always) @throws RangeError for any other */
  write(value: number): void;
  close(): void;
}

/** Opens a pin that pulses. @throws RangeError for a pin in use */
export type PWMClass = new (options: PWMOptions) => PWM;
