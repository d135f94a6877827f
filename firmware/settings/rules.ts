// What values may be, for all that sets one and all that uses one: a rule stands here and nowhere else, so that what was taken
// when it was set is taken when the device is composed of it.

/** RFC 1035 §2.3.1 as RFC 1123 §2.1 has it: letters, digits and hyphens, which stand within; 63 at most (§2.3.4). */
const isLabel = (text: string) =>
  text.length <= 63 && /^[A-Za-z0-9-]+$/.test(text) && !text.startsWith("-") && !text.endsWith("-");

/** Labels with dots between them. */
const areLabels = (text: string, most: number) => text.length <= most && text.split(".").every(isLabel);

/** Longest host that AT+CAOPEN takes (SIM7080 AT V1.07 §12). */
const HOST_LIMIT = 64;
export const HOST_RULE = `a host name of at most ${HOST_LIMIT} characters, of at most 63 between two dots`;

/**
 * True for a host name or an IPv4 address that the modem dials. Quotes, commas, line ends and all else that could end an AT
 * command early are refused thereby.
 */
export function isHost(text: string): boolean {
  return areLabels(text, HOST_LIMIT);
}

/** RFC 1035 §2.3.4, without the final dot. */
const NAME_LIMIT = 253;

/** True for a host name of two labels or more that is no address: its last label has a letter. */
export function isHostName(text: string): boolean {
  return areLabels(text, NAME_LIMIT) && text.includes(".") && /[A-Za-z]/.test(text.slice(text.lastIndexOf(".")));
}

export const HOST_PATTERN_RULE = "a host name, or *. and what host names end in, at most 128 characters";

/** True for what `matchesHost` takes as a pattern. */
export function isHostPattern(text: string): boolean {
  return text.length <= 128 && isHostName(text.startsWith("*.") ? text.slice(2) : text);
}

/**
 * True when `host` fits `pattern`: the same name, or for a pattern `*.rest` any name that ends in `.rest`.
 * Case does not matter (RFC 4343).
 */
export function matchesHost(host: string, pattern: string): boolean {
  const name = host.toLowerCase();
  const wanted = pattern.toLowerCase();
  if (!wanted.startsWith("*.")) return name === wanted;
  return name.length > wanted.length - 1 && name.endsWith(wanted.slice(1));
}

export const APN_RULE =
  "letters, digits and hyphens, with single dots within, at most 100 characters, 63 between two dots";

/** True for an access point name (3GPP TS 23.003 §9.1). */
export function isApn(text: string): boolean {
  return areLabels(text, 100);
}

export const PIN_RULE = "4 to 8 digits";

/** True for a SIM's PIN (3GPP TS 31.101 §9.5.1). */
export function isPin(text: string): boolean {
  return /^\d{4,8}$/.test(text);
}

/** Bands of AT+CBANDCFG. */
const BANDS: readonly number[] = [1, 2, 3, 4, 5, 8, 12, 13, 14, 18, 19, 20, 25, 26, 27, 28, 66, 71, 85];
export const BANDS_RULE = `a list of ${BANDS.join(", ")}: one or more, each once`;

/** True for a choice of bands. */
export function areBands(bands: readonly unknown[]): bands is readonly number[] {
  return bands.length > 0 && bands.every((band, i) => BANDS.includes(band as number) && bands.indexOf(band) === i);
}

/** Least and most of a number. */
export type Range = readonly [least: number, most: number];

/** T3412 extended, in seconds: one step of 2 s to 31 of 320 hours (3GPP TS 24.008 §10.5.7.4a). */
export const PSM_PERIOD_S: Range = [2, 31 * 320 * 3_600];
/** T3324, in seconds: to 31 steps of 6 minutes (3GPP TS 24.008 §10.5.7.4). */
export const PSM_ACTIVE_S: Range = [0, 31 * 360];
/** A cycle of eDRX, in whole seconds: the shortest is 5.12 s, the longest 10,485.76 s (3GPP TS 24.008 §10.5.5.32). */
export const EDRX_CYCLE_S: Range = [5, 10_485];
/** From one look for a position to the next, in seconds; and how long one takes at the most. */
export const POSITION_S: Range = [0, 86_400];
export const POSITION_WAIT_S: Range = [10, 600];
/** MQTT keep-alive that AWS IoT Core honours, in seconds (its developer guide, "AWS IoT Core endpoints and quotas"). */
export const KEEP_ALIVE_S: Range = [30, 1_200];

export const CONDITION_RULE = "a name, < or >, and a number, as temperature>30";

/** True for a condition on a number of a record. */
export function isCondition(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9]{0,23}[<>]-?\d{1,9}(\.\d{1,6})?$/.test(text);
}

/** Records that are gathered for one wake: a journal in RAM keeps so many of them. */
export const RECORDS_PER_WAKE: Range = [1, 48];

export function isWithin(value: number, [least, most]: Range): boolean {
  return value >= least && value <= most;
}

/** Whether the modem rests between two wakes, and cannot be reached meanwhile. */
export const restsBetween = (power: string): boolean => power === "psm" || power === "off";

/** What a device with power saving needs of its times. */
export interface SleepTimes {
  power: string;
  psmPeriodS: number;
  telemetryIntervalS: number;
  /** Left out: 1. */
  recordsPerWake?: number;
}

/**
 * What is wrong with times that are right by themselves, or undefined. With PSM the modem wakes by itself each
 * `psmPeriodS`: where that is not longer than the time between two wakes it wakes for nothing, between two records that
 * wake it anyway.
 */
export function conflictOf(times: SleepTimes): string | undefined {
  const { power, psmPeriodS, telemetryIntervalS, recordsPerWake = 1 } = times;
  if (power !== "psm" || psmPeriodS > telemetryIntervalS * recordsPerWake) return undefined;
  const wakes = recordsPerWake === 1 ? "" : ` times recordsPerWake (now ${recordsPerWake})`;
  return `with power psm, psmPeriodS (now ${psmPeriodS}) must be longer than telemetryIntervalS (now ${telemetryIntervalS})${wakes}`;
}
