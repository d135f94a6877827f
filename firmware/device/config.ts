// Every setting of a device in one table: name, default, range, meaning. What is not in the table is not a setting.

import { Failure } from "../platform/failure.js";

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
  /** What is allowed, for a message. */
  allowed: string;
  help: string;
}

const text = (fallback: string, pattern: RegExp, allowed: string, help: string): Setting<string> => ({
  fallback,
  allowed,
  help,
  check: (value) => (typeof value === "string" && pattern.test(value) ? value : undefined),
});

const number = (fallback: number, least: number, most: number, unit: string, help: string): Setting<number> => ({
  fallback,
  allowed: `a whole number from ${least} to ${most} (${unit})`,
  help,
  check: (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : undefined,
});

const HOST_NAME =
  /^(?=.{1,64}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** The table. Its keys are the names in a configuration file. */
export const SETTINGS = {
  apn: text(
    "iot.1nce.net",
    /^[A-Za-z0-9.-]{1,63}$/,
    "letters, digits, dots and dashes, at most 63",
    "access point name",
  ),
  onboardingHost: text(
    "device.connectivity-suite.cloud",
    HOST_NAME,
    "a host name of at most 64 characters",
    "host of 1NCE's onboarding service",
  ),
  onboardingPort: number(443, 1, 65_535, "TCP port", "port of 1NCE's onboarding service"),
  telemetryIntervalS: number(60, 1, 86_400, "seconds", "how often telemetry is recorded"),
  keepAliveS: number(300, 30, 1_200, "seconds", "MQTT keep-alive, as AWS IoT Core honours it"),
  commandTimeoutS: number(30, 5, 300, "seconds", "how long an unanswered MQTT exchange may take"),
} as const;

/** A valid configuration. */
export type Config = {
  readonly [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/**
 * A complete configuration from a partial one.
 * @param given settings by name, as read from a file or built by a composition root; unknown names are refused
 * @throws ConfigError that names the setting and what is allowed
 */
export function configure(given: Readonly<Record<string, unknown>> = {}): Config {
  const config: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(SETTINGS, name)) {
      throw new ConfigError(`unknown setting "${name}"; known: ${Object.keys(SETTINGS).join(", ")}`);
    }
  }
  for (const [name, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const value = given[name] === undefined ? setting.fallback : setting.check(given[name]);
    if (value === undefined) throw new ConfigError(`setting "${name}" must be ${setting.allowed}`);
    config[name] = value;
  }
  return config as Config;
}
