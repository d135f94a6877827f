// The SIM card: absent, busy, locked or ready; ICCID and IMSI of the simulated SIM.

import { iccidOf, imsiOf, msisdnOf } from "../world/sims.js";
import type { Job } from "./agenda.js";
import { CME, type CmeCode, CommandError } from "./errors.js";
import type { CardPart, Machine } from "./machine.js";

type CardState = "absent" | "busy" | "pin" | "puk" | "failed" | "ready" | "off";

const PIN_TRIES = 3;

const DEMAND: Record<Exclude<CardState, "ready">, CmeCode> = {
  absent: CME.simNotInserted,
  busy: CME.simBusy,
  pin: CME.simPinRequired,
  puk: CME.simPukRequired,
  failed: CME.simFailure,
  off: CME.simBusy,
};

export class Card implements CardPart {
  readonly #machine: Machine;
  readonly #index: number | undefined;
  #state: CardState = "off";
  #tries = PIN_TRIES;
  /** The card is being read, or SMS Ready is to come. */
  #work: Job | undefined;
  /** False until SMS Ready was printed since boot. */
  #smsReady = false;

  constructor(machine: Machine, index: number | undefined) {
    this.#machine = machine;
    this.#index = index;
  }

  get index(): number | undefined {
    return this.#machine.faults.has("no-sim") ? undefined : this.#index;
  }

  get ready(): boolean {
    return this.#state === "ready";
  }

  get iccid(): string {
    return iccidOf(this.index!);
  }

  get imsi(): string {
    return imsiOf(this.index!);
  }

  get msisdn(): string {
    return msisdnOf(this.index!);
  }

  reset(): void {
    this.#state = "off";
    this.#smsReady = false;
  }

  begin(ms: number, settled = false): void {
    this.#smsReady = settled;
    const { faults } = this.#machine;
    this.#state = "busy";
    const busy = faults.number("sim-busy");
    this.#plan(busy === undefined ? ms : busy * 1000, () => this.#read());
  }

  end(): void {
    this.#work?.cancel();
    if (this.#state === "absent") return;
    this.#state = "off";
    this.#urc("NOT READY");
  }

  status(): string {
    if (this.#state === "ready") return "READY";
    if (this.#state === "pin") return "SIM PIN";
    if (this.#state === "puk") return "SIM PUK";
    throw new CommandError(DEMAND[this.#state]);
  }

  demand(): void {
    if (this.#state !== "ready") throw new CommandError(DEMAND[this.#state]);
  }

  enter(pin: string): void {
    if (this.#state === "puk") throw new CommandError(CME.simPukRequired);
    if (this.#state !== "pin") throw new CommandError(CME.notAllowed);
    if (pin !== this.#machine.faults.text("sim-pin")) {
      this.#tries--;
      if (this.#tries === 0) this.#state = "puk";
      throw new CommandError(CME.incorrectPassword);
    }
    this.#tries = PIN_TRIES;
  }

  unlocked(): void {
    this.#become("ready");
  }

  #read(): void {
    const { faults } = this.#machine;
    if (this.index === undefined) this.#become("absent");
    else if (faults.has("sim-failure")) this.#become("failed");
    else if (faults.has("sim-puk") || this.#tries === 0) this.#become("puk");
    else this.#become(faults.has("sim-pin") ? "pin" : "ready");
  }

  #become(state: "absent" | "failed" | "pin" | "puk" | "ready"): void {
    this.#state = state;
    this.#urc({ absent: "NOT INSERTED", failed: "NOT READY", pin: "SIM PIN", puk: "SIM PUK", ready: "READY" }[state]);
    if (state !== "ready") return;
    this.#machine.radio.begin();
    if (this.#smsReady) return;
    this.#plan(this.#machine.delay("bootSms"), () => {
      this.#smsReady = true;
      this.#machine.sms.flush();
      this.#machine.out.urc("SMS", "SMS Ready");
    });
  }

  /** One thing is under way with a card; what comes next takes its place. */
  #plan(ms: number, run: () => void): void {
    this.#work?.cancel();
    this.#work = this.#machine.after(ms, run) ?? this.#work;
  }

  #urc(text: string): void {
    this.#machine.out.urc("SIMCARD", `+CPIN: ${text}`);
  }
}
