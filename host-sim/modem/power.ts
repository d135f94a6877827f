// Supply, PWRKEY and boot (SIM7080G Hardware Design V1.05; boot logs of 1951B16). PWRKEY is a toggle: the same pulse switches
// a stopped module on and a running one off. Held for 12 s it resets the module, the only hardware reset there is.

import type { Job } from "./agenda.js";
import type { Machine, PowerPart, PowerState } from "./machine.js";

/** Least time in milliseconds that PWRKEY is held to switch on, to switch off, and to reset. */
const KEY_ON_MS = 1000;
const KEY_OFF_MS = 1200;
const KEY_RESET_MS = 12_000;

const KEY_SWITCHES_ON: ReadonlySet<PowerState> = new Set(["off", "asleep"]);
const KEY_SWITCHES_OFF: ReadonlySet<PowerState> = new Set(["booting", "running", "frozen"]);

export class Power implements PowerPart {
  readonly #machine: Machine;
  #state: PowerState = "off";
  #held: Job[] = [];
  bootedAt = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get state(): PowerState {
    return this.#state;
  }

  get talks(): boolean {
    return this.#state === "running";
  }

  key(level: 0 | 1): void {
    for (const job of this.#held) job.cancel();
    this.#held = [];
    if (level === 0) return;
    const { agenda, now } = this.#machine;
    let acted = false;
    const held = (ms: number, act: () => void) => this.#held.push(agenda.add(now + ms, act, true));
    held(KEY_ON_MS, () => {
      if (!KEY_SWITCHES_ON.has(this.#state)) return;
      acted = true;
      if (this.#state === "asleep") this.wake();
      else this.boot();
    });
    held(KEY_OFF_MS, () => {
      if (!acted && KEY_SWITCHES_OFF.has(this.#state)) this.powerDown(true);
    });
    held(KEY_RESET_MS, () => {
      if (this.#state !== "unsupplied") this.boot();
    });
  }

  supply(level: 0 | 1): void {
    if (level === 0) this.#down("unsupplied");
    else if (this.#state === "unsupplied") this.#state = "off";
  }

  beginRunning(): void {
    const { card, data, faults, out, radio, session, settings } = this.#machine;
    out.muted = true;
    this.#up();
    // It has heard the host's speed before.
    if (settings.ipr === 0) session.lost = faults.number("first-at-lost") ?? 0;
    card.begin(0, true);
    radio.begin(0);
    if (faults.strikes("data-mode")) data.enter();
    out.muted = false;
  }

  boot(): void {
    const { faults } = this.#machine;
    this.#down("booting");
    const slow = faults.number("boot-slow");
    this.#machine.after(slow === undefined ? this.#machine.delay("boot") : slow * 1000, () => this.#booted());
  }

  powerDown(announced: boolean): void {
    const stop = () => {
      if (announced && !this.#machine.faults.has("no-power-down-text")) this.#say("NORMAL POWER DOWN");
      this.#down("stopping");
      this.#machine.after(this.#machine.delay("off"), () => {
        this.#state = "off";
      });
    };
    if (announced) this.#machine.after(this.#machine.delay("powerDown"), stop);
    else stop();
  }

  sleep(ms: number): void {
    this.#down("asleep");
    this.#machine.later(ms, () => this.wake());
  }

  /** Wakes from PSM: soon registered again, everything else as after a boot. The first AT is lost. */
  wake(): void {
    this.#down("booting");
    this.#machine.after(this.#machine.delay("wake"), () => {
      this.#up();
      this.#machine.session.lost = Math.max(1, this.#machine.session.lost);
      this.#machine.card.begin(0);
      this.#machine.radio.begin(0);
      this.#machine.lowPower.touch();
    });
  }

  underVoltage(): void {
    this.#say("UNDER-VOLTAGE POWER DOWN");
    this.powerDown(false);
  }

  lose(): void {
    this.#down("off");
  }

  freeze(as: "frozen" | "zombie"): void {
    this.#down(as);
  }

  #booted(): void {
    const { out, settings } = this.#machine;
    this.#up();
    // With autobaud the module does not know the host's speed yet, and prints neither (AT V1.07 §1.4).
    if (settings.ipr !== 0) out.urc("SYS", "RDY");
    this.#machine.after(this.#machine.delay("bootCfun"), () => {
      if (settings.ipr !== 0) out.urc("SYS", "+CFUN: 1");
      this.#machine.card.begin(this.#machine.delay("bootCard"));
    });
  }

  #up(): void {
    const { faults, session } = this.#machine;
    this.#state = "running";
    this.bootedAt = this.#machine.now;
    // Autobaud needs a command to learn the host's speed from.
    session.lost = faults.number("first-at-lost") ?? (this.#machine.settings.ipr === 0 ? 1 : 0);
    this.#machine.act({ do: "baud", baud: this.#machine.settings.ipr });
    this.#timed("restart", () => this.boot());
    this.#timed("freeze", () => this.freeze("frozen"));
    this.#timed("zombie", () => this.freeze("zombie"));
    this.#timed("under-voltage", () => this.underVoltage());
  }

  #timed(name: "restart" | "freeze" | "zombie" | "under-voltage", strike: () => void): void {
    const seconds = this.#machine.faults.number(name);
    if (seconds === undefined) return;
    this.#machine.after(seconds * 1000, () => {
      if (this.#machine.faults.strikes(name)) strike();
    });
  }

  /** Everything volatile goes. */
  #down(state: PowerState): void {
    this.#state = state;
    this.#machine.reset();
  }

  #say(text: string): void {
    this.#machine.out.urc("SYS", text);
  }
}
