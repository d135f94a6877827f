// One telemetry record: what the device knows of its signal and of itself, as compact JSON.

import type { LinkCounters, LinkStatus } from "../platform/link.js";
import type { Json } from "./commands.js";
import type { DataBudget } from "./data-budget.js";
import type { Usage } from "./usage.js";

/** Counts since power-on. They only grow. */
export interface Counters {
  /** Records handed to the journal. */
  recorded: number;
  /** Records the broker acknowledged. */
  acked: number;
  /** Commands received, answered or not. */
  received: number;
  /** Answers to commands handed to the journal. */
  answered: number;
  /** Commands neither carried out nor answered: more came than are taken, or there was no room for the answer. */
  refused: number;
  /** States reported: handed to the journal. */
  reported: number;
  /** Records that a full journal dropped before they were acknowledged. */
  lost: number;
  /** Credentials fetched or signed anew. */
  onboardings: number;
  /** Connections after the first. */
  reconnects: number;
}

/** What a record is made of. */
export interface TelemetryInput {
  uptimeS: number;
  /** Milliseconds since 1970-01-01 UTC; left out while the time is unknown. */
  wallMs: number | undefined;
  status: LinkStatus;
  link: LinkCounters;
  counters: Readonly<Counters>;
  usage: Usage;
  /** Left out where the volume is not bounded. */
  budget?: Pick<DataBudget, "usedKb" | "status"> | undefined;
  /** Why the device has started; left out where it was told. */
  reset?: string | undefined;
  /** Whether this is a safe start. */
  safe?: boolean | undefined;
}

/**
 * The named fields of a record or of the answer to `status`. Units: s, dBm, dB, bytes; `time` is a NumericDate; `airTx` and
 * `airRx` are payload, `monthKb` kilobytes over the air in 30 days at the rate so far, headers included, once that has been seen
 * for six hours; `dataUsedKb` those of this UTC day, where it has a budget, and `dataBudget` whether that is near or spent.
 */
export function telemetry({
  uptimeS,
  wallMs,
  status,
  link,
  counters,
  usage,
  budget,
  reset,
  safe,
}: TelemetryInput): Json {
  const fields: Json = { uptime: uptimeS };
  const optional: [string, string | number | undefined][] = [
    ["time", wallMs === undefined ? undefined : Math.floor(wallMs / 1000)],
    ["rat", status.rat],
    ["rssi", status.rssiDbm],
    ["rsrp", status.rsrpDbm],
    ["rsrq", status.rsrqDb],
    ["sinr", status.sinrDb],
    ["band", status.band],
    ["plmn", status.plmn],
    ["cell", status.cellId],
  ];
  if (reset !== undefined) fields.reset = reset;
  if (safe) fields.safe = true;
  for (const [name, value] of optional) if (value !== undefined) fields[name] = value;
  return {
    ...fields,
    airTx: link.airTxBytes,
    airRx: link.airRxBytes,
    radioOn: Math.round(usage.radioOnMs / 1000),
    ...(usage.monthBytes !== undefined && { monthKb: Math.round(usage.monthBytes / 1000) }),
    ...(budget && { dataUsedKb: budget.usedKb }),
    ...(budget && budget.status !== "ok" && { dataBudget: budget.status }),
    acked: counters.acked,
    lost: counters.lost,
    reconnects: counters.reconnects,
    ...(counters.refused > 0 && { refused: counters.refused }),
  };
}
