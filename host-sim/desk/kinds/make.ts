// Short ways to write fault kinds.

import type { CloudFaultName } from "../../cloud/faults.js";
import type { FaultName } from "../../modem/faults.js";
import type { Mishap } from "../../modem/sim7080.js";
import { powerOf } from "../../world/draws.js";
import type { Prng } from "../../world/prng.js";
import type { FaultKind, FaultValue, Outfit, Seam } from "../fault.js";

type Draw = (random: Prng) => FaultValue;

/** A whole number from `least` to `most`, small ones as likely as large ones (its logarithm is evenly spread). */
export const from =
  (least: number, most: number): Draw =>
  (random) =>
    Math.round(least * powerOf(most / least, random.unit()));

export const oneOf =
  (...values: readonly FaultValue[]): Draw =>
  (random) =>
    values[random.below(values.length)]!;

/** How long a fault lasts, in seconds, least and most. */
export const MOMENTS = [5, 120] as const;
export const MINUTES = [30, 2_400] as const;
export const HOURS = [600, 7_200] as const;
export const LONG = [30, 14_400] as const;

type Lasts = readonly [number, number];

/** A fault of the simulated modem's table that strikes as often as its value says, within its time. */
export function strikes(seam: Seam, name: FaultName, help: string, times: Draw, lasts: Lasts = MINUTES): FaultKind {
  return {
    seam,
    help,
    lasts,
    value: times,
    begin: ({ modem }, value) => modem.setFault(name, undefined, Number(value)),
    end: ({ modem }) => modem.clearFault(name),
  };
}

/** A fault of the simulated modem's table that holds for its whole time, with a value or without. */
export function holds(seam: Seam, name: FaultName, help: string, lasts: Lasts = MINUTES, value?: Draw): FaultKind {
  return {
    seam,
    help,
    lasts,
    ...(value && { value }),
    begin: ({ modem }, drawn) => modem.setFault(name, drawn, Number.POSITIVE_INFINITY),
    end: ({ modem }) => modem.clearFault(name),
  };
}

/** Something that happens to the modem in a moment. */
export function mishap(seam: Seam, name: Mishap, help: string, spares?: FaultKind["spares"]): FaultKind {
  return { seam, help, ...(spares && { spares }), begin: (stage) => stage.push(stage.modem.mishap(name, stage.now)) };
}

/** Nothing but the power key brings the modem back. */
export const withoutPowerKey = ({ powerKey }: Outfit): boolean => !powerKey;

/** Its chip is to be left running. */
export const steady = ({ steady }: Outfit): boolean => steady;

/** A fault of the simulated cloud's table, with a value or without. */
export function cloud(seam: Seam, name: CloudFaultName, help: string, lasts: Lasts = MINUTES, value?: Draw): FaultKind {
  return {
    seam,
    help,
    lasts,
    ...(value && { value }),
    begin: (stage, drawn) => stage.cloud.faults.set(drawn === undefined ? name : `${name}=${drawn}`),
    end: (stage) => stage.cloud.faults.clear(name),
  };
}
