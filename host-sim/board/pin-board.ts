// The board's pins: what hangs on each, and ECMA-419's Digital, Analog and PWM on them, as Moddable's classes for the ESP32
// behave (SDK 8.2.3, modules/io/digital, analog, pwm): modes, edges, what they refuse and in whose words.

import type {
  Analog,
  AnalogClass,
  Digital,
  DigitalClass,
  DigitalOptions,
  PWM,
  PWMClass,
  PWMOptions,
} from "../../firmware/platform/pins.js";
import type { Ports } from "./i2c.js";
import { Part } from "./part.js";

/** What is said of a part on a pin that a board has not. */
export const NO_PIN = `${undefined} is no pin`;

/** A part on one pin. */
export abstract class PinPart extends Part {
  readonly pin: number;

  /** @throws RangeError for no pin of an ESP32 */
  constructor(pin: number) {
    super();
    if (!Number.isInteger(pin) || pin < 0 || pin > 48) throw new RangeError(`${pin} is no pin`);
    this.pin = pin;
  }

  /** The level that it makes; undefined: it leaves the pin alone. */
  level(): 0 | 1 | undefined {
    return undefined;
  }
  /** Millivolts at the pin for the converter. */
  millivolts(): number {
    return 0;
  }
  /** The chip drives the pin high for this share of the time, 0 to 1; undefined: no longer. */
  driven(_share: number | undefined): void {}
}

/** Modes and edges, numbered as Moddable has them. */
const MODES = {
  Input: 0,
  InputPullUp: 1,
  InputPullDown: 2,
  InputPullUpDown: 3,
  Output: 8,
  OutputOpenDrain: 9,
} as const;
const EDGES = { Rising: 1, Falling: 2 } as const;
const ANALOG_BITS = 12;
/** Millivolts at which the converter of an ESP32 is at its end (12 dB). */
const ANALOG_FULL_MV = 2450;
const PWM_BITS = 10;
const PWM_HZ = 1024;

/** The pins of one board. */
export class Pins {
  readonly #parts = new Map<number, PinPart>();
  /** Inputs that want to be told of edges. */
  readonly #watching = new Map<number, () => void>();

  /** @throws RangeError when something is on the pin already */
  add(part: PinPart): void {
    if (this.#parts.has(part.pin)) throw new RangeError(`two parts on pin ${part.pin}`);
    this.#parts.set(part.pin, part);
  }

  at(pin: number): PinPart | undefined {
    return this.#parts.get(pin);
  }

  changed(pin: number): void {
    this.#watching.get(pin)?.();
  }

  watch(pin: number, told: (() => void) | undefined): void {
    if (told) this.#watching.set(pin, told);
    else this.#watching.delete(pin);
  }
}

/**
 * The three classes of a board.
 * @param later runs a callback once the code that runs now is through
 */
export function pinClasses(
  pins: Pins,
  ports: Ports,
  later: (callback: () => void) => void,
): { Digital: DigitalClass; Analog: AnalogClass; PWM: PWMClass } {
  /** A pin that is held by one instance. */
  abstract class Held {
    protected readonly pin: number;
    #open = true;

    constructor(pin: number) {
      // On the chip it is "invalid pin" and no more.
      if ((pin as unknown) === undefined) throw new RangeError("invalid pin: the board has none of this name");
      if (!Number.isInteger(pin) || pin < 0 || pin > 48) throw new RangeError("invalid pin");
      ports.take(`pin ${pin}`, () => {
        this.#open = false;
        this.released();
      });
      this.pin = pin;
    }

    get format(): string {
      return "number";
    }
    set format(value: string) {
      if (value !== "number") throw new RangeError("invalid format");
    }

    close(): void {
      if (!this.#open) return;
      this.#open = false;
      ports.free(`pin ${this.pin}`);
      this.released();
    }

    protected get isOpen(): boolean {
      return this.#open;
    }

    protected use(): PinPart | undefined {
      if (!this.#open) throw new TypeError("closed");
      return pins.at(this.pin);
    }

    protected released(): void {
      pins.at(this.pin)?.driven(undefined);
    }
  }

  class BoardDigital extends Held implements Digital {
    static readonly Input = MODES.Input;
    static readonly InputPullUp = MODES.InputPullUp;
    static readonly InputPullDown = MODES.InputPullDown;
    static readonly InputPullUpDown = MODES.InputPullUpDown;
    static readonly Output = MODES.Output;
    static readonly OutputOpenDrain = MODES.OutputOpenDrain;
    static readonly Rising = EDGES.Rising;
    static readonly Falling = EDGES.Falling;
    readonly #mode: number;
    readonly #flip: 0 | 1;

    constructor({ pin, mode, edge = 0, initialValue = 0, activeLow = false, onReadable }: DigitalOptions) {
      if (!Object.values(MODES).some((known) => known === mode)) throw new RangeError("invalid mode");
      const output = mode >= MODES.Output;
      if (!output && onReadable && (edge & 3) === 0) throw new RangeError("invalid edges");
      super(pin);
      this.#mode = mode;
      this.#flip = activeLow ? 1 : 0;
      if (output) this.write(initialValue);
      else if (onReadable) this.#watch(edge, onReadable);
    }

    read(): 0 | 1 {
      const part = this.use();
      if (this.#mode >= MODES.Output) throw new Error("can't read output");
      const level = part?.level() ?? (this.#mode === MODES.InputPullUp ? 1 : 0);
      return (level ^ this.#flip) as 0 | 1;
    }

    write(level: 0 | 1): void {
      const part = this.use();
      if (this.#mode < MODES.Output) throw new Error("can't write input");
      const high = ((Number(level) ? 1 : 0) ^ this.#flip) === 1;
      // An open drain only pulls down; what it leaves alone is high by somebody else's resistor.
      part?.driven(high ? 1 : 0);
    }

    #watch(edge: number, onReadable: (this: Digital) => void): void {
      let last = this.read();
      let told = false;
      pins.watch(this.pin, () => {
        const level = this.read();
        const seen = level === last ? 0 : level === 1 ? EDGES.Rising : EDGES.Falling;
        last = level;
        if ((edge & seen) === 0 || told) return;
        told = true;
        later(() => {
          told = false;
          if (this.isOpen) onReadable.call(this);
        });
      });
    }

    protected override released(): void {
      pins.watch(this.pin, undefined);
      super.released();
    }
  }

  class BoardAnalog extends Held implements Analog {
    constructor({ pin }: { pin: number }) {
      super(pin);
    }
    get resolution(): number {
      return ANALOG_BITS;
    }
    read(): number {
      const most = 2 ** ANALOG_BITS - 1;
      const share = (this.use()?.millivolts() ?? 0) / ANALOG_FULL_MV;
      return Math.min(most, Math.max(0, Math.floor(share * most)));
    }
  }

  class BoardPWM extends Held implements PWM {
    readonly hz: number;

    constructor({ pin, hz = PWM_HZ }: PWMOptions) {
      if (!(hz > 0)) throw new RangeError("invalid hz");
      super(pin);
      this.hz = hz;
      this.write(0);
    }
    get resolution(): number {
      return PWM_BITS;
    }
    write(value: number): void {
      const most = 2 ** PWM_BITS - 1;
      const part = this.use();
      if (!(value >= 0 && value <= most)) throw new RangeError("invalid value");
      part?.driven(Math.trunc(value) / most);
    }
  }

  return { Digital: BoardDigital, Analog: BoardAnalog, PWM: BoardPWM };
}
