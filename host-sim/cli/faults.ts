// `--fault NAME[=VALUE][*TIMES]`, for modem and cloud alike: each name belongs to one of the two tables.

import { FAULTS as CLOUD, CloudFaultError, CloudFaults, isFaultName } from "../cloud/faults.js";
import { FaultError, Faults, FAULTS as MODEM, parseFault } from "../modem/faults.js";
import { UsageError } from "./errors.js";

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
      } else throw new UsageError(`unknown fault "${name}"; known: ${names()}`);
    } catch (error) {
      if (error instanceof FaultError || error instanceof CloudFaultError) throw new UsageError(error.message);
      throw error;
    }
  }
  return selected;
}

const names = () => [...MODEM, ...CLOUD].map(({ name }) => name).join(", ");

/** Help on every fault, a line each. */
export function faultHelp(): string {
  const rows = [...MODEM, ...CLOUD].map(
    ({ name, value, help }) => `  ${(value === undefined ? name : `${name}=${value}`).padEnd(36)} ${help}`,
  );
  return `\nFaults, as NAME[=VALUE][*TIMES]; the modem's take *TIMES where they say "Once.":\n${rows.join("\n")}\n`;
}
