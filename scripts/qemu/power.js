// The power of an emulated chip: it may go and come back while a journey goes on. What the chip has written to its flash stays.

import { readFileSync } from "node:fs";
import { writtenSectors } from "./flash.js";
import { Machine } from "./machine.js";

/** How often it is looked how much of an update lies in flash, and how long the power is away, in milliseconds. */
const LOOK_MS = 500;
const DARK_MS = 2_000;

export class Power {
  #wires;
  #journey;
  #machine;
  #isMeant = false;
  #settle;
  #timer;
  /** Settles when the emulator has ended by itself, with the reason. */
  lost = new Promise((settle) => {
    this.#settle = settle;
  });

  /** @param wires as of `Machine` */
  constructor(wires, journey) {
    this.#wires = wires;
    this.#journey = journey;
  }

  on() {
    this.#isMeant = false;
    const machine = new Machine(this.#wires, (line) => this.#journey.line(line));
    this.#machine = machine;
    machine.ended.then((reason) => {
      if (!this.#isMeant) this.#settle({ reason });
    });
    this.#journey.start((text) => this.type(text));
  }

  /** Types on UART 0. */
  type(text) {
    return this.#machine.type(text);
  }

  /** For good. */
  async off() {
    clearInterval(this.#timer);
    clearTimeout(this.#timer);
    await this.#cut();
  }

  /**
   * Lets it go while an update comes, and come back, once the watch says so.
   * @param watch see `UpdateWatch`
   * @param slot where the update goes, see `slotsIn`
   */
  cutWhenDue(watch, slot) {
    this.#timer = setInterval(() => {
      const due = watch.cutsAt;
      if (due === undefined) return;
      const sectors = writtenSectors(readFileSync(this.#wires.flash), slot);
      if (sectors >= due) this.#cutAt(watch, sectors);
    }, LOOK_MS);
  }

  async #cutAt(watch, sectors) {
    clearInterval(this.#timer);
    await this.#cut();
    watch.cut();
    this.#journey.note({ event: "power-cut", sectors });
    this.#timer = setTimeout(() => this.on(), DARK_MS);
  }

  async #cut() {
    this.#isMeant = true;
    await this.#machine?.off();
  }
}
