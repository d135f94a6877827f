// The simulated SIM7080G: AT in, sockets out, without IO. Time and bytes are arguments, actions are the result; the same
// seed and the same inputs give the same actions. Facts: SIM7080 Series AT Command Manual V1.07, and reports from the field.

import type { ModemAction, ModemCore, NetworkEvent } from "../world/core.js";
import { Assembly } from "./assembly.js";
import type { FaultName } from "./faults.js";
import type { Machine, Moved, PowerState } from "./machine.js";
import type { Network, Rat } from "./network.js";
import type { Sim7080Options } from "./options.js";

export type { Sim7080Options } from "./options.js";

/** How soon the module looks for a card that was lost. */
const SIM_LOOK_MS = 1000;

/** What a script may bring on at a moment of its choosing. */
const MISHAPS = {
  /** It restarts by itself. */
  restart: ({ power }) => power.boot(),
  /** It stops answering until PWRKEY switches it off and on. */
  freeze: ({ power }) => power.freeze("frozen"),
  /** As `freeze`, and only 12 s of PWRKEY or a loss of supply help. */
  zombie: ({ power }) => power.freeze("zombie"),
  "under-voltage": ({ power }) => power.underVoltage(),
  /** The network takes the PDP contexts away. */
  "pdp-drop": ({ pdp }) => pdp.lostAll(true),
  /** The card has lost contact: as good as another boot of the card, which the fault `no-sim` may keep away. */
  "sim-lost": ({ card, pdp, radio }) => {
    pdp.lostAll(true);
    radio.end();
    card.end();
    card.begin(SIM_LOOK_MS, true);
  },
  /** Off at once, without a word. */
  "power-loss": ({ power }) => power.lose(),
} as const satisfies Record<string, (machine: Machine) => void>;

export type Mishap = keyof typeof MISHAPS;

/** A module at one moment. */
export interface ModemSnapshot {
  power: PowerState;
  /** The card is there, and unlocked. */
  simReady: boolean;
  registered: boolean;
  /** In use, or tried. */
  rat: Rat;
  /** Of the cell around it, dBm. */
  rssi: number;
  /** A PDP context is up. */
  pdp: boolean;
  /** Sockets in use. */
  sockets: number;
}

/** The simulated modem. One object is one module with its flash: settings that it saves outlive its power cycles. */
export class Sim7080 implements ModemCore {
  readonly #machine: Assembly;
  readonly #poweredOn: boolean;
  #begun = false;

  constructor(options: Sim7080Options = {}) {
    this.#machine = new Assembly(options);
    this.#poweredOn = options.poweredOn ?? false;
  }

  uart(bytes: Uint8Array, now: number): ModemAction[] {
    return this.#at(now, () => {
      const { line, lowPower, power } = this.#machine;
      if (!power.talks) return;
      line.receive(bytes);
      lowPower.touch();
    });
  }

  powerKey(level: 0 | 1, now: number): ModemAction[] {
    return this.#at(now, () => this.#machine.power.key(level));
  }

  /** VBAT: 1 is there (as at the start), 0 is gone. */
  supply(level: 0 | 1, now: number): ModemAction[] {
    return this.#at(now, () => this.#machine.power.supply(level));
  }

  network(event: NetworkEvent, now: number): ModemAction[] {
    return this.#at(now, () => {
      const { lowPower, sockets } = this.#machine;
      if (lowPower.holds(event)) return;
      sockets.network(event);
      lowPower.touch();
    });
  }

  poll(now: number): ModemAction[] {
    return this.#at(now, () => {});
  }

  /** Payload of its sockets both ways since it was made, whether the device has read it or not. */
  get carriedBytes(): number {
    return this.#machine.traffic.carried;
  }

  nextDeadline(): number | undefined {
    return this.#machine.agenda.next();
  }

  /** Changes the network around the modem: coverage, access, granted timers. */
  setNetwork(change: Partial<Network>, now: number): ModemAction[] {
    return this.#at(now, () => {
      const { gnss, network, radio } = this.#machine;
      Object.assign(network, change);
      if (change.position && change.position.since === undefined) network.position = { ...change.position, since: now };
      radio.review();
      gnss.review();
    });
  }

  /** Sets a fault. @param value @param times left out: the table's (host-sim/modem/faults.ts) */
  setFault(name: FaultName, value?: number | string, times?: number): void {
    this.#machine.faults.set(name, value, times);
  }

  clearFault(name: FaultName): void {
    this.#machine.faults.clear(name);
  }

  /** A short message for the SIM in the slot arrives. @param from the sender's number */
  message(from: string, text: string, now: number): ModemAction[] {
    return this.#at(now, () => this.#machine.sms.arrive(from, text));
  }

  /** Switches on, as PWRKEY does, if it is off. */
  switchOn(now: number): ModemAction[] {
    return this.#at(now, () => {
      if (this.#machine.power.state === "off") this.#machine.power.boot();
    });
  }

  /** Prints a line of the caller's as an unsolicited one, if the module is running. */
  print(text: string, now: number): ModemAction[] {
    return this.#at(now, () => this.#machine.out.urc("SYS", text));
  }

  /** Lets something happen now, if the module is running. */
  mishap(name: Mishap, now: number): ModemAction[] {
    return this.#at(now, () => {
      if (this.#machine.power.talks) MISHAPS[name](this.#machine);
    });
  }

  /** How the module is now. */
  snapshot(): ModemSnapshot {
    const { power, card, radio, pdp, sockets, network } = this.#machine;
    return {
      power: power.state,
      simReady: card.ready,
      registered: radio.registered,
      rat: radio.rat,
      rssi: network.rssi,
      pdp: pdp.anyActive,
      sockets: sockets.list().length,
    };
  }

  /** What its sockets have moved so far, whatever its firmware or the host has counted. */
  get moved(): Moved {
    return this.#machine.sockets.moved;
  }

  get powerState(): PowerState {
    return this.#machine.power.state;
  }

  /** What came due before `now` runs first, each at its own time. */
  #at(now: number, act: () => void): ModemAction[] {
    const machine = this.#machine;
    if (!this.#begun) {
      this.#begun = true;
      machine.now = now;
      if (this.#poweredOn) machine.power.beginRunning();
    }
    for (let job = machine.agenda.take(now); job; job = machine.agenda.take(now)) {
      machine.now = Math.max(machine.now, job.at);
      job.run();
    }
    machine.now = Math.max(machine.now, now);
    act();
    return machine.taken();
  }
}
