// One telemetry record: what the default app measures, and what the device knows of itself, as compact JSON.

import type { LinkCounters } from "../platform/link.js";
import type { Json } from "./commands.js";
import type { DataBudget } from "./data-budget.js";
import type { PositionFields } from "./position.js";
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

/** At power-on. */
export const noCounts = (): Counters => ({
  ...{ recorded: 0, acked: 0, received: 0, answered: 0, refused: 0 },
  ...{ reported: 0, lost: 0, onboardings: 0, reconnects: 0 },
});

/** What a record is made of. */
export interface TelemetryInput {
  uptimeS: number;
  /** Milliseconds since 1970-01-01 UTC; left out while the time is unknown. */
  wallMs: number | undefined;
  /** Fields of the default app. */
  measured: object;
  /** The last fix and its age; left out where there is none. */
  position?: PositionFields | undefined;
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

/** What a record tells of the device, beside `seq`, its number in the outbox; the README has what each means. */
export interface TelemetryFields extends Partial<PositionFields> {
  /** Seconds since power-on. */
  uptime: number;
  reset?: string;
  safe?: true;
  /** NumericDate (RFC 7519 §2). */
  time?: number;
  /** Bytes of payload over the air. */
  airTx: number;
  airRx: number;
  /** Seconds. */
  radioOn: number;
  /** Kilobytes in 30 days at the rate so far, headers included, once that has been seen for six hours. */
  monthKb?: number;
  /** Kilobytes of this UTC day, where it has a budget. */
  dataUsedKb?: number;
  dataBudget?: "near" | "spent";
  acked: number;
  lost: number;
  reconnects: number;
  /** TLS handshakes that went on from an earlier session, over all sleeps. */
  resumed?: number;
  refused?: number;
}

/** The fields of a record or of the answer to `status`. */
export function telemetry({
  uptimeS,
  wallMs,
  measured,
  position,
  link,
  counters,
  usage,
  budget,
  reset,
  safe,
}: TelemetryInput): Json {
  const fields: TelemetryFields = {
    uptime: uptimeS,
    ...(reset !== undefined && { reset }),
    ...(safe && { safe }),
    ...(wallMs !== undefined && { time: Math.floor(wallMs / 1000) }),
    ...measured,
    ...position,
    airTx: link.airTxBytes,
    airRx: link.airRxBytes,
    radioOn: Math.round(usage.radioOnMs / 1000),
    ...(usage.monthBytes !== undefined && { monthKb: Math.round(usage.monthBytes / 1000) }),
    ...(budget && { dataUsedKb: budget.usedKb }),
    ...(budget && budget.status !== "ok" && { dataBudget: budget.status }),
    acked: counters.acked,
    lost: counters.lost,
    reconnects: counters.reconnects,
    ...(usage.resumed > 0 && { resumed: usage.resumed }),
    ...(counters.refused > 0 && { refused: counters.refused }),
  };
  return { ...fields };
}
