// A modem as a Link: checks the options and makes the driver, which finds out what model it is.

import type { Clock, Timer } from "../platform/clock.js";
import type { Log } from "../platform/events.js";
import type { SerialClass } from "../platform/io.js";
import type { Link, LinkOptions } from "../platform/link.js";
import type { DigitalOut } from "../platform/pins.js";
import type { KeyValue } from "../platform/storage.js";
import type { Trace } from "./at/channel.js";
import { DEFAULT_PULSES, type KeyPulses, type Supply } from "./boards.js";
import { ALL_URCS, MODELS } from "./models.js";
import { type NetworkConfig, networkConfig } from "./sim7080/config.js";
import { Driver } from "./sim7080/driver.js";
import { FAST_BAUD, SAFE_BAUD } from "./sim7080/line-speed.js";
import { keyWakes, type Rest } from "./sim7080/low-power.js";
import { PinMemory } from "./sim7080/pin-memory.js";

/** What a modem stands on, and what is asked of it (NetworkConfig). */
export interface ModemOptions extends LinkOptions, Partial<NetworkConfig> {
  /** The UART to the modem. */
  Serial: SerialClass;
  clock: Clock;
  timer: Timer;
  log: Log;
  /** PWRKEY; left out where no line is wired. */
  powerKey?: DigitalOut | undefined;
  /** How long the key is pressed; left out: DEFAULT_PULSES. */
  pulses?: KeyPulses | undefined;
  /** The modem's supply rail; left out where the board cannot switch it. */
  supply?: Supply | undefined;
  /** Line speed wanted, bits per second; left out: FAST_BAUD with hardware flow control, SAFE_BAUD without. */
  baud?: number | undefined;
  /** RTS/CTS; left out: none. */
  flowControl?: "none" | "hardware" | undefined;
  /** How the modem was put to rest before this start of the chip; left out: it was not, or nobody knows. */
  rests?: Rest | undefined;
  /** True: power has just come to the chip, and most likely to the modem. */
  isCold?: boolean | undefined;
  /** Where a refused PIN is remembered over restarts of the chip. */
  keyValue?: KeyValue | undefined;
  /** Shows the lines of the AT channel. */
  trace?: Trace | undefined;
}

/** A Link with what only a modem has. */
export interface Modem extends Link {
  /** Ends all sockets and lets the modem rest as the profile says, until the next `up`. */
  rest(): Promise<Rest>;
}

/**
 * A modem on a serial line. Nothing is sent before `up`.
 * @throws ModemError `modem-config` for an option that cannot be used
 */
export function createModem(options: ModemOptions): Modem {
  const { Serial, clock, timer, log, powerKey, supply, trace, onStage, onLost } = options;
  const flowControl = options.flowControl ?? "none";
  return new Driver({
    models: MODELS,
    urcs: ALL_URCS,
    Serial,
    clock,
    timer,
    log,
    powerKey,
    pulses: options.pulses ?? DEFAULT_PULSES,
    supply,
    trace,
    onStage,
    onLost,
    flowControl,
    baud: options.baud ?? (flowControl === "hardware" ? FAST_BAUD : SAFE_BAUD),
    config: networkConfig(options),
    pins: new PinMemory(options.keyValue),
    rests: keyWakes(options.rests),
    isCold: options.isCold ?? false,
  });
}
