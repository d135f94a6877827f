// `simkey power`: how long two cells last, by seconds and bytes seen in virtual time and by currents that others have published.

import { ASSUMED, ASSUMPTIONS, type Assumptions, assumptions, costOf } from "../../power/battery.js";
import { type Rhythm, takenBy } from "../../power/rhythm.js";
import { UsageError } from "../output/errors.js";
import type { Surroundings } from "../parts/surroundings.js";

export interface PowerOptions {
  every?: number;
  batch: number;
  listen: number;
  form: Rhythm["recordForm"];
  assume: string[];
  json: boolean;
}

/** The rhythms that are shown where none is named. */
const USUAL: readonly (readonly [everyS: number, batch: number])[] = [
  [300, 12],
  [1_800, 1],
  [1_800, 10],
  [21_600, 1],
];
const POWERS = ["psm", "off"] as const;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };
const EVERY_S = [10, 86_400] as const;

/** A time as `30m`. @throws UsageError */
export function seconds(text: string): number {
  const [, digits, unit = "s"] = /^(\d{1,6})([smh]?)$/.exec(text) ?? [];
  const value = Number(digits) * UNITS[unit || "s"]!;
  if (!(value >= EVERY_S[0] && value <= EVERY_S[1]))
    throw new UsageError(`--every must be a time from 10s to 24h, as 30m, not "${text}"`);
  return value;
}

/** @throws UsageError for an assumption that there is not */
export async function powerCommand(options: PowerOptions, around: Surroundings): Promise<void> {
  const { every, batch, listen, form, json } = options;
  const by = assumptions(given(options.assume));
  const rhythms = every === undefined ? USUAL : [[every, batch] as const];
  if (!json) around.stdout(`${HEAD}\n`);
  for (const [everyS, records] of rhythms) {
    for (const power of POWERS) {
      const rhythm = { everyS, batch: records, power, recordForm: form, listenS: listen };
      const taken = await takenBy(rhythm);
      const cost = costOf(taken, by);
      around.stdout(`${json ? JSON.stringify({ ...rhythm, ...taken, ...cost }) : row(rhythm, taken, cost)}\n`);
    }
  }
  if (!json)
    around.stdout(
      `\n${ASSUMPTIONS.map((name) => `${name.padEnd(14)} ${by[name]}  ${ASSUMED[name].from}`).join("\n")}\n`,
    );
}

const HEAD =
  "every  records  power  chip awake  modem on  bytes on air  charge µAh  of it asleep  years, 2 AA lithium  alkaline\n" +
  "       a wake           s a record  s a record  a record    a record";

function row(
  { everyS, batch, power }: Rhythm,
  { chipMs, modemMs, airBytes }: Awaited<ReturnType<typeof takenBy>>,
  cost: ReturnType<typeof costOf>,
): string {
  const every = everyS % 3_600 === 0 ? `${everyS / 3_600}h` : everyS % 60 === 0 ? `${everyS / 60}m` : `${everyS}s`;
  const cells = [
    [every, 5],
    [batch, 8],
    [power, 6],
    [(chipMs / 1_000).toFixed(2), 11],
    [(modemMs / 1_000).toFixed(2), 9],
    [airBytes.toFixed(0), 13],
    [cost.chargeUah.toFixed(0), 11],
    [cost.sleepUah.toFixed(0), 13],
    [cost.yearsLithium.toFixed(1), 20],
    [cost.yearsAlkaline.toFixed(1), 9],
  ] as const;
  return cells.map(([value, width]) => String(value).padStart(width)).join(" ");
}

/** `modemMa=55` as assumptions. @throws UsageError */
function given(texts: readonly string[]): Partial<Assumptions> {
  const values: Partial<Assumptions> = {};
  for (const text of texts) {
    const [name, value, more] = text.split("=");
    const known = ASSUMPTIONS.find((each) => each === name);
    const number = Number(value);
    if (known === undefined || more !== undefined || value === "" || !(number > 0 && number < 1e6))
      throw new UsageError(`--assume takes NAME=NUMBER, with one of ${ASSUMPTIONS.join(", ")}; not "${text}"`);
    values[known] = number;
  }
  return values;
}
