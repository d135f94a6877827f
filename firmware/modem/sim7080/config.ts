// What may be asked of modem and network, with its defaults, checked before anything is sent.

import {
  APN_RULE,
  areBands,
  BANDS_RULE,
  EDRX_CYCLE_S,
  HOST_RULE,
  isApn,
  isHost,
  isPin,
  isWithin,
  PIN_RULE,
  PSM_ACTIVE_S,
  PSM_PERIOD_S,
  type Range,
} from "../../settings/rules.js";
import { type Config, SETTINGS } from "../../settings/table.js";
import type { BandTable } from "./commands/network.js";
import { ModemError } from "./modem-error.js";

/** Access technologies to search for: one, `both` of LTE, or `any` that the modem has (2G too, on a SIM7070). */
export type RatChoice = NonNullable<Config["rat"]>;

/**
 * - `always-on`: neither PSM nor eDRX
 * - `psm`: power saving mode; between publishes the modem sleeps and cannot be reached (3GPP TS 23.682 §4.5.4)
 * - `off`: between publishes it is switched off
 * - `edrx`: stays registered, listens once per cycle (3GPP TS 23.682 §4.5.13)
 */
export type PowerProfile =
  | { readonly mode: "always-on" }
  | { readonly mode: "off" }
  | {
      readonly mode: "psm";
      /** T3412 extended: the network is told so often that the device still lives, in seconds, 2 to 35 712 000. */
      readonly periodS: number;
      /** T3324: how long the modem listens before it sleeps, in seconds, 0 to 11 160. */
      readonly activeS: number;
    }
  | {
      readonly mode: "edrx";
      /** Seconds between two looks, 5.12 to 10 485.76; the nearest longer step is asked for. */
      readonly cycleS: number;
    };

/** Settings of the modem. All but `apn` may be left out: what the modem has saved stays as it is. */
export interface NetworkConfig {
  apn: string;
  /** 4 to 8 digits. */
  pin?: string | undefined;
  rat?: RatChoice | undefined;
  /** Bands to search, by technology: fewer make a first attach quicker. */
  bands?: Partial<Record<BandTable, readonly number[]>> | undefined;
  profile: PowerProfile;
  /** True: the satellite receiver is used. */
  positions?: boolean | undefined;
  /** No true time is before this one, in milliseconds since 1970: the build date. */
  floorMs: number;
  /** Server asked when the network tells no time. */
  ntpHost: string;
}

/** 2026-01-01T00:00:00Z: no firmware was built before. */
const DEFAULT_FLOOR_MS = 1_767_225_600_000;
/** 2100-01-01T00:00:00Z. */
const FLOOR_MS: Range = [DEFAULT_FLOOR_MS, 4_102_444_800_000];

/**
 * When the firmware was built, as `scripts/build-target` tells the SDK.
 * @param day `YYYY-MM-DD` in UTC, or anything else
 * @returns its beginning in milliseconds since 1970; undefined where the text is no such day: the SDK was called without one
 */
export function builtAt(day: unknown): number | undefined {
  if (typeof day !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const ms = Date.parse(day);
  return isWithin(ms, FLOOR_MS) ? ms : undefined;
}

/**
 * Fills in defaults and checks all values.
 * @throws ModemError `modem-config` that names the setting; never its value where that is a secret
 */
export function networkConfig(given: Partial<NetworkConfig>): NetworkConfig {
  const config: NetworkConfig = {
    apn: given.apn ?? SETTINGS.apn.default,
    pin: given.pin,
    rat: given.rat,
    bands: given.bands,
    profile: given.profile ?? { mode: SETTINGS.power.default },
    ...(given.positions && { positions: true }),
    floorMs: given.floorMs ?? DEFAULT_FLOOR_MS,
    ntpHost: given.ntpHost ?? SETTINGS.ntpHost.default,
  };
  const { profile } = config;
  const rules: readonly (readonly [ok: boolean, rule: string])[] = [
    [isApn(config.apn), `apn: ${APN_RULE}`],
    [config.pin === undefined || isPin(config.pin), `pin: ${PIN_RULE}`],
    [isWithin(config.floorMs, FLOOR_MS), "floorMs: a time from 2026 to 2100"],
    [isHost(config.ntpHost), `ntpHost: ${HOST_RULE}`],
    [Object.values(config.bands ?? {}).every(areBands), `bands: ${BANDS_RULE}`],
    [
      profile.mode !== "psm" || (isWithin(profile.periodS, PSM_PERIOD_S) && isWithin(profile.activeS, PSM_ACTIVE_S)),
      `psm: periodS ${PSM_PERIOD_S.join(" to ")}, activeS ${PSM_ACTIVE_S.join(" to ")}`,
    ],
    [profile.mode !== "edrx" || isWithin(profile.cycleS, EDRX_CYCLE_S), `edrx: cycleS ${EDRX_CYCLE_S.join(" to ")}`],
  ];
  for (const [ok, rule] of rules) if (!ok) throw new ModemError("modem-config", rule);
  return config;
}

/** What a device's settings ask of modem and network. */
export function linkSettings(config: Config) {
  const { apn, modemBaud, pin, rat, bandsLteM, bandsNbIot, ntpHost, power, positionS } = config;
  const profiles = {
    "always-on": { mode: "always-on" },
    off: { mode: "off" },
    // The modem must not fall asleep while the device still listens for commands.
    psm: { mode: "psm", periodS: config.psmPeriodS, activeS: Math.max(config.psmActiveS, config.listenS) },
    edrx: { mode: "edrx", cycleS: config.edrxCycleS },
  } as const;
  const bands = { ...(bandsLteM && { "CAT-M": bandsLteM }), ...(bandsNbIot && { "NB-IOT": bandsNbIot }) };
  const positions = positionS > 0;
  return { apn, baud: modemBaud, pin, rat, bands, ntpHost, profile: profiles[power], ...(positions && { positions }) };
}
