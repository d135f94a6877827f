// The configuration that the cloud keeps for a device, where a cloud does: one JSON object with settings that may change
// while the device runs.
//
//   {"telemetryIntervalS":30}   from now on a record each 30 s
//   {} or nothing at all        the device's own settings
//
// Rules: a configuration is obeyed as a whole or not at all; it replaces the one before, so what it does not name is the
// device's own again; one that is delivered anew and is the same changes nothing. What the device made of it, and each
// later change, is reported as the device's state.

import { sameBytes } from "../bytes/equal.js";
import { JSON_LIMITS, type JsonNames, type JsonRead, readJson } from "../bytes/json.js";
import { excerpt } from "../bytes/utf8.js";
import type { Clock, Timer, TimerId } from "../platform/clock.js";
import type { Log } from "../platform/events.js";
import { allowed, fits } from "../settings/kinds.js";
import { conflictOf, type SleepTimes } from "../settings/rules.js";
import {
  CLOUD_SETTING_NAMES,
  type CloudSetting,
  type Config,
  cloudSettingsOf,
  namesIn,
  SETTINGS,
  type Table,
} from "../settings/table.js";
import { type Bucket, takeToken, untilToken } from "./bucket.js";
import type { Json } from "./commands.js";

/** A longer configuration is refused unread. In bytes. */
export const MAX_CONFIGURATION_BYTES = 512;
/** Google Cloud IoT Core and its heirs take one state a second. */
export const STATE_INTERVAL_MS = 1_000;
/** Who changes the configuration again and again is told how it is now, and not of each change. */
const REPORTS: Bucket = { burst: 10, everyMs: 10_000 };
/** Characters of a name from outside that a report repeats. */
const NAME_SHOWN = 32;

/** Settings that may change while the device runs; those of an app besides. */
export type RuntimeSettings = { -readonly [N in CloudSetting]: Config[N] };

/** The device's own settings: those, and what they must go together with. */
export type OwnSettings = RuntimeSettings & SleepTimes;

/** Those of a whole configuration, and nothing else of it. @param table the settings that there are */
export function runtimeSettingsOf(config: Readonly<RuntimeSettings>, table: Table = SETTINGS): RuntimeSettings {
  const settings: Record<string, unknown> = {};
  for (const name of cloudSettingsOf(table)) settings[name] = (config as Readonly<Record<string, unknown>>)[name];
  return settings as RuntimeSettings;
}

export type ConfigurationError = "too-large" | "malformed" | "unknown-setting" | "bad-value";

/** What a configuration says, or why it is not obeyed. */
export type Reading =
  | { ok: true; settings: RuntimeSettings }
  | { ok: false; error: ConfigurationError; detail: string };

/**
 * Reads a configuration.
 * @param payload as it came, not trusted
 * @param own the device's own settings, for what it does not name
 * @param table the settings that there are; left out: those of a device without an app
 */
export function readConfiguration(payload: Uint8Array, own: OwnSettings, table: Table = SETTINGS): Reading {
  if (payload.length > MAX_CONFIGURATION_BYTES) return refusal("too-large", `at most ${MAX_CONFIGURATION_BYTES} bytes`);
  const cloudSettings = cloudSettingsOf(table);
  const names = table === SETTINGS ? CLOUD_SETTING_NAMES : namesIn(table, cloudSettings);
  let unknown: string | undefined;
  const given = readObject(payload, names, (name) => {
    unknown ??= excerpt(name, NAME_SHOWN);
  });
  if (given === undefined) return refusal("malformed", "not a JSON object");
  if (unknown !== undefined) {
    return refusal("unknown-setting", `${unknown}; known: ${cloudSettings.join(", ")}`);
  }
  const settings = runtimeSettingsOf(own, table);
  for (const name of cloudSettings) {
    const value = given[name];
    if (value === undefined) continue;
    const setting = table[name]!;
    if (!fits(setting, value)) return refusal("bad-value", `${name} must be ${allowed(setting)}`);
    (settings as Record<string, unknown>)[name] = value;
  }
  const conflict = conflictOf({ ...own, ...settings });
  return conflict === undefined ? { ok: true, settings } : refusal("bad-value", conflict);
}

function refusal(error: ConfigurationError, detail: string): Reading {
  return { ok: false, error, detail };
}

/** What a configuration says; nothing at all says nothing. */
function readObject(
  payload: Uint8Array,
  names: JsonNames,
  onOther: (name: string) => void,
): JsonRead<JsonNames> | undefined {
  try {
    return payload.length === 0 ? {} : readJson(payload, names, JSON_LIMITS, onOther);
  } catch {
    return undefined;
  }
}

export interface ConfiguratorParts {
  platform: { clock: Pick<Clock, "monotonic">; timer: Timer; log: Log };
  own: OwnSettings;
  /** The settings that there are; left out: those of a device without an app. */
  table?: Table | undefined;
  device: {
    /** Puts settings into effect. */
    onSettings(settings: RuntimeSettings): void;
    /** Reports the device's state; not more than once in `STATE_INTERVAL_MS`. @returns false when it cannot be done now */
    onState(state: Json): boolean;
  };
}

/** Holds the settings in effect, and tells the cloud about them. */
export class Configurator {
  readonly #parts: ConfiguratorParts;
  #settings: RuntimeSettings;
  /** The last configuration, as far as it was looked at. */
  #last: Uint8Array | undefined;
  #verdict: Json | null = null;
  /** When a state was last reported, monotonic ms. */
  #reportedAt = Number.NEGATIVE_INFINITY;
  #timer: TimerId;
  /** The bucket of reports, see bucket.ts. */
  #reportsFull = 0;

  constructor(parts: ConfiguratorParts) {
    this.#parts = parts;
    this.#settings = runtimeSettingsOf(parts.own, parts.table);
  }

  /** The settings in effect. */
  get settings(): RuntimeSettings {
    return this.#settings;
  }

  /** The cloud delivers a configuration. @param payload not kept, not trusted */
  take(payload: Uint8Array): void {
    const seen = payload.slice(0, MAX_CONFIGURATION_BYTES + 1);
    if (this.#last !== undefined && sameBytes(seen, this.#last)) return;
    this.#last = seen;
    const { own, platform, table } = this.#parts;
    const reading = readConfiguration(payload, own, table);
    if (reading.ok) {
      const { telemetryIntervalS, listenS } = reading.settings;
      platform.log("info", "configured", { telemetryIntervalS, listenS });
      this.#verdict = { ok: true };
      this.apply(reading.settings);
    } else {
      const { error, detail } = reading;
      platform.log("warn", "configuration-refused", { error, detail });
      this.#verdict = { ok: false, error, detail };
    }
    this.report();
  }

  /** A setting is changed in another way, until the cloud delivers another configuration. */
  change(some: Partial<RuntimeSettings>): void {
    this.apply({ ...this.#settings, ...some });
    this.report();
  }

  /** Reports nothing more. */
  stop(): void {
    this.#parts.platform.timer.clear(this.#timer);
    this.#timer = undefined;
  }

  private apply(settings: RuntimeSettings): void {
    this.#settings = settings;
    this.#parts.device.onSettings(settings);
  }

  /** Reports now, or as soon as a state may be reported again: then how it is by then. */
  private report(): void {
    if (this.#timer !== undefined) return;
    const now = this.#parts.platform.clock.monotonic();
    const wait = Math.max(this.#reportedAt + STATE_INTERVAL_MS - now, untilToken(this.#reportsFull, now, REPORTS));
    if (wait > 0) {
      this.reportIn(wait);
      return;
    }
    const reported = this.#parts.device.onState({ config: this.#verdict, settings: this.shown() });
    if (!reported) {
      this.reportIn(REPORTS.everyMs);
      return;
    }
    this.#reportedAt = now;
    this.#reportsFull = takeToken(this.#reportsFull, now, REPORTS);
  }

  /** The settings in effect, but for what is secret. */
  private shown(): Json {
    const table: Table = this.#parts.table ?? SETTINGS;
    const shown: Json = {};
    for (const [name, value] of Object.entries(this.#settings)) if (!table[name]!.secret) shown[name] = value;
    return shown;
  }

  private reportIn(ms: number): void {
    this.#timer = this.#parts.platform.timer.set(() => {
      this.#timer = undefined;
      this.report();
    }, ms);
  }
}
