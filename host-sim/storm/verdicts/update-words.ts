// What a device has said of updates, as its outbox has it: reports in the order in which they were written, each with the
// release's version, by which one of a number is told from another of the same.

import type { UpdateReport } from "../../../firmware/update/report.js";
import { DEFAULT_SIM, iccidOf } from "../../world/sims.js";
import type { Evidence } from "../evidence.js";
import type { RecordLife } from "../ledger.js";

const OWN = iccidOf(DEFAULT_SIM);
const STATE = `${OWN}/update/state`;
/** Where manifests come. */
export const UPDATE_TOPIC = `${OWN}/update`;

/** A report, and when it was kept. */
export interface Word extends UpdateReport {
  at: number;
}

/** All reports that the outbox took, in their order. */
export function wordsOf({ records, vanished }: Pick<Evidence, "records" | "vanished">): Word[] {
  const isKept = ({ topic, keptAt }: RecordLife) => topic === STATE && keptAt !== undefined;
  return [...records.values(), ...vanished]
    .filter(isKept)
    .sort((a, b) => a.keptAt! - b.keptAt! || a.sequence - b.sequence)
    .map(({ keptAt, text }) => ({ ...(JSON.parse(text) as UpdateReport), at: keptAt! }));
}

const LAST: ReadonlySet<string> = new Set(["confirmed", "rolled-back", "refused"]);
/** Whether it is the last word on an update. */
export const isLast = ({ state }: UpdateReport): boolean => LAST.has(state);
