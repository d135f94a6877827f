// The device as its default app sees it: what it tells of itself, and what may be asked of it. That is granted or
// refused here; what comes of it is done when the answer is on its way.

import { Refusal, type SystemApp, type SystemCommand, type SystemContext } from "../platform/app.js";
import type { Link, LinkStatus } from "../platform/link.js";
import type { Platform } from "../platform/platform.js";
import { conflictOf, type SleepTimes } from "../settings/rules.js";
import type { BootRecord } from "./boot-record.js";
import { type Asked, type Json, refusal, WOULD_UNDO } from "./commands.js";
import type { DataBudget } from "./data-budget.js";
import { keepRestart, readRestart } from "./memory.js";
import type { Position } from "./position.js";
import { type Counters, telemetry } from "./telemetry.js";
import type { UsageMeter } from "./usage.js";

/** What the device must do besides answering. */
export type Effect = { do: "set-interval"; seconds: number } | { do: "restart" };

/** A restart by a command comes at most this often, in milliseconds: one that is sent again and again must not stop a device. */
export const RESTART_EVERY_MS = 600_000;

/** Carries out a command of the default app, but for what it was granted. @returns its answer */
export function obey({ id, command, args }: Asked<SystemCommand>, system: System): Json {
  try {
    return { id, ok: true, ...(command.run(args, system, undefined) as Json | undefined) };
  } catch (error) {
    if (error instanceof Refusal) return refusal(id, error.code, error.message);
    throw error;
  }
}

export interface SystemParts {
  platform: Pick<Platform, "clock" | "log" | "keyValue">;
  /** What an interval must go together with. */
  config: SleepTimes;
  /** What every device measures and obeys. */
  base: SystemApp;
  link: Pick<Link, "counters">;
  counters: Counters;
  usage: UsageMeter;
  /** The day's volume; left out: it is not bounded. */
  budget?: DataBudget | undefined;
  /** Where the device is; left out: it is not looked for. */
  position?: Pick<Position, "fields"> | undefined;
  /** Whether an update is on trial; left out: there are none. */
  updates?: { readonly onTrial: boolean } | undefined;
  /** How the device has started; told in its first record. */
  boot?: Pick<BootRecord, "reset" | "safe"> | undefined;
}

export class System implements SystemContext {
  signal: LinkStatus = {};
  /** Why the device has started, until a record tells it. A wake is what a device that sleeps does all day. */
  reset: string | undefined;
  readonly #parts: SystemParts;
  #effect: Effect | undefined;
  /** A command has restarted the device, or is about to. */
  #restarts = false;

  constructor(parts: SystemParts) {
    this.#parts = parts;
    this.reset = parts.boot?.reset === "sleep" ? undefined : parts.boot?.reset;
  }

  get uptimeS(): number {
    return Math.floor(this.#parts.platform.clock.monotonic() / 1000);
  }

  /** The fields of a telemetry record. */
  fields(): Json {
    const { platform, base, link, counters, budget, usage, boot, position } = this.#parts;
    return telemetry({
      uptimeS: this.uptimeS,
      wallMs: platform.clock.wall(),
      measured: base.sample(this),
      position: position?.fields(),
      link: link.counters(),
      counters,
      budget,
      usage: usage.usage(link.counters(), platform.clock.monotonic()),
      reset: this.reset,
      safe: boot?.safe,
    });
  }

  status(): Json {
    return { refused: this.#parts.counters.refused, ...this.fields() };
  }

  setInterval(seconds: number): void {
    const conflict = conflictOf({ ...this.#parts.config, telemetryIntervalS: seconds });
    if (conflict !== undefined) throw new Refusal("bad-argument", conflict);
    this.#effect = { do: "set-interval", seconds };
  }

  restart(): void {
    if (this.#parts.updates?.onTrial) throw new Refusal("on-trial", WOULD_UNDO);
    if (!this.mayRestart()) throw new Refusal("too-soon", "at most one restart in 10 minutes");
    this.#effect = { do: "restart" };
  }

  /** What was granted since this was asked for last. */
  take(): Effect | undefined {
    const effect = this.#effect;
    this.#effect = undefined;
    return effect;
  }

  /** What was granted is about to be done. */
  commit(effect: Effect | undefined): void {
    if (effect?.do !== "restart") return;
    const { platform } = this.#parts;
    this.#restarts = true;
    keepRestart(platform, platform.clock.wall());
  }

  /** Whether the last restart by a command is long enough ago; where the time does not tell, uptime does. */
  private mayRestart(): boolean {
    const { clock, keyValue } = this.#parts.platform;
    if (this.#restarts) return false;
    const last = readRestart(keyValue);
    const wall = clock.wall();
    const since = last && wall !== undefined ? wall - last : 0;
    return last === undefined || Math.max(since, clock.monotonic()) >= RESTART_EVERY_MS;
  }
}
