// PSM and eDRX (SIMCom Low Power Mode note V1.02). After its last traffic the module stays reachable for the
// active time, then it sleeps: UART dead, session and sockets gone. Under eDRX it stays on, but hears the network only
// once a cycle.

import type { NetworkEvent } from "../world/core.js";
import type { Job } from "./agenda.js";
import type { LowPowerPart, Machine } from "./machine.js";
import { activeSeconds, EDRX_CYCLES_S, tauSeconds } from "./psm-timers.js";

/** From the last traffic until the network releases the radio connection; the active time runs from there. */
const RELEASE_MS = 10_000;
/** The same after release assistance (AT+CRAI). */
const RELEASE_ASKED_MS = 500;
/** The network's own periodic update where PSM is not granted, in seconds (T3412, 54 min by default: 3GPP TS 24.301). */
const T3412_S = 3240;

export class LowPower implements LowPowerPart {
  readonly #machine: Machine;
  #activeAt = 0;
  #sleep: Job | undefined;
  #page: Job | undefined;
  #held: NetworkEvent[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  reset(): void {
    this.#sleep?.cancel();
    this.#page?.cancel();
    this.#sleep = undefined;
    this.#page = undefined;
    this.#held = [];
  }

  get activeS(): number | undefined {
    const { faults, network, radio, settings } = this.#machine;
    if (!settings.psm.on || !radio.registered || faults.has("psm-refused") || network.grantedActiveS === 0)
      return undefined;
    const wanted = activeSeconds(settings.psm.active);
    return wanted === undefined ? undefined : (network.grantedActiveS ?? wanted);
  }

  /** Periodic update that was agreed on, in seconds. */
  get tauS(): number {
    const { network, settings } = this.#machine;
    return network.grantedTauS ?? tauSeconds(settings.psm.tau) ?? T3412_S;
  }

  get cycleMs(): number | undefined {
    const { network, radio, settings } = this.#machine;
    const { mode, value } = settings.edrx;
    if ((mode !== 1 && mode !== 2) || !radio.registered || !network.edrx) return undefined;
    return EDRX_CYCLES_S[Number.parseInt(value, 2)]! * 1000;
  }

  report(): string {
    const { psm } = this.#machine.settings;
    const granted = this.activeS;
    const requested = `${activeSeconds(psm.active) ?? 0},${tauSeconds(psm.tau) ?? 0}`;
    return `${requested},${granted ?? 0},${granted === undefined ? 0 : this.tauS},${T3412_S}`;
  }

  touch(): void {
    this.#activeAt = this.#machine.now;
    if (!this.#sleep && this.#machine.settings.psm.on) this.#watch();
    if (this.#held.length > 0) this.#release();
  }

  holds(event: NetworkEvent): boolean {
    const { now } = this.#machine;
    const cycle = this.cycleMs;
    const idle = now - this.#activeAt >= RELEASE_MS;
    if (this.#held.length === 0 && (cycle === undefined || !idle)) return false;
    this.#held.push(event);
    this.#page ??= this.#machine.later((cycle ?? 1) - (now % (cycle ?? 1)), () => {
      this.#activeAt = this.#machine.now;
      this.#release();
    });
    return true;
  }

  #release(): void {
    this.#page?.cancel();
    this.#page = undefined;
    const held = this.#held;
    this.#held = [];
    for (const event of held) this.#machine.sockets.network(event);
  }

  /** One job watches for the end of the active time; traffic only moves the time it looks at. */
  #watch(): void {
    const active = this.activeS;
    if (active === undefined) return;
    const asked = this.#machine.session.release.indication > 0;
    const due = this.#activeAt + (asked ? RELEASE_ASKED_MS : RELEASE_MS) + active * 1000;
    const busy = this.#machine.executor.busy || this.#machine.data.online;
    if (due <= this.#machine.now && !busy) {
      this.#fallAsleep();
      return;
    }
    this.#sleep = this.#machine.later(Math.max(1000, due - this.#machine.now), () => {
      this.#sleep = undefined;
      this.#watch();
    });
  }

  #fallAsleep(): void {
    const { out, power, session } = this.#machine;
    if (session.psmUrc) out.urc("NETWORK", '+CPSMSTATUS: "ENTER PSM"');
    power.sleep(this.tauS * 1000);
  }
}
