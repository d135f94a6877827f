// `--fault NAME[=VALUE][*TIMES]`, for modem and cloud alike: each name belongs to one of the two tables.

import { FAULTS as CLOUD, CloudFaultError, CloudFaults, isFaultName } from "../../cloud/faults.js";
import { FaultError, Faults, FAULTS as MODEM, parseFault } from "../../modem/faults.js";
import type { FaultInfo } from "../../world/faults.js";
import { UsageError } from "../output/errors.js";
import type { ModemAddress } from "./address.js";
import { meant } from "./nearest.js";

/** Both tables' faults, switched on as asked. */
export interface SelectedFaults {
  modem: Faults;
  cloud: CloudFaults;
}

/**
 * Sorts the faults by whom they concern.
 * @throws UsageError that lists the known names
 */
export function selectFaults(texts: readonly string[]): SelectedFaults {
  const selected = { modem: new Faults(), cloud: new CloudFaults() };
  for (const text of texts) {
    const name = text.split(/[=*]/, 1)[0]!;
    try {
      if (isFaultName(name)) selected.cloud.set(text);
      else if (MODEM.some((fault) => fault.name === name)) {
        const { name: known, value, times } = parseFault(text);
        selected.modem.set(known, value, times);
      } else throw new UsageError(unknown(name));
    } catch (error) {
      if (error instanceof FaultError || error instanceof CloudFaultError) throw new UsageError(error.message);
      throw error;
    }
  }
  return selected;
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

/**
 * Faults of a cloud alone.
 * @throws UsageError also for one of the modem's
 */
export function cloudFaults(texts: readonly string[]): CloudFaults {
  const { cloud } = selectFaults(texts);
  const other = texts.find((text) => !isFaultName(text.split(/[=*]/, 1)[0]!));
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
export const faultHelp = () => helpOn([...MODEM, ...CLOUD], `; the modem's take *TIMES where they say "Once."`);

/** Help on the cloud's alone. */
export const cloudFaultHelp = () => helpOn(CLOUD, "");

function helpOn(faults: readonly FaultInfo[], note: string): string {
  const rows = faults.map(
    ({ name, value, help }) => `  ${(value === undefined ? name : `${name}=${value}`).padEnd(37)} ${help}`,
  );
  return `\nFaults, as NAME[=VALUE][*TIMES]${note}:\n${rows.join("\n")}\n`;
}
