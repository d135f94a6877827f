// `--fault NAME[=VALUE][*TIMES][@TIME]`, for modem and cloud alike: each name belongs to one of the two tables.

import { FAULTS as CLOUD, CloudFaultError, CloudFaults, isFaultName } from "../../cloud/faults.js";
import { control, isMishap } from "../../modem/control.js";
import { FaultError, type FaultSpec, Faults, FAULTS as MODEM, parseFault } from "../../modem/faults.js";
import type { Sim7080 } from "../../modem/sim7080.js";
import type { ModemAction } from "../../world/core.js";
import type { FaultInfo } from "../../world/faults.js";
import { UsageError } from "../output/errors.js";
import { row, wrapped } from "../output/wrap.js";
import type { ModemAddress } from "./address.js";
import { meant } from "./nearest.js";

/** Both tables' faults, switched on as asked. */
export interface SelectedFaults {
  modem: Faults;
  cloud: CloudFaults;
  /** Those that come later, as `switchOn` takes them. */
  later: readonly TimedFault[];
}

/** A fault and when it comes, in milliseconds after power-on. */
export interface TimedFault {
  atMs: number;
  text: string;
}

/** Milliseconds of the units of @TIME. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Longest that `setTimeout` takes, and more than a run lasts. */
const LATEST_MS = 864_000_000;

/** @throws UsageError for a time that is none */
function timed(text: string): { text: string; atMs: number | undefined } {
  const at = text.indexOf("@");
  if (at < 0) return { text, atMs: undefined };
  const [, count, unit = "s"] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text.slice(at + 1)) ?? [];
  const atMs = Number(count) * UNITS[unit]!;
  if (count === undefined || atMs > LATEST_MS) {
    throw new UsageError(
      `fault ${text}: the time behind @ must be such as 500ms, 60s, 5m or 2h after power-on, at most 10 days`,
    );
  }
  return { text: text.slice(0, at), atMs };
}

/**
 * Sorts the faults by whom they concern.
 * @throws UsageError that lists the known names
 */
export function selectFaults(texts: readonly string[]): SelectedFaults {
  const selected = { modem: new Faults(), cloud: new CloudFaults() };
  const later: TimedFault[] = [];
  for (const each of texts) {
    const { text, atMs } = timed(each);
    // One that comes later is checked now all the same, by setting it where nobody looks.
    const into = atMs === undefined ? selected : { modem: new Faults(), cloud: new CloudFaults() };
    const fault = read(text);
    if ("cloud" in fault) checked(() => into.cloud.set(fault.cloud));
    else into.modem.set(fault.name, fault.value, fault.times);
    if (atMs === undefined) continue;
    checkStrikes(fault, each);
    later.push({ atMs, text });
  }
  return { ...selected, later };
}

/** One of the modem's, or one of the cloud's, which its table reads itself. @throws UsageError */
function read(text: string): FaultSpec | { cloud: string } {
  const name = nameOf(text);
  if (isFaultName(name)) return { cloud: text };
  if (!MODEM.some((fault) => fault.name === name)) throw new UsageError(unknown(name));
  return checked(() => parseFault(text));
}

const nameOf = (text: string) => text.split(/[=*@]/, 1)[0]!;

function checked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FaultError || error instanceof CloudFaultError) throw new UsageError(error.message);
    throw error;
  }
}

/** What strikes once its time has come takes no other time. @throws UsageError */
function checkStrikes(fault: FaultSpec | { cloud: string }, text: string): void {
  if ("cloud" in fault || !isMishap(fault.name) || fault.value === undefined) return;
  throw new UsageError(`fault ${text}: with a time behind @ it strikes then, and takes no SECONDS`);
}

/** What the faults of a run that is on are switched by. */
export interface FaultSwitch {
  modem: Sim7080;
  /** Carries out what the modem's core answers. */
  run: (act: (now: number) => ModemAction[]) => void;
  cloud: CloudFaults;
}

/** Switches a fault on, as `--fault` does, but now. @throws UsageError */
export function switchOn(text: string, to: FaultSwitch): void {
  const fault = read(text);
  if ("cloud" in fault) {
    checked(() => to.cloud.set(fault.cloud));
    return;
  }
  const { name } = fault;
  checkStrikes(fault, text);
  // The modem looks at its faults as things happen: what lasts is looked at at once.
  if (isMishap(name)) to.run((now) => control(to.modem, { do: "mishap", name }, now).actions);
  else if (name === "no-sim") to.run((now) => control(to.modem, { do: "sim", in: false }, now).actions);
  else to.run((now) => control(to.modem, { do: "fault", fault: text }, now).actions);
}

/** Takes a fault away. @throws UsageError for a name that is none */
export function switchOff(name: string, to: FaultSwitch): void {
  if (isFaultName(name)) {
    to.cloud.clear(name);
    return;
  }
  read(nameOf(name));
  if (name === "no-sim") to.run((now) => control(to.modem, { do: "sim", in: true }, now).actions);
  else to.run((now) => control(to.modem, { do: "clear", fault: name }, now).actions);
}

/**
 * The same for a command that drives a modem: faults are the simulated one's and its cloud's, so a real one takes none.
 * @throws UsageError
 */
export function faultsAt(modem: ModemAddress, texts: readonly string[]): SelectedFaults {
  if (modem.kind !== "sim" && texts.length > 0) {
    throw new UsageError(
      "--fault goes with --modem sim; give it to the simkey modem or simkey cloud that runs elsewhere",
    );
  }
  return selectFaults(texts);
}

/** For a command that has no power-on to count from. @throws UsageError for a fault that comes later */
export function nowOnly(faults: SelectedFaults): SelectedFaults {
  if (faults.later.length > 0) throw new UsageError("a fault with a time behind @ goes with simkey run");
  return faults;
}

/**
 * Faults of a cloud alone.
 * @throws UsageError also for one of the modem's
 */
export function cloudFaults(texts: readonly string[]): CloudFaults {
  const { cloud } = nowOnly(selectFaults(texts));
  const other = texts.find((text) => !isFaultName(nameOf(text)));
  if (other !== undefined)
    throw new UsageError(`fault "${other}" is the modem's; give it to simkey modem or simkey run`);
  return cloud;
}

/** There are too many to name them all in a line. */
function unknown(name: string): string {
  const known = [...MODEM, ...CLOUD].map((fault) => fault.name);
  return `there is no fault "${name}"${meant(name, known)}; simkey run --help tells all`;
}

/** Help on the faults of modem and cloud, a line each. */
export const faultHelp = (columns?: number) =>
  helpOn(
    [...MODEM, ...CLOUD],
    `; the modem's take *TIMES where they say "Once."; @60s: at that time after power-on`,
    columns,
  );

/** Both tables, for who shows them otherwise. */
export const faultTable = () => [...MODEM, ...CLOUD].map(({ name, help }) => ({ name, help }));

/** Help on the cloud's alone. */
export const cloudFaultHelp = (columns?: number) => helpOn(CLOUD, "", columns);

function helpOn(faults: readonly FaultInfo[], note: string, columns = Number.POSITIVE_INFINITY): string {
  const rows = faults.map(({ name, value, help }) =>
    row(value === undefined ? name : `${name}=${value}`, help, { columns, left: 2, term: TERM }),
  );
  const title = wrapped(`Faults, as NAME[=VALUE][*TIMES]${note}:`, { columns, indent: 0 });
  return `\n${title}\n${rows.join("\n")}\n`;
}

/** Columns of a fault's name and value. */
const TERM = 37;
