// Every setting of a device in one table: name, default, range, meaning. What is not in the table is not a setting.

import type { JsonNames, JsonShape } from "../bytes/json.js";
import { knownKey } from "../bytes/known.js";
import { AWS_IOT_LIMITS } from "../mqtt/limits.js";
import { Failure } from "../platform/failure.js";
import {
  APN_RULE,
  areBands,
  BANDS_RULE,
  conflictOf,
  DATA_BUDGET_KB,
  EDRX_CYCLE_S,
  HOST_PATTERN_RULE,
  HOST_RULE,
  INTERVAL_S,
  isApn,
  isHost,
  isHostPattern,
  isPin,
  isWithin,
  PIN_RULE,
  PSM_ACTIVE_S,
  PSM_PERIOD_S,
  type Range,
} from "../settings/rules.js";

/** A setting that is missing, unknown or out of range. Nothing but a person can mend it. */
export class ConfigError extends Failure {
  constructor(message: string) {
    super("config", message, "give-up");
  }
}

interface Setting<T> {
  fallback: T;
  /** @returns the value if it is one, else undefined */
  check: (value: unknown) => T | undefined;
  /** What somebody typed, as the value it may stand for; not checked. */
  parse: (text: string) => unknown;
  /** How it is stored as JSON; `plain` when left out. */
  shape?: JsonShape;
  /** What is allowed, for a message. */
  allowed: string;
  help: string;
  /** Not to be shown. */
  secret?: boolean;
}

const asTyped = (text: string): unknown => text;
const asNumber = (text: string): unknown => (/^[0-9]{1,9}$/.test(text) ? Number(text) : undefined);
const asNumbers = (text: string): unknown => text.split(",").map(asNumber);

const text = (fallback: string, fits: (text: string) => boolean, allowed: string, help: string): Setting<string> => ({
  fallback,
  allowed,
  help,
  parse: asTyped,
  check: (value) => (typeof value === "string" && fits(value) ? value : undefined),
});

const number = (fallback: number, range: Range, unit: string, help: string): Setting<number> => ({
  fallback,
  allowed: `a whole number from ${range.join(" to ")} (${unit})`,
  help,
  parse: asNumber,
  check: (value) =>
    typeof value === "number" && Number.isInteger(value) && isWithin(value, range) ? value : undefined,
});

const choice = <const T extends string>(fallback: T, words: readonly T[], help: string): Setting<T> => ({
  fallback,
  allowed: `one of ${words.join(", ")}`,
  help,
  parse: asTyped,
  check: (value) => words.find((word) => word === value),
});

/** A setting that may be left out: then what the modem has saved stays as it is. */
const optional = <const T>(setting: Setting<T>): Setting<T | undefined> => ({ ...setting, fallback: undefined });

const bands = (help: string): Setting<readonly number[]> => ({
  fallback: [],
  shape: "list",
  allowed: BANDS_RULE,
  help,
  parse: asNumbers,
  check: (value) => (Array.isArray(value) && areBands(value) ? value : undefined),
});

const secret = <const T>(setting: Setting<T>): Setting<T> => ({ ...setting, secret: true });

/** The table. Its keys are the names in a configuration file. */
export const SETTINGS = {
  apn: text("iot.1nce.net", isApn, APN_RULE, "access point name"),
  onboardingHost: text("device.connectivity-suite.cloud", isHost, HOST_RULE, "host of 1NCE's onboarding service"),
  onboardingPort: number(443, [1, 65_535], "TCP port", "port of 1NCE's onboarding service"),
  endpointPattern: text(
    "*.amazonaws.com",
    isHostPattern,
    HOST_PATTERN_RULE,
    "AWS IoT endpoints that 1NCE's onboarding may name",
  ),
  missingRoot: choice(
    "built-in",
    ["built-in", "fetch"],
    "what to trust at the endpoint when onboarding delivers no root: the built-in roots, or the one at the address it names",
  ),
  transport: choice("mqtt", ["mqtt", "ws", "https"], "what carries the messages; https publishes only"),
  publishForm: choice(
    "1nce",
    ["query", "headers", "1nce"],
    "https: where the authorizer's parameters stand; 1nce is the query with the headers username and clientId",
  ),
  fallback: choice("none", ["none", "https"], "what telemetry falls back to when MQTT cannot be had"),
  telemetryIntervalS: number(60, INTERVAL_S, "seconds", "how often telemetry is recorded"),
  modemBaud: optional(
    number(115_200, [9_600, 921_600], "bits per second", "speed of the modem's line; left out: the board's"),
  ),
  pin: secret(optional(text("", isPin, PIN_RULE, "PIN of the SIM card, tried once"))),
  rat: optional(
    choice<"LTE-M" | "NB-IoT" | "both">("LTE-M", ["LTE-M", "NB-IoT", "both"], "access technologies to search for"),
  ),
  bandsLteM: optional(bands("LTE-M bands to search; fewer make a first attach quicker")),
  bandsNbIot: optional(bands("NB-IoT bands to search")),
  ntpHost: text("pool.ntp.org", isHost, HOST_RULE, "asked when the network tells no time"),
  power: choice("always-on", ["always-on", "psm", "edrx"], "what the modem does between two records"),
  psmPeriodS: number(4 * 3_600, PSM_PERIOD_S, "seconds", "psm: T3412 asked for; longer than the telemetry interval"),
  psmActiveS: number(4, PSM_ACTIVE_S, "seconds", "psm: T3324 asked for, in which the modem still listens"),
  edrxCycleS: number(82, EDRX_CYCLE_S, "seconds", "edrx: time between two looks for incoming data"),
  listenS: number(5, [0, 3_600], "seconds", "psm: how long to wait for commands when all is delivered"),
  commandBurst: number(10, [1, 100], "commands", "commands that are carried out one after the other"),
  commandEveryS: number(
    10,
    [1, 3_600],
    "seconds",
    "beyond these, one command each so many seconds; others are refused",
  ),
  dataBudgetKbPerDay: number(
    0,
    DATA_BUDGET_KB,
    "kilobytes",
    "volume of a UTC day, TCP/IP headers included, that telemetry keeps to; 0: not bounded",
  ),
  keepAliveS: number(300, AWS_IOT_LIMITS.keepAlive, "seconds", "MQTT keep-alive, as AWS IoT Core honours it"),
  session: choice(
    "clean",
    ["clean", "persistent"],
    "MQTT session; persistent: the broker keeps commands while the device is away, and flash is written for each record",
  ),
} as const;

/** The table's names, for a reader of JSON. */
// biome-ignore lint/plugin: the names are the table's
export const SETTING_NAMES: JsonNames = Object.fromEntries(
  (Object.entries(SETTINGS) as [string, Setting<unknown>][]).map(([name, { shape = "plain" }]) => [name, shape]),
);

/** Whether there is a setting of this name. */
export function isSetting(name: string): name is keyof typeof SETTINGS {
  return knownKey(SETTINGS, name) !== undefined;
}

/** A valid configuration. */
export type Config = {
  readonly [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/**
 * A complete configuration from a partial one.
 * @param given settings by name, as read from a file or built by a composition root; unknown names are refused
 * @throws ConfigError that names the setting and what is allowed, or what does not go together
 */
export function configure(given: Readonly<Record<string, unknown>> = {}): Config {
  const config: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (!isSetting(name)) {
      throw new ConfigError(`unknown setting "${name}"; known: ${Object.keys(SETTINGS).join(", ")}`);
    }
  }
  for (const [name, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const asked = given[name] !== undefined;
    const value = asked ? setting.check(given[name]) : setting.fallback;
    if (asked && value === undefined) throw new ConfigError(`setting "${name}" must be ${setting.allowed}`);
    config[name] = value;
  }
  const conflict = conflictOf(config as Config);
  if (conflict !== undefined) throw new ConfigError(conflict);
  return config as Config;
}

/**
 * The same for a safe start: with a session of its own. What the broker keeps for the persistent one is thrown away by that, and
 * with it the message that may be what kills the device whenever it comes.
 */
export function safeConfig(config: Config): Config {
  return { ...config, session: "clean" };
}

/** What the settings ask of the 1NCE profile, in the form that cloud/ takes. */
export function oneNceSettings(config: Config) {
  const { onboardingHost: host, onboardingPort: port, transport, endpointPattern, missingRoot } = config;
  return { host, port, transport, endpointPattern, missingRoot };
}

/** What the settings ask of modem and network, in the form that modem/ takes. */
export function linkSettings(config: Config) {
  const { apn, modemBaud, pin, rat, bandsLteM, bandsNbIot, ntpHost, power } = config;
  const profiles = {
    "always-on": { mode: "always-on" },
    // The modem must not fall asleep while the device still listens for commands.
    psm: { mode: "psm", periodS: config.psmPeriodS, activeS: Math.max(config.psmActiveS, config.listenS) },
    edrx: { mode: "edrx", cycleS: config.edrxCycleS },
  } as const;
  const bands = { ...(bandsLteM && { "CAT-M": bandsLteM }), ...(bandsNbIot && { "NB-IOT": bandsNbIot }) };
  return { apn, baud: modemBaud, pin, rat, bands, ntpHost, profile: profiles[power] };
}
