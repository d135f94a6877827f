// A session's state as bytes, for a store that outlives a restart.
//
// Record: CRC-32 of what follows (4), version (1), flags (1: known 1, unanswered 2, noted 4), last packet id (2), client id;
// then three lists, each with its count in front (2): flights as packet id (2), awaited packet type (1) and sequence (8,
// float64); packet ids received (2); filters granted as QoS (1) and filter. Texts are UTF-8 with their length in front (2). All
// big-endian. Version 2, written where several records travel in a flight: each flight has behind its sequence how far its last
// record is ahead of it (2) and how many they are (2).
//
// Where the journal notes what is under way (flag 4), only those flights are here that it has no note of, and in the place of
// the last packet id stand the number that the notes of this session bear (12 bits) and its upper 4 bits. The first flight is
// none then: its sequence is 0, and its id is that last one. Who does not know the flag reads a session with fewer flights, and
// one that the next connection ends: a firmware that an update is undone to sends their records again as new ones, under other
// ids. One that knows the flag, and no such flight, goes on with the next 4,096 ids; and what it has saved is read so here.

import { crc32 } from "../bytes/crc32.js";
import { decodeUtf8, encodeUtf8 } from "../bytes/utf8.js";
import { PUBACK, PUBCOMP, PUBREC, type QoS } from "./packets.js";

/** What is saved. */
export interface SavedSession {
  flights: { id: number; awaits: number; sequence: number; group?: { last: number; count: number } }[];
  received: number[];
  granted: [filter: string, qos: QoS][];
  /** No packet id above it was given. */
  lastId: number;
  /** What the journal's notes of this session bear; undefined: it has none. */
  session?: number | undefined;
  known: boolean;
  unanswered: boolean;
  clientId: string;
}

const VERSION = 1;
const GROUPED = 2;
const BODY_AT = 4;
const KNOWN = 1;
const UNANSWERED = 2;
const NOTED = 4;
/** Of the last packet id, where only those bits are kept, and the others. */
const [RANGE_BITS, RANGE_AT, RANGE_REST] = [4, 12, 0xfff];
/** Lengths of the parts that always have the same one. */
const HEAD_LENGTH = BODY_AT + 4;
const FLIGHT_LENGTH = 11;
const GROUP_LENGTH = 4;

/** The record of a session. */
export function encodeSession(session: SavedSession): Uint8Array {
  const { flights, received, granted, lastId, known, unanswered } = session;
  const isNoted = session.session !== undefined;
  const count = flights.length + (isNoted ? 1 : 0);
  const clientId = encodeUtf8(session.clientId);
  const filters = granted.map(([filter, qos]) => ({ qos, bytes: encodeUtf8(filter) }));
  const texts = filters.reduce((sum, { bytes }) => sum + 3 + bytes.length, 2 + clientId.length);
  const grouped = flights.some(({ group }) => group !== undefined);
  const flightLength = FLIGHT_LENGTH + (grouped ? GROUP_LENGTH : 0);
  const record = new Uint8Array(HEAD_LENGTH + texts + 6 + flightLength * count + 2 * received.length);
  const view = new DataView(record.buffer);
  let at = BODY_AT;
  const put = (...octets: number[]) => {
    for (const octet of octets) record[at++] = octet;
  };
  const put16 = (value: number) => put(value >> 8, value);
  const putText = (bytes: Uint8Array) => {
    put16(bytes.length);
    record.set(bytes, at);
    at += bytes.length;
  };
  put(grouped ? GROUPED : VERSION, (known ? KNOWN : 0) | (unanswered ? UNANSWERED : 0) | (isNoted ? NOTED : 0));
  put16(isNoted ? (session.session! << RANGE_BITS) | (lastId >> RANGE_AT) : lastId);
  putText(clientId);
  put16(count);
  if (isNoted) {
    put16(lastId);
    put(PUBACK);
    at += flightLength - 3;
  }
  for (const { id, awaits, sequence, group } of flights) {
    put16(id);
    put(awaits);
    view.setFloat64(at, sequence);
    at += 8;
    if (!grouped) continue;
    put16(group === undefined ? 0 : group.last - sequence);
    put16(group?.count ?? 1);
  }
  put16(received.length);
  for (const id of received) put16(id);
  put16(filters.length);
  for (const { qos, bytes } of filters) {
    put(qos);
    putText(bytes);
  }
  view.setUint32(0, crc32(record.subarray(BODY_AT)));
  return record;
}

/** The session in a record, or undefined for what `encodeSession` never writes. */
export function decodeSession(record: Uint8Array): SavedSession | undefined {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  try {
    const version = view.getUint8(BODY_AT);
    if (view.getUint32(0) !== crc32(record.subarray(BODY_AT)) || (version !== VERSION && version !== GROUPED))
      return undefined;
    return readBody(record, view, version === GROUPED);
  } catch {
    return undefined; // too short, or text that is none
  }
}

/** @throws RangeError past the record's end */
function readBody(record: Uint8Array, view: DataView, grouped: boolean): SavedSession | undefined {
  let at = HEAD_LENGTH;
  const next = (length: number) => {
    at += length;
    return at - length;
  };
  const text = () => {
    const length = view.getUint16(next(2));
    const from = next(length);
    if (at > record.length) throw new RangeError("cut off");
    return decodeUtf8(record.subarray(from, at));
  };
  const flags = view.getUint8(BODY_AT + 1);
  const number = view.getUint16(BODY_AT + 2);
  const isNoted = (flags & NOTED) !== 0;
  const saved: SavedSession = {
    flights: [],
    received: [],
    granted: [],
    // A firmware that saved no more: it may be any with the same upper bits.
    lastId: isNoted ? ((number << RANGE_AT) & 0xffff) | RANGE_REST : number,
    ...(isNoted && { session: number >> RANGE_BITS }),
    known: (flags & KNOWN) !== 0,
    unanswered: (flags & UNANSWERED) !== 0,
    clientId: text(),
  };
  for (let count = view.getUint16(next(2)); count > 0; count--) {
    const [id, awaits] = [view.getUint16(next(2)), view.getUint8(next(1))];
    const sequence = view.getFloat64(next(8));
    const ahead = grouped ? view.getUint16(next(2)) : 0;
    const members = grouped ? view.getUint16(next(2)) : 1;
    const isGroup = members > 1 && ahead >= members - 1;
    const group = isGroup && { group: { last: sequence + ahead, count: members } };
    if (isNoted && sequence === 0) saved.lastId = id;
    else saved.flights.push({ id, awaits, sequence, ...group });
  }
  for (let count = view.getUint16(next(2)); count > 0; count--) saved.received.push(view.getUint16(next(2)));
  for (let count = view.getUint16(next(2)); count > 0; count--) {
    const qos = view.getUint8(next(1)) as QoS;
    saved.granted.push([text(), qos]);
  }
  const awaited: readonly number[] = [PUBACK, PUBREC, PUBCOMP];
  const sound =
    at === record.length &&
    saved.flights.every(
      ({ id, awaits, sequence }) => id > 0 && awaited.includes(awaits) && Number.isSafeInteger(sequence),
    ) &&
    saved.received.every((id) => id > 0) &&
    saved.granted.every(([, qos]) => qos <= 2);
  return sound ? saved : undefined;
}
