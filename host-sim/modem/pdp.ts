// The application's PDP contexts (AT+CNACT): four indices, each off, coming or on, with an address from the operator.

import type { Job } from "./agenda.js";
import { CME, CommandError } from "./errors.js";
import type { Machine, PdpPart } from "./machine.js";

/** Indices 0 to 3 (SIM7080 AT V1.07, AT+CNACT). */
export const PDP_COUNT = 4;

interface Context {
  /** As CNACT? tells: 0 off, 1 on, 2 in progress. */
  status: 0 | 1 | 2;
  /** AT+CNACT=x,2: comes back by itself. */
  automatic: boolean;
  job: Job | undefined;
}

export class Pdp implements PdpPart {
  readonly #machine: Machine;
  #contexts: Context[] = [];
  /** Payload bytes since the first context came up; for the fault `pdp-drop`. */
  #passed = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.reset();
  }

  reset(): void {
    this.#contexts = Array.from({ length: PDP_COUNT }, () => ({ status: 0, automatic: false, job: undefined }));
    this.#passed = 0;
  }

  active(index: number): boolean {
    return this.#contexts[index]?.status === 1;
  }

  get anyActive(): boolean {
    return this.#contexts.some((context) => context.status === 1);
  }

  get address(): string {
    const index = this.#machine.card.index ?? 0;
    return `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  }

  lines(): string[] {
    return this.#contexts.map(({ status }, i) => `+CNACT: ${i},${status},"${status === 1 ? this.address : "0.0.0.0"}"`);
  }

  check(index: number): void {
    if (this.#contexts[index]!.status !== 0) throw new CommandError(CME.failed);
  }

  activate(index: number, automatic: boolean): void {
    const { faults, gnss, radio } = this.#machine;
    const context = this.#contexts[index]!;
    context.automatic = automatic;
    context.status = 2;
    const activated = this.#machine.after(this.#machine.delay("pdpActivate"), () => {
      if (faults.strikes("pdp-silent")) {
        context.status = 0;
        return;
      }
      const granted = radio.registered && !gnss.on && this.#allowed(index) && !faults.strikes("pdp-refused");
      context.status = granted ? 1 : 0;
      this.#tell(index, granted);
      const lifetime = this.#machine.network.pdpLifetimeS;
      if (!granted || lifetime === undefined) return;
      context.job = this.#machine.later(lifetime * 1000, () => this.lost(index, true));
    });
    context.job = activated ?? context.job;
  }

  deactivate(index: number): void {
    const context = this.#contexts[index]!;
    context.automatic = false;
    context.job?.cancel();
    // One that is off already is confirmed as well.
    this.#machine.after(this.#machine.delay("pdpDeactivate"), () => {
      this.#end(index, false);
      this.#tell(index, false);
    });
  }

  /** A context ends: its sockets die. @param silent true: the network took it, and the peers hear nothing */
  lost(index: number, silent: boolean): void {
    if (this.#end(index, silent)) this.#tell(index, false);
  }

  lostAll(told: boolean): void {
    for (let index = 0; index < PDP_COUNT; index++) {
      if (this.#end(index, true) && told) this.#tell(index, false);
    }
  }

  registered(): void {
    this.#contexts.forEach((context, index) => {
      if (context.automatic && context.status === 0) this.activate(index, true);
    });
  }

  passed(bytes: number): void {
    const { faults } = this.#machine;
    const limit = faults.number("pdp-drop");
    if (limit === undefined) return;
    this.#passed += bytes;
    if (this.#passed < limit || !faults.strikes("pdp-drop")) return;
    this.#passed = 0;
    this.lostAll(true);
  }

  /** An APN of AT+CNCFG that the subscription does not have is refused; none asks for the subscription's. */
  #allowed(index: number): boolean {
    const asked = this.#machine.session.apps[index]!.apn.toLowerCase();
    return asked === "" || asked === this.#machine.network.apn.toLowerCase();
  }

  /** @returns whether it was on or coming */
  #end(index: number, silent: boolean): boolean {
    const context = this.#contexts[index]!;
    context.job?.cancel();
    if (context.status === 0) return false;
    context.status = 0;
    this.#machine.sockets.pdpLost(index, silent);
    return true;
  }

  #tell(index: number, active: boolean): void {
    this.#machine.gnss.review();
    this.#machine.out.urc("TCPIP", `+APP PDP: ${index},${active ? "ACTIVE" : "DEACTIVE"}`);
  }
}
