// A clone: a second whole device with the same SIM, and so the same client id, as AWS IoT Core sees one that was copied. It
// has a modem, a flash and a radio of its own, and throws the device off with each of its connections as it is thrown off.

import type { Config } from "../../firmware/settings/table.js";
import type { Sim7080Options } from "../modem/sim7080.js";
import { NorFlash } from "../platform/nor-flash.js";
import type { LinkProfile } from "../world/link.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { Unit, type UnitWatcher } from "./unit.js";

/** Name of its board in the world. */
export const CLONE = "clone";
/** What is random in its modem is none of what is in the device's. */
const OTHER = 1_000_000;

/** What it is made of. */
export interface CloneParts {
  /** The device's own. */
  seed: number;
  radio: LinkProfile;
  config: Config;
  modem?: Sim7080Options | undefined;
  watcher?: UnitWatcher | undefined;
}

/** The clone of one world; off at first. */
export class Clone {
  readonly #unit: Unit;
  #isOn = false;

  constructor(world: VirtualWorld, { seed, radio, config, modem = {}, watcher }: CloneParts) {
    const { sim, delayScale, network } = modem;
    this.#unit = new Unit(world, {
      name: CLONE,
      modem: { seed: seed + OTHER, delayScale, network, ...(sim !== undefined && { sim }) },
      board: { up: radio },
      flash: new NorFlash(),
      firmware: () => ({ config }),
      bootRecord: false,
      watcher,
    });
  }

  /** Switches it on, if it is not. */
  on(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#unit.supply(1);
    this.#unit.start();
  }

  /** Takes its power away, and its modem's. */
  off(): void {
    this.#isOn = false;
    this.#unit.off();
    this.#unit.supply(0);
  }
}
