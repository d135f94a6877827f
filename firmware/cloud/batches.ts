// Records of telemetry that travel together: one JSON array of objects, or one CBOR array of maps, of BATCH_BYTES at most.

import { arrayHead, HEAD_MOST } from "../bytes/cbor.js";
import type { BatchRule } from "../mqtt/batch.js";
import type { JournalRecord } from "../mqtt/journal.js";
import type { Topics } from "./profile.js";

/** Most bytes of a payload with several records in it: with topic and TLS it is one segment of TCP. */
export const BATCH_BYTES = 1_024;

const [BRACE, OPEN, COMMA, CLOSE] = [0x7b, 0x5b, 0x2c, 0x5d];
const isJson = ({ payload }: Pick<JournalRecord, "payload">) => payload[0] === BRACE;

/** The rule for telemetry; what the app publishes by itself, answers and states travel alone. */
export function telemetryBatches({ telemetry }: Pick<Topics, "telemetry">): BatchRule {
  return {
    bytes: BATCH_BYTES,
    fits: (first, next) => next.topic === telemetry && isJson(first) === isJson(next),
    // Two brackets and the commas between; an array's head in CBOR.
    overhead: (count) => Math.max(count + 1, HEAD_MOST),
    join,
  };
}

function join(payloads: readonly Uint8Array[]): Uint8Array {
  const json = payloads[0]![0] === BRACE;
  const head = json ? Uint8Array.of(OPEN) : arrayHead(payloads.length);
  const length = payloads.reduce((sum, payload) => sum + payload.length, 0);
  const joined = new Uint8Array(head.length + length + (json ? payloads.length : 0));
  joined.set(head);
  let at = head.length;
  for (const payload of payloads) {
    joined.set(payload, at);
    at += payload.length;
    if (json) joined[at++] = COMMA;
  }
  if (json) joined[at - 1] = CLOSE;
  return joined;
}
