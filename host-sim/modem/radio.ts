// Registration with the network: the status that CREG, CGREG and CEREG tell, its URCs, and what the cell looks like.

import type { Job } from "./agenda.js";
import type { Machine, RadioPart } from "./machine.js";
import type { LteRat, Network, Rat } from "./network.js";

/** Registration status (SIM7080 AT V1.07, AT+CEREG). */
const STAT = { idle: 0, home: 1, searching: 2, denied: 3, roaming: 5 } as const;
export type Stat = (typeof STAT)[keyof typeof STAT];

/** Access technology numbers of CEREG and COPS (3GPP TS 27.007 §7.3). */
const ACT: Record<Rat, number> = { "LTE-M": 7, "NB-IoT": 9, GSM: 0 };
/** Numbers of AT+CRATPRI. */
export const PRIORITIES: Readonly<Record<string, Rat>> = { "03": "GSM", "12": "LTE-M", "13": "NB-IoT" };
/** Faintest cell of NB-IoT that AT+CNBS 1, 2, 3 find, as RSRP in dBm: SNR 0, -9 and -12.6 dB over a floor of -121. */
const NB_FLOOR: Readonly<Record<number, number>> = { 1: -121, 2: -130, 3: -134, 5: -134 };
/** The bit of CMNB and the table of CBANDCFG for each. */
const LTE: Record<LteRat, { bit: number; table: "CAT-M" | "NB-IOT" }> = {
  "LTE-M": { bit: 1, table: "CAT-M" },
  "NB-IoT": { bit: 2, table: "NB-IOT" },
};
/** Values of CNMP that allow 2G and LTE. */
const GSM_MODES: readonly number[] = [2, 13, 51];
const LTE_MODES: readonly number[] = [2, 38, 51];
/** AT+CNSMOD's number of 2G. */
const GSM_MODE = 1;
/** How long AT+CGATT=1 waits (§6.2.1). */
const ATTACH_LIMIT_MS = 75_000;
/** How soon the module tries a denied or unheard network again. */
const RETRY_MS = 30_000;

export class Radio implements RadioPart {
  readonly #machine: Machine;
  #stat: Stat = STAT.idle;
  #search: Job | undefined;
  #rat: Rat = "LTE-M";
  #toldMode = 0;
  /** Those who wait for registration (AT+CGATT=1). */
  #waiting: ((registered: boolean) => void)[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get registered(): boolean {
    return this.#stat === STAT.home || this.#stat === STAT.roaming;
  }

  get rat(): Rat {
    return this.#rat;
  }

  get act(): number {
    return ACT[this.#rat];
  }

  get mode(): number {
    if (!this.registered) return 0;
    return this.#rat === "GSM" ? GSM_MODE : this.act;
  }

  reset(): void {
    this.#stat = STAT.idle;
    this.#search?.cancel();
    this.#waiting = [];
  }

  attach(done: (registered: boolean) => void): void {
    this.#machine.session.detached = false;
    if (this.registered) {
      done(true);
      return;
    }
    const limit = this.#machine.later(ATTACH_LIMIT_MS, () => answer(false));
    const answer = (registered: boolean) => {
      limit.cancel();
      this.#waiting = this.#waiting.filter((waiting) => waiting !== answer);
      done(registered);
    };
    this.#waiting.push(answer);
    this.begin();
  }

  detach(): void {
    this.#machine.session.detached = true;
    this.#search?.cancel();
    this.#machine.pdp.lostAll(true);
    this.#become(STAT.idle);
  }

  begin(ms?: number): void {
    const { card, session } = this.#machine;
    if (session.cfun !== 1 || session.detached || !card.ready || this.registered) return;
    this.#become(STAT.searching);
    this.#search?.cancel();
    this.#search = this.#machine.after(ms ?? this.#duration(), () => this.#found()) ?? this.#search;
  }

  end(): void {
    this.#search?.cancel();
    this.#machine.pdp.lostAll(false);
    this.#become(STAT.idle);
  }

  review(): void {
    if (this.registered && this.#verdict() !== this.#stat) {
      this.#machine.pdp.lostAll(true);
      this.#stat = STAT.idle;
    }
    this.begin();
  }

  report(name: string, n: number): string {
    const { network } = this.#machine;
    // Registered with 2G, the module does not look for LTE.
    if (name === "+CEREG" && this.registered && this.#rat === "GSM") return String(STAT.idle);
    if (n < 2 || !this.registered) return String(this.#stat);
    const place = `"${hex(network.tac)}","${hex(network.cellId)}",${this.act}`;
    if (n === 2) return `${this.#stat},${place}`;
    const { active, tau } = this.#machine.settings.psm;
    const granted = this.#machine.lowPower.activeS !== undefined;
    const timers = granted ? `"${active}","${tau}"` : '"00000000","00000000"';
    return `${this.#stat},${place},,,${timers}`;
  }

  #duration(): number {
    const { faults, network } = this.#machine;
    const slow = faults.number("registration-slow");
    if (slow !== undefined) return slow * 1000;
    const spread = this.#machine.delay(this.#machine.settings.cellKnown ? "register" : "registerFirst");
    return network.registrationMs === undefined ? spread : this.#machine.scaled(network.registrationMs);
  }

  #found(): void {
    const verdict = this.#verdict();
    this.#become(verdict);
    if (this.registered) {
      this.#machine.settings.cellKnown = true;
      this.#machine.clock.networkTime();
      this.#machine.pdp.registered();
      this.#machine.lowPower.touch();
      this.#machine.sms.flush();
      for (const tell of this.#waiting) tell(true);
    } else {
      this.#search = this.#machine.later(RETRY_MS, () => this.begin());
    }
  }

  #verdict(): Stat {
    const { faults, network, settings } = this.#machine;
    const access = faults.has("registration-denied") ? "denied" : faults.has("no-coverage") ? "none" : network.access;
    if (access === "none") return STAT.searching;
    const rat = this.#usableRat();
    if (!rat) return STAT.searching;
    if (access === "denied") return STAT.denied;
    // An APN that the subscription does not allow ends the LTE attach itself; the module goes on searching.
    const apn = settings.contexts.get(1)?.apn ?? "";
    if (apn !== "" && apn.toLowerCase() !== network.apn.toLowerCase()) return STAT.searching;
    // Another operator than the one chosen by hand (AT+COPS=1) is left alone.
    if (settings.cops.mode === 1 && !isOperator(network, settings.cops.operator)) return STAT.searching;
    this.#rat = rat;
    return access === "home" ? STAT.home : STAT.roaming;
  }

  /** The first technology that network, CNMP, CMNB and CBANDCFG all allow. */
  #usableRat(): Rat | undefined {
    const { model, network, settings } = this.#machine;
    const { bands, cmnb, cnmp } = settings;
    const list = this.#machine.session.ratPriority ?? settings.ratPriority;
    const wanted = list?.match(/../g)?.map((number) => PRIORITIES[number]!);
    const rats = wanted ? wanted.filter((rat) => network.rats.includes(rat)) : network.rats;
    return rats.find((rat) => {
      if (rat === "GSM") return model === "SIM7070" && GSM_MODES.includes(cnmp);
      const { bit, table } = LTE[rat];
      if (rat === "NB-IoT" && network.rsrp < NB_FLOOR[settings.nbScan]!) return false;
      const heard = bands[table].some((band) => network.bands.includes(band));
      return LTE_MODES.includes(cnmp) && (cmnb & bit) !== 0 && heard;
    });
  }

  /** AT+CNSMOD=1: `+CNSMOD: <stat>` at each change. */
  #tellMode(): void {
    if (this.mode === this.#toldMode) return;
    this.#toldMode = this.mode;
    if (this.#machine.session.modeReports) this.#machine.out.urc("NETWORK", `+CNSMOD: ${this.mode}`);
  }

  #become(stat: Stat): void {
    if (stat === this.#stat) return;
    this.#stat = stat;
    this.#tellMode();
    for (const [name, n] of Object.entries(this.#machine.session.reporting)) {
      if (n > 0) this.#machine.out.urc("NETWORK", `${name}: ${this.report(name, n)}`);
    }
  }
}

/** Whether a name or number of AT+COPS means the operator of this network. */
function isOperator({ operator, plmn }: Network, chosen: string): boolean {
  return [operator, shortName(operator), plmn.replace("-", "")].includes(chosen);
}

/** An operator's name in the short form (format 1). */
export function shortName(operator: string): string {
  return operator.slice(0, 8);
}

function hex(value: number): string {
  return value.toString(16).toUpperCase();
}
