// A clone: a second whole device with the same SIM, and so the same client id, as AWS IoT Core sees one that was copied. It
// has a modem, a flash and a radio of its own, and throws the device off with each of its connections as it is thrown off.

import { composeDevice } from "../../firmware/compose.js";
import type { TimerId } from "../../firmware/platform/clock.js";
import type { Config } from "../../firmware/settings/table.js";
import { Sim7080 } from "../modem/sim7080.js";
import { NorFlash } from "../platform/nor-flash.js";
import type { VirtualDevice } from "../world/device.js";
import { DEFAULT_SIM, sourceAddressOf } from "../world/sims.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { guarded, type Life, mortal } from "./mortal.js";
import type { Setup } from "./setup.js";
import { type Listener, tapped } from "./wiretap.js";

/** Name of its board in the world. */
export const CLONE = "clone";
/** What is random in its modem is none of what is in the device's. */
const OTHER = 1_000_000;

/** What it is made of. */
export interface CloneParts {
  world: VirtualWorld;
  seed: number;
  setup: Setup;
  config: Config;
  /** Hears what it hands to TLS. */
  listener: Listener;
  /** An error came out of its firmware. */
  crashed: (error: unknown) => void;
}

/** The clone of one world; off at first. */
export class Clone {
  readonly #parts: CloneParts;
  readonly #modem: Sim7080;
  readonly #board: VirtualDevice;
  #isOn = false;
  #boots = 0;

  constructor(parts: CloneParts) {
    const { world, seed, setup } = parts;
    this.#parts = parts;
    this.#modem = new Sim7080({ seed: seed + OTHER, sim: DEFAULT_SIM, delayScale: setup.delayScale });
    this.#board = world.device({
      name: CLONE,
      modem: this.#modem,
      sourceAddress: sourceAddressOf(DEFAULT_SIM),
      up: setup.radio,
      flash: new NorFlash(),
      onRestart: () => this.#boot(),
    });
  }

  /** Switches it on, if it is not. */
  on(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#board.push(this.#modem.supply(1, this.#parts.world.now));
    this.#boot();
  }

  /** Takes its power away, and its modem's. */
  off(): void {
    this.#isOn = false;
    this.#board.off();
    this.#board.push(this.#modem.supply(0, this.#parts.world.now));
  }

  #boot(): void {
    const { config, listener, crashed } = this.#parts;
    const number = ++this.#boots;
    const life: Life = {
      timers: new Set<TimerId>(),
      alive: () => this.#isOn && this.#boots === number,
      powerCut: () => {},
      step: () => true,
      crashed,
    };
    guarded(life, () => {
      const booted = this.#board.boot();
      const platform = mortal({ ...booted, TLS: tapped(booted.TLS, listener) }, life);
      composeDevice(platform, { config }).device.start();
    })();
  }
}
