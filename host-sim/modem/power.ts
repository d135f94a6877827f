// Supply, PWRKEY and boot (SIM7080 Hardware Design; sim7080 facts §1.1, §1.2). PWRKEY is a toggle: the same pulse switches
// a stopped module on and a running one off. Held for 12 s it resets the module, the only hardware reset there is.

import type { Job } from "./agenda.js";
import type { Machine } from "./machine.js";

/** Least time in milliseconds that PWRKEY is held to switch on, to switch off, and to reset. */
export const KEY_ON_MS = 1000;
export const KEY_OFF_MS = 1200;
export const KEY_RESET_MS = 12_000;

/**
 * - `unsupplied`: no VBAT; `off`: supplied, waits for PWRKEY
 * - `booting`: no UART yet; `running`; `stopping`: power-down under way, UART dead; `asleep`: PSM
 * - `frozen`: looks powered, does nothing; `zombie`: as frozen, and ignores PWRKEY below 12 s
 */
export type PowerState = "unsupplied" | "off" | "booting" | "running" | "stopping" | "asleep" | "frozen" | "zombie";

const KEY_SWITCHES_ON: ReadonlySet<PowerState> = new Set(["off", "asleep"]);
const KEY_SWITCHES_OFF: ReadonlySet<PowerState> = new Set(["booting", "running", "frozen"]);

export class Power {
  readonly #machine: Machine;
  #state: PowerState = "off";
  #held: Job[] = [];
  /** When the module last began to run; the clock that was never set counts from here. */
  bootedAt = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get state(): PowerState {
    return this.#state;
  }

  /** True while the UART is alive. */
  get talks(): boolean {
    return this.#state === "running";
  }

  /** PWRKEY, 1 is pressed. What a press does is decided when it has lasted long enough. */
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

  /** VBAT comes (1) or goes (0). With it gone the module is dead at once. */
  supply(level: 0 | 1): void {
    if (level === 0) this.#down("unsupplied");
    else if (this.#state === "unsupplied") this.#state = "off";
  }

  /** Starts as a module that has been on and registered for long: it outlived a reset of its host. */
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

  /** Begins to boot, from whatever state: switched on, told to restart, or crashed. */
  boot(): void {
    const { faults } = this.#machine;
    this.#down("booting");
    const slow = faults.number("boot-slow");
    this.#machine.after(slow === undefined ? this.#machine.delay("boot") : slow * 1000, () => this.#booted());
  }

  /** Switches off in order. @param announced whether NORMAL POWER DOWN is printed */
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

  /** Falls asleep (PSM): UART dead, sockets and session gone. @param ms until the periodic update wakes it */
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

  /** The supply sags: the module says so and switches itself off. */
  underVoltage(): void {
    this.#say("UNDER-VOLTAGE POWER DOWN");
    this.powerDown(false);
  }

  /** Off at once, without a word, the supply still there (a brown-out). */
  lose(): void {
    this.#down("off");
  }

  /** Stops doing anything. */
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
