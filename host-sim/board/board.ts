// A simulated board: parts on its I2C bus and its pins, and the ports by which firmware reaches them. No IO: time comes from
// outside.

import { BOARDS, type Board as Row } from "../../firmware/modem/boards.js";
import type { IoProvider } from "../../firmware/platform/provider.js";
import { Prng } from "../world/prng.js";
import { Bme280 } from "./bme280.js";
import { i2cClasses, type Ports } from "./i2c.js";
import { I2CBus } from "./i2c-bus.js";
import { I2CPart, type Part, type Surroundings } from "./part.js";
import { PinPart, Pins, pinClasses } from "./pin-board.js";
import { Battery, Button, Led } from "./pin-parts.js";
import { Sht3x } from "./sht3x.js";
import { TMP102_ADDRESS, Tmp102 } from "./tmp102.js";
import { Tmp117 } from "./tmp117.js";

/** Parts by the names under which a test or a page finds them. */
export type Parts = Readonly<Record<string, Part>>;

/** What a board is made of. */
export interface BoardOptions<Has extends Parts> {
  /** Named as they are to be found on the board: `{ sht3x: new Sht3x() }` is `board.sht3x`. */
  readonly parts: Has;
  /** Its row in the table of boards: the bus's pins, and those that the modem has; left out: `esp32-breakout`. */
  readonly row?: Pick<Row, "i2c" | "pins" | "uart" | "powerKey">;
  /** Milliseconds that never go back; left out: time stands still but for `delay`. */
  readonly now?: () => number;
  /** Runs a callback once the code that runs now is through; left out: as a promise does. */
  readonly later?: (callback: () => void) => void;
  /** Of noise. */
  readonly seed?: string | number;
  /** Told what changes that can be seen: a part's quantity that was set, `brightness` of an LED, `pressed` of a button. */
  readonly onShown?: (part: string, name: string, value: number) => void;
}

/** What every board has besides its parts. */
export interface BoardCore {
  /** The ports, as an app gets them. */
  readonly device: IoProvider;
  /** The wires of the bus: `board.bus.stuck = true` holds one low. */
  readonly bus: I2CBus;
  /** All parts by name: for a page that shows them and a scenario that names them. */
  readonly parts: Parts;
  /** The board's time in milliseconds. */
  now(): number;
  /** What `Timer.delay` of Moddable's drivers does: the program waits, and the board's time passes. @param ms 0 or more */
  delay(ms: number): void;
  /**
   * The chip restarts: everything that was open is closed, and nothing is called back any more. The parts keep what they
   * have.
   */
  restart(): void;
  /** All power is gone and comes back: a restart, and every part is as from the factory. */
  powerCycle(): void;
}

/** Names that no part can have. */
const CORE: readonly (keyof BoardCore)[] = ["device", "bus", "parts", "now", "delay", "restart", "powerCycle"];

/** What is open on the chip. */
class OpenPorts implements Ports {
  readonly #open = new Map<string, () => void>();
  readonly #taken: ReadonlySet<string>;

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  take(key: string, close: () => void): void {
    if (this.#open.has(key) || this.#taken.has(key)) throw new RangeError(`${key} is in use`);
    this.#open.set(key, close);
  }

  free(key: string): void {
    this.#open.delete(key);
  }

  closeAll(): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const close of open) close();
  }
}

/**
 * A board with power.
 *
 *     const board = makeBoard({ parts: { sht3x: new Sht3x(), led: new Led(2) } });
 *     board.sht3x.temperature = 31;
 *     const sensor = new SHT3x({ sensor: { ...board.device.I2C.default, io: board.device.io.I2C } });
 *
 * @throws RangeError for two parts in one place, and for a name that the board itself has
 */
export function makeBoard<Has extends Parts>(options: BoardOptions<Has>): BoardCore & Has {
  const { parts, row = BOARDS["esp32-breakout"], now = () => 0, seed = "board", onShown } = options;
  const later = options.later ?? ((callback) => void Promise.resolve().then(callback));
  let busyUntil = 0;
  const names = new Map(Object.entries(parts).map(([name, part]) => [part, name]));
  const pins = new Pins();
  const world: Surroundings = {
    now: () => Math.max(now(), busyUntil),
    delay: (ms) => {
      busyUntil = world.now() + Math.max(0, ms);
    },
    random: new Prng(seed),
    pinChanged: (pin) => pins.changed(pin),
    shown: (part, name, value) => onShown?.(names.get(part)!, name, value),
  };
  const bus = new I2CBus(world);
  const modem = [...Object.values(row.uart), ...(row.powerKey ? [row.powerKey.pin] : [])];
  const ports = new OpenPorts(modem.map((pin) => `pin ${pin}`));
  const pinNames: Record<string, number> = { ...row.pins };
  for (const [name, part] of Object.entries(parts)) {
    if (CORE.some((core) => core === name)) throw new RangeError(`no part can be called "${name}"`);
    if (part instanceof I2CPart) bus.add(part);
    if (part instanceof PinPart) {
      pins.add(part);
      pinNames[name] = part.pin;
    }
  }
  for (const part of Object.values(parts)) part.place(world);
  const { I2C, SMBus } = i2cClasses(bus, row.i2c, ports);
  const restart = () => ports.closeAll();
  const core: BoardCore = {
    device: {
      io: { ...pinClasses(pins, ports, later), I2C, SMBus },
      I2C: { default: { ...row.i2c, io: I2C } },
      pin: pinNames,
    },
    bus,
    parts,
    now: world.now,
    delay: world.delay,
    restart,
    powerCycle: () => {
      restart();
      for (const part of Object.values(parts)) part.powerOn();
    },
  };
  return Object.assign(core, parts);
}

/**
 * One of each: the parts that the examples use.
 * @param pins of the LED, the button and the battery, if not those of `esp32-breakout`
 */
export function standardParts(pins: { led: number; button: number; battery: number } = BOARDS["esp32-breakout"].pins) {
  return {
    sht3x: new Sht3x(),
    tmp102: new Tmp102(),
    tmp117: new Tmp117(TMP102_ADDRESS + 1),
    bme280: new Bme280(),
    led: new Led(pins.led),
    button: new Button(pins.button),
    battery: new Battery(pins.battery),
  };
}
