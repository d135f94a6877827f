// A device in a virtual world: a board, its modem behind a UART, its radio path, and what outlives a restart.

import type { Log } from "../../firmware/platform/events.js";
import type { SerialClass } from "../../firmware/platform/io.js";
import type { Platform } from "../../firmware/platform/platform.js";
import type { IoProvider } from "../../firmware/platform/provider.js";
import type { Flash, KeyValue } from "../../firmware/platform/storage.js";
import type { ResetCause } from "../../firmware/platform/system.js";
import { BoardMemory } from "../platform/reset-memory.js";
import { serialOver } from "../platform/serial.js";
import { type BoardClock, type BoardRun, powerOn, seededRandom } from "./board.js";
import type { ModemAction, ModemCore, UartEnd } from "./core.js";
import { MemoryKeyValue } from "./key-value.js";
import { type LinkProfile, LTE_M, Path } from "./link.js";
import { ModemCarrier } from "./modem-carrier.js";
import type { VirtualNetwork } from "./network.js";
import type { Prng } from "./prng.js";
import type { Planned, Scheduler } from "./scheduler.js";
import { modelTls } from "./tls-client.js";
import type { Trace } from "./trace.js";
import { VirtualUart } from "./uart.js";

/** How long the chip takes from a restart to the firmware's first line, in milliseconds. */
const BOOT_MS = 400;

export interface DeviceOptions {
  /** Unique in its world: names the device's lines in the trace and its random numbers. */
  name: string;
  modem: ModemCore;
  /** Address from which the SIM dials, see `sourceAddressOf`. */
  sourceAddress: string;
  /** The radio towards the network, and back. Default: LTE_M both ways. */
  up?: LinkProfile;
  down?: LinkProfile;
  /** The board's clock at each power-on. Default: unset. */
  clock?: BoardClock;
  /** False: the board has no PWRKEY line. */
  powerKey?: boolean;
  /** Default: in memory, kept over restarts. */
  keyValue?: KeyValue;
  /** True: what lies in it is encrypted. */
  storeIsEncrypted?: boolean;
  flash?: Flash;
  log?: Log;
  /** True: the chip can sleep deeply; it boots again afterwards, see `onRestart`. */
  deepSleep?: boolean;
  /** The board's ports, for an app; left out: it has none. */
  ports?: IoProvider;
  /** Called `BOOT_MS` after the firmware has restarted the chip: the place to `boot` again and start the firmware on it. */
  onRestart?: () => void;
}

/** The parts of the world that a device stands in. */
export interface DeviceWorld {
  scheduler: Scheduler;
  trace: Trace;
  network: VirtualNetwork;
  random: Prng;
}

/** A device. Power comes with `boot`. */
export class VirtualDevice {
  readonly name: string;
  /** The radio: to cut, to slow down. */
  readonly path: Path;
  readonly keyValue: KeyValue;
  readonly #world: DeviceWorld;
  readonly #options: DeviceOptions;
  readonly #modem: ModemCarrier;
  readonly #uart: VirtualUart;
  readonly #random: Prng;
  readonly #memory = new BoardMemory();
  #run: BoardRun | undefined;
  /** Of the boot to come. */
  #cause: ResetCause = "power";
  /** Level of the power key. */
  #key: 0 | 1 = 0;
  /** The start to come. */
  #awaited: Planned | undefined;

  constructor(world: DeviceWorld, options: DeviceOptions) {
    const random = world.random.split(options.name);
    this.name = options.name;
    this.#world = world;
    this.#options = options;
    this.#random = random.split("board");
    this.keyValue = options.keyValue ?? new MemoryKeyValue();
    this.path = new Path(world.scheduler, random.split("path"), options.up ?? LTE_M, options.down ?? options.up);
    const origin = { name: this.name, address: options.sourceAddress, path: this.path, impure: false };
    this.#modem = new ModemCarrier(options.modem, world.scheduler, world.network, origin);
    this.#uart = new VirtualUart(world.scheduler, world.trace, random.split("uart"), this.name, this.#modem);
    this.#modem.attach(this.#uart);
  }

  /**
   * Powers the board on, or restarts it: what ran before is dead, key-value, flash and the modem are as they were.
   * @param cause why; left out: by power, or why the chip has restarted itself
   */
  boot(cause = this.#cause): Platform {
    this.off();
    this.#cause = "power";
    const { scheduler, trace } = this.#world;
    const { clock, log, flash, powerKey, deepSleep, ports, storeIsEncrypted } = this.#options;
    const run = powerOn(scheduler, clock);
    this.#run = run;
    /** What dead firmware does, in a promise that settles after its end, reaches nobody. */
    const whileOn =
      <T extends unknown[]>(act: (...args: T) => void) =>
      (...args: T): void => {
        if (this.#run === run) act(...args);
      };
    trace.note(scheduler.now, this.name, "boot");
    return {
      clock: run.clock,
      timer: run.timer,
      random: seededRandom(this.#random),
      log: (level, event, fields) => {
        trace.note(scheduler.now, this.name, `log ${level} ${event}`);
        log?.(level, event, fields);
      },
      Serial: this.#serial(() => this.#run === run),
      TLS: modelTls(),
      keyValue: {
        read: (key) => this.keyValue.read(key),
        write: whileOn((key, value) => this.keyValue.write(key, value)),
        delete: whileOn((key) => this.keyValue.delete(key)),
      },
      ...(storeIsEncrypted && { storeIsEncrypted }),
      ...(flash && { flash }),
      ...(ports && { device: ports }),
      ...(powerKey !== false && { powerKey: { write: whileOn((level) => this.#press(level)) } }),
      resetMemory: this.#memory.boot(cause, () => this.#run === run),
      keptSlots: this.#memory.slots(() => this.#run === run),
      ...(deepSleep && { sleep: whileOn((ms: number) => this.restart("sleep", ms)) }),
      restart: whileOn(() => this.restart()),
    };
  }

  /**
   * The firmware ends, and `BOOT_MS` after the chip has begun again `onRestart` is called.
   * @param cause `software`: also where the engine ended by itself, as it looks the same to the chip
   * @param afterMs how long the chip is off or asleep before it begins again
   */
  restart(cause: ResetCause = "software", afterMs = 0): void {
    const { scheduler } = this.#world;
    scheduler.cancel(this.#awaited);
    this.#cause = cause;
    this.#awaited = scheduler.at(scheduler.now + afterMs + BOOT_MS, () => this.#options.onRestart?.());
    this.#end();
  }

  /** What lies in the slots that outlive a sleep. */
  get sleepMemory(): readonly (Uint8Array | undefined)[] {
    const { count, read } = this.#memory.slots(() => false);
    return Array.from({ length: count }, (_, slot) => read(slot));
  }

  /** Takes the board's power away; the modem keeps its own. */
  off(): void {
    this.#world.scheduler.cancel(this.#awaited);
    this.#end();
  }

  /** What runs on the board runs no more. A power key that was pressed springs back: its pin floats. */
  #end(): void {
    this.#run?.end();
    this.#run = undefined;
    this.#uart.close();
    if (this.#key === 1) this.#press(0);
  }

  /** Carries out actions that the modem's core gave to a caller from outside (faults). */
  push(actions: readonly ModemAction[]): void {
    this.#modem.push(actions);
  }

  #press(level: 0 | 1): void {
    this.#key = level;
    this.#modem.powerKey(level);
  }

  #serial(isOn: () => boolean): SerialClass {
    const uart = this.#uart;
    return serialOver(() => ({
      write: (bytes) => {
        if (isOn()) uart.write(bytes);
      },
      setBaud: (baud) => {
        if (isOn()) uart.setBaud(baud);
      },
      set onData(listener: UartEnd["onData"]) {
        if (isOn()) uart.onData = listener;
      },
      set onClosed(listener: UartEnd["onClosed"]) {
        if (isOn()) uart.onClosed = listener;
      },
      close: () => {},
    }));
  }
}
