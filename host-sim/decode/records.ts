// What a device has published, as records: one or several, as JSON or in the compact form. For consumers in the cloud.

import { RECORD_KEYS } from "../../firmware/device/record-keys.js";
import { readItem } from "./cbor.js";

/** A record: its members by name, those of an app under `app`. */
export type DecodedRecord = Record<string, unknown>;

/** Bytes that hold no records. */
export class RecordsError extends Error {
  override readonly name = "RecordsError";
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(RECORD_KEYS).map(([name, key]) => [key, name]));
const [OPEN, BRACE] = [0x5b, 0x7b];
/** First bytes of a CBOR array: of a count in the byte, of one in the next byte, of none. */
const isArray = (first: number) => (first >= 0x80 && first <= 0x98) || first === 0x9f;

/**
 * The records in the payload of a message on a telemetry topic, or on one behind it.
 * @param payload JSON or CBOR: an object, or a list of objects
 * @throws RecordsError for anything else
 *
 * @example
 * decodeRecords(Buffer.from('[{"seq":1},{"seq":2}]'));          // [{ seq: 1 }, { seq: 2 }]
 * decodeRecords(Buffer.from("82a10001a10002", "hex"));           // the same in the compact form
 */
export function decodeRecords(payload: Uint8Array): DecodedRecord[] {
  return splitRecords(payload).map((bytes) => {
    const record = bytes[0] === BRACE ? (JSON.parse(text(bytes)) as unknown) : readItem(bytes, 0, NAMES).value;
    if (typeof record !== "object" || record === null || Array.isArray(record)) throw new RecordsError("not a record");
    return record as DecodedRecord;
  });
}

/** Compact records as the JSON that they stand for; undefined for a message that holds none. */
export function compactText(payload: Uint8Array): string | undefined {
  // No text begins so: these bytes are the inner ones of UTF-8.
  if (payload[0] === undefined || payload[0] < 0x80 || payload[0] > 0xbf) return undefined;
  try {
    const records = decodeRecords(payload);
    return JSON.stringify(isArray(payload[0]) ? records : records[0]);
  } catch {
    return undefined;
  }
}

/** The records in a message, each as the bytes that it is. @throws RecordsError */
export function splitRecords(payload: Uint8Array): Uint8Array[] {
  const first = payload[0];
  if (first === undefined) throw new RecordsError("nothing");
  try {
    if (first === OPEN) return splitJson(payload);
    if (!isArray(first)) return [whole(payload)];
    return splitCbor(payload);
  } catch (error) {
    throw error instanceof RecordsError ? error : new RecordsError(`no records: ${(error as Error).message}`);
  }
}

const text = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

/** A record alone: all of the payload. */
function whole(payload: Uint8Array): Uint8Array {
  if (payload[0] === BRACE) JSON.parse(text(payload));
  else if (readItem(payload).end !== payload.length) throw new RecordsError("more than one item");
  return payload;
}

function splitJson(payload: Uint8Array): Uint8Array[] {
  const list = JSON.parse(text(payload)) as unknown[];
  const bytes = list.map((record) => new TextEncoder().encode(JSON.stringify(record)));
  return bytes;
}

function splitCbor(payload: Uint8Array): Uint8Array[] {
  const indefinite = payload[0] === 0x9f;
  const counted = payload[0] === 0x98;
  const count = counted ? payload[1]! : payload[0]! & 0x1f;
  const records: Uint8Array[] = [];
  let at = counted ? 2 : 1;
  while (indefinite ? payload[at] !== 0xff : records.length < count) {
    const { end } = readItem(payload, at);
    records.push(payload.slice(at, end));
    at = end;
  }
  if (at + (indefinite ? 1 : 0) !== payload.length) throw new RecordsError("more behind the list");
  return records;
}
