// Every setting of a device in one table: kind, default, range, who may change it, meaning. What is not in the table is not a
// setting. Whoever reads or writes one goes by it: modem, cloud, device, console, the cloud's configuration, `--config`, and
// docs/settings.md. It is data alone: preloaded, it takes no RAM.

import type { JsonNames } from "../bytes/json.js";
import { knownKey } from "../bytes/known.js";
import { fits, type Setting, shapeOf, type ValueOf, WHO, type Who } from "./kinds.js";
import {
  EDRX_CYCLE_S,
  KEEP_ALIVE_S,
  POSITION_S,
  POSITION_WAIT_S,
  PSM_ACTIVE_S,
  PSM_PERIOD_S,
  RECORDS_PER_WAKE,
} from "./rules.js";

/** The table. Its keys are the names in a configuration file. */
export const SETTINGS = {
  apn: { kind: "apn", default: "iot.1nce.net", by: "console", help: "access point name" },
  onboardingHost: {
    kind: "host",
    default: "device.connectivity-suite.cloud",
    by: "console",
    help: "host of 1NCE's onboarding service",
  },
  onboardingPort: {
    kind: "number",
    range: [1, 65_535],
    unit: "TCP port",
    default: 443,
    by: "console",
    help: "port of 1NCE's onboarding service",
  },
  endpointPattern: {
    kind: "host-pattern",
    default: "*.amazonaws.com",
    by: "console",
    help: "AWS IoT endpoints that 1NCE's onboarding may name",
  },
  missingRoot: {
    kind: "choice",
    words: ["built-in", "fetch"],
    default: "built-in",
    by: "console",
    help: "what to trust at the endpoint when onboarding delivers no root: the built-in roots, or the one at the address it names",
  },
  transport: {
    kind: "choice",
    words: ["mqtt", "ws", "https"],
    default: "mqtt",
    by: "console",
    help: "what carries the messages: MQTT over TLS, MQTT over a WebSocket, or HTTPS, which publishes only",
  },
  publishForm: {
    kind: "choice",
    words: ["query", "headers", "1nce"],
    default: "1nce",
    by: "console",
    help: "https: where the authorizer's parameters stand; 1nce is the query with the headers username and clientId",
  },
  fallback: {
    kind: "choice",
    words: ["none", "https"],
    default: "none",
    by: "console",
    help: "what telemetry falls back to when MQTT cannot be had",
  },
  telemetryIntervalS: {
    kind: "number",
    range: [1, 86_400],
    unit: "seconds",
    default: 60,
    by: "cloud",
    help: "how often telemetry is recorded",
  },
  recordsPerWake: {
    kind: "number",
    range: RECORDS_PER_WAKE,
    unit: "records",
    default: 1,
    by: "console",
    help: "psm, off: records that are gathered before the modem is woken; more than 1: those that wait travel together, as one list",
  },
  sendAtOnceWhen: {
    kind: "condition",
    by: "console",
    help: "while records are gathered: the modem is woken at once when this becomes so, and when it is so no more; left out: never",
  },
  recordForm: {
    kind: "choice",
    words: ["json", "compact"],
    default: "json",
    by: "console",
    help: "how telemetry is written: as JSON, or in a third of the bytes as CBOR (docs/compact.md); answers are JSON in any case",
  },
  modemBaud: {
    kind: "number",
    range: [9_600, 921_600],
    unit: "bits per second",
    by: "console",
    help: "speed of the modem's line; left out: the board's",
  },
  pin: { kind: "pin", by: "console", secret: true, help: "PIN of the SIM card, never tried again once it was refused" },
  rat: {
    kind: "choice",
    words: ["LTE-M", "NB-IoT", "both", "any"],
    by: "console",
    help: "access technologies to search for, any: 2G too, on a SIM7070; left out: what the modem has saved",
  },
  bandsLteM: {
    kind: "bands",
    by: "console",
    help: "LTE-M bands to search, fewer make a first attach quicker; left out: what the modem has saved",
  },
  bandsNbIot: { kind: "bands", by: "console", help: "NB-IoT bands to search; left out: what the modem has saved" },
  ntpHost: { kind: "host", default: "pool.ntp.org", by: "console", help: "asked when the network tells no time" },
  power: {
    kind: "choice",
    words: ["always-on", "psm", "edrx", "off"],
    default: "always-on",
    by: "console",
    help: "what the modem does between two wakes; off: it is switched off, and registers anew for each",
  },
  psmPeriodS: {
    kind: "number",
    range: PSM_PERIOD_S,
    unit: "seconds",
    default: 4 * 3_600,
    by: "console",
    help: "psm: T3412 asked for; longer than the telemetry interval",
  },
  psmActiveS: {
    kind: "number",
    range: PSM_ACTIVE_S,
    unit: "seconds",
    default: 4,
    by: "console",
    help: "psm: T3324 asked for, in which the modem still listens",
  },
  edrxCycleS: {
    kind: "number",
    range: EDRX_CYCLE_S,
    unit: "seconds",
    default: 82,
    by: "console",
    help: "edrx: time between two looks for incoming data",
  },
  listenS: {
    kind: "number",
    range: [0, 3_600],
    unit: "seconds",
    default: 5,
    by: "cloud",
    help: "psm, off: how long to wait for commands when all is delivered",
  },
  positionS: {
    kind: "number",
    range: POSITION_S,
    unit: "seconds",
    default: 0,
    by: "console",
    help: "from one look for the device's position by satellites to the next; the radio is off meanwhile; 0: none",
  },
  positionWaitS: {
    kind: "number",
    range: POSITION_WAIT_S,
    unit: "seconds",
    default: 120,
    by: "console",
    help: "how long a position is looked for",
  },
  commandBurst: {
    kind: "number",
    range: [1, 100],
    unit: "commands",
    default: 10,
    by: "console",
    help: "commands that are carried out one after the other",
  },
  commandEveryS: {
    kind: "number",
    range: [1, 3_600],
    unit: "seconds",
    default: 10,
    by: "console",
    help: "beyond these, one command each so many seconds; others are refused",
  },
  dataBudgetKbPerDay: {
    kind: "number",
    range: [0, 1_000_000],
    unit: "kilobytes of 1000 bytes",
    default: 0,
    by: "console",
    help: "volume of a UTC day, TCP/IP headers included, that telemetry keeps to; 0: not bounded",
  },
  keepAliveS: {
    kind: "number",
    range: KEEP_ALIVE_S,
    unit: "seconds",
    default: 300,
    by: "console",
    help: "MQTT keep-alive, as AWS IoT Core honours it",
  },
  session: {
    kind: "choice",
    words: ["clean", "persistent"],
    default: "clean",
    by: "console",
    help: "MQTT session; persistent: the broker keeps commands while the device is away; each message is noted in the outbox",
  },
  tlsSessions: {
    kind: "choice",
    words: ["off", "memory", "flash"],
    default: "memory",
    by: "console",
    help:
      "where TLS sessions wait for the next connection, for servers that give some: memory that lasts while the chip has power, " +
      "asleep too; flash: where it is encrypted, else as memory",
  },
  updateHost: {
    kind: "host-pattern",
    default: "*.amazonaws.com",
    by: "console",
    help: "hosts that updates may be fetched from",
  },
  updateRoots: {
    kind: "choice",
    words: ["amazon", "isrg", "build"],
    default: "amazon",
    by: "console",
    help: "whom to trust for these hosts: Amazon's roots, Let's Encrypt's, or those of the build",
  },
  updateBudgetKb: {
    kind: "number",
    range: [0, 1_000_000],
    unit: "kilobytes of 1000 bytes",
    default: 4_000,
    by: "console",
    help: "volume that one update may take, over all its tries, TCP/IP headers included; 0: not bounded",
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** A table of settings: this one, or this one with those of an app behind it. */
export type Table = Readonly<Record<string, Setting>>;
type Own = typeof SETTINGS;
export type SettingName = keyof Own;

/** A valid configuration: a value for each setting, undefined for one that was left out and has no default. */
export type Config = {
  readonly [N in SettingName]: ValueOf<Own[N]> | (Own[N] extends { readonly default: unknown } ? never : undefined);
};

/** Settings that the cloud may change while the device runs. */
export type CloudSetting = { [N in SettingName]: Own[N]["by"] extends "cloud" ? N : never }[SettingName];

const ALL = Object.keys(SETTINGS) as readonly SettingName[];

/** Names of those that the cloud may change, in the table's order. */
export const CLOUD_SETTINGS = ALL.filter((name) => mayChange("cloud", name)) as readonly CloudSetting[];

/** The table's names, for a reader of JSON. */
export const SETTING_NAMES: JsonNames = namesIn(SETTINGS, ALL);
/** The same of those that the cloud may change. */
export const CLOUD_SETTING_NAMES: JsonNames = namesIn(SETTINGS, CLOUD_SETTINGS);

/** Names of those of a table that the cloud may change. */
export function cloudSettingsOf(table: Table): readonly string[] {
  return table === SETTINGS ? CLOUD_SETTINGS : Object.keys(table).filter((name) => mayChange("cloud", name, table));
}

/** Names of a table, for a reader of JSON. @param names some of them */
export function namesIn(table: Table, names: readonly string[]): JsonNames {
  // biome-ignore lint/plugin: the names are the table's
  return Object.fromEntries(names.map((name) => [name, shapeOf(table[name]!)]));
}

/** Whether there is a setting of this name, which may come from outside. */
export function isSetting<T extends Table = Own>(name: string, table?: T): name is keyof T & string {
  return knownKey(table ?? SETTINGS, name) !== undefined;
}

/** Whether the table lets somebody change a setting. @param name one of the table's */
export function mayChange<T extends Table = Own>(who: Who, name: keyof T & string, table?: T): boolean {
  return WHO.indexOf(who) <= WHO.indexOf((table ?? (SETTINGS as Table))[name]!.by);
}

/** The value, if the setting may have it; else undefined. @param name one of the table's */
export function valueFor<N extends string>(
  name: N,
  value: unknown,
  table: Table = SETTINGS,
): (N extends SettingName ? Config[N] : unknown) | undefined {
  return fits(table[name]!, value) ? (value as never) : undefined;
}
