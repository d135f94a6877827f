// What kinds of settings there are: for each, which values it may have, how one is typed, and what a refusal says is allowed.
// One function a kind, and the setting itself as their argument, so that the table of settings is data alone.

import type { JsonShape } from "../bytes/json.js";
import {
  APN_RULE,
  areBands,
  BANDS_RULE,
  CONDITION_RULE,
  HOST_PATTERN_RULE,
  HOST_RULE,
  isApn,
  isCondition,
  isHost,
  isHostPattern,
  isPin,
  isWithin,
  PIN_RULE,
  type Range,
} from "./rules.js";

/**
 * Who may change a setting, and who is before them in this list may do so too:
 * - `build`: whoever builds the firmware, or starts it on a desk with `--config`
 * - `console`: who sits at the device's console; it counts from the next start on
 * - `cloud`: the cloud's configuration and commands, while the device runs
 */
export const WHO = ["build", "console", "cloud"] as const;
export type Who = (typeof WHO)[number];

interface Common {
  /** The last of those who may change it. */
  readonly by: Who;
  /** What it is, for a table. */
  readonly help: string;
  /** Not to be shown. */
  readonly secret?: true;
}

/** A whole number. */
export interface NumberSetting extends Common {
  readonly kind: "number";
  readonly range: Range;
  readonly unit: string;
  /** What counts where nobody says anything; left out: what the board or the modem has. */
  readonly default?: number;
}

/** A number, with digits behind the point or without. */
export interface DecimalSetting extends Omit<NumberSetting, "kind"> {
  readonly kind: "decimal";
}

/** One of some words. */
export interface ChoiceSetting extends Common {
  readonly kind: "choice";
  readonly words: readonly string[];
  readonly default?: string;
}

/** Text of a certain form, by a rule in rules.ts. */
export interface TextSetting extends Common {
  readonly kind: "apn" | "condition" | "host" | "host-pattern" | "pin";
  readonly default?: string;
}

/** Frequency bands. */
export interface BandsSetting extends Common {
  readonly kind: "bands";
  readonly default?: readonly number[];
}

export type Setting = NumberSetting | DecimalSetting | ChoiceSetting | TextSetting | BandsSetting;

/** What a value of a setting is in the program. */
export type ValueOf<S> = S extends { readonly kind: "number" | "decimal" }
  ? number
  : S extends { readonly words: readonly (infer Word)[] }
    ? Word
    : S extends { readonly kind: "bands" }
      ? readonly number[]
      : string;

interface Kind<S> {
  /** How it is stored as JSON. */
  readonly shape: JsonShape;
  /** Whether the value is one. */
  readonly fits: (value: unknown, setting: S) => boolean;
  /** What somebody typed, as the value it may stand for; not checked. */
  readonly parse: (text: string) => unknown;
  /** What is allowed, for a message. */
  readonly allowed: (setting: S) => string;
}

const asTyped = (text: string): unknown => text;
const asNumber = (text: string): unknown => (/^-?[0-9]{1,9}$/.test(text) ? Number(text) : undefined);
const asDecimal = (text: string): unknown => (/^-?[0-9]{1,9}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : undefined);
const asNumbers = (text: string): unknown => text.split(",").map(asNumber);

const text = (fits: (text: string) => boolean, rule: string): Kind<TextSetting> => ({
  shape: "plain",
  fits: (value) => typeof value === "string" && fits(value),
  parse: asTyped,
  allowed: () => rule,
});

const KINDS: { readonly [K in Setting["kind"]]: Kind<Extract<Setting, { readonly kind: K }>> } = {
  number: {
    shape: "plain",
    fits: (value, { range }) => typeof value === "number" && Number.isInteger(value) && isWithin(value, range),
    parse: asNumber,
    allowed: ({ range, unit }) => `a whole number from ${range.join(" to ")} (${unit})`,
  },
  decimal: {
    shape: "plain",
    fits: (value, { range }) => typeof value === "number" && isWithin(value, range),
    parse: asDecimal,
    allowed: ({ range, unit }) => `a number from ${range.join(" to ")} (${unit})`,
  },
  choice: {
    shape: "plain",
    fits: (value, { words }) => words.includes(value as string),
    parse: asTyped,
    allowed: ({ words }) => `one of ${words.join(", ")}`,
  },
  bands: {
    shape: "list",
    fits: (value) => Array.isArray(value) && areBands(value),
    parse: asNumbers,
    allowed: () => BANDS_RULE,
  },
  apn: text(isApn, APN_RULE),
  condition: text(isCondition, CONDITION_RULE),
  host: text(isHost, HOST_RULE),
  "host-pattern": text(isHostPattern, HOST_PATTERN_RULE),
  pin: text(isPin, PIN_RULE),
};

/** The kind of a setting; the compiler has seen that it is of this setting. */
const kindOf = (setting: Setting) => KINDS[setting.kind] as Kind<Setting>;

/** Whether a setting may have this value. */
export function fits(setting: Setting, value: unknown): boolean {
  return kindOf(setting).fits(value, setting);
}

/** What somebody typed, as the value it may stand for; not checked. */
export function parse(setting: Setting, text: string): unknown {
  return kindOf(setting).parse(text);
}

/** What a setting may be, for a message: “must be …”. */
export function allowed(setting: Setting): string {
  return kindOf(setting).allowed(setting);
}

/** How a setting is stored as JSON. */
export function shapeOf(setting: Setting): JsonShape {
  return kindOf(setting).shape;
}
