// The outbox on a flash that holds anything: it opens, takes a record, gives it back after a restart, and throws StoreErrors
// only. The first bytes say what is done, the others are what lies in the flash.

import { crc32 } from "../../firmware/bytes/crc32.js";
import type { Flash } from "../../firmware/platform/storage.js";
import { encodeCheckpoint } from "../../firmware/store/checkpoint.js";
import { ACK, BLOCK, encodeEntry, NOTE, padded, RECORD, UNIT } from "../../firmware/store/entry.js";
import { Outbox } from "../../firmware/store/outbox.js";
import { StoreError } from "../../firmware/store/ring-log.js";
import { attempt, promise, type Target, words } from "../target.js";

const BLOCKS = 4;
const BLOCK_LENGTH = 256;
const SIZE = BLOCKS * BLOCK_LENGTH;
/** Bytes of the input that say what is done. */
const SCRIPT = 8;

/** NOR flash that holds `image`, and is erased behind it. */
function flashOf(image: Uint8Array): Flash {
  const bytes = new Uint8Array(SIZE).fill(0xff);
  bytes.set(image.subarray(0, SIZE));
  return {
    status: () => ({ size: SIZE, blockLength: BLOCK_LENGTH, blocks: BLOCKS, writeAlign: UNIT, eraseValue: 0xff }),
    read: (length, offset) => {
      promise(offset >= 0 && offset + length <= SIZE, "a read outside of the partition");
      return bytes.slice(offset, offset + length);
    },
    write: (from, offset) => {
      promise(offset >= 0 && offset + from.length <= SIZE, "a write outside of the partition");
      promise(offset % UNIT === 0 && from.length % UNIT === 0, "a write that is not aligned");
      for (let i = 0; i < from.length; i++) bytes[offset + i]! &= from[i]!;
    },
    eraseBlock: (block) => {
      promise(Number.isInteger(block) && block >= 0 && block < BLOCKS, "no such block");
      bytes.fill(0xff, block * BLOCK_LENGTH, (block + 1) * BLOCK_LENGTH);
    },
  };
}

const payload = Uint8Array.of(1, 2, 3);

/** All that waits, oldest first. */
function waiting(outbox: Outbox): number[] {
  const numbers: number[] = [];
  for (let record = outbox.next(0); record; record = outbox.next(record.sequence)) {
    promise(record.sequence > (numbers.at(-1) ?? 0), "records out of order");
    promise(record.topic.length + record.payload.length <= outbox.recordMax, "a record longer than its limit");
    promise(record.qos === 1 || record.qos === 2, "a QoS that is none");
    numbers.push(record.sequence);
  }
  promise(numbers.length <= outbox.size, "more records than are counted");
  return numbers;
}

function use(script: Uint8Array, flash: Flash): void {
  let outbox = new Outbox(flash);
  for (const step of script) {
    promise(Number.isSafeInteger(outbox.size) && outbox.size >= 0, "a size that is none");
    promise(Number.isSafeInteger(outbox.nextSequence) && outbox.nextSequence >= 1, "a number that is none");
    const before = waiting(outbox);
    if (step % 4 === 0) outbox = new Outbox(flash);
    else if (step % 4 === 1) {
      const sequence = outbox.append("t", payload.subarray(0, step % 3));
      outbox = new Outbox(flash);
      promise(waiting(outbox).includes(sequence) || before.length >= 99, "a record that was safe is gone");
    } else if (step % 4 === 2 && before.length > 0) {
      const sequence = before[step % before.length]!;
      outbox.delivered(sequence);
      outbox = new Outbox(flash);
      promise(!waiting(outbox).includes(sequence), "an acknowledged record came back");
    } else outbox.delivered(step);
    const { dropped } = outbox;
    const first = before.at(-1) ?? 1;
    outbox.note({ session: 1, id: 1 + step, first, last: first, count: 1 });
    promise(outbox.dropped === dropped, "a note cost a record");
    for (const { first, last, count } of outbox.notes())
      promise(last >= first && count > 0 && last < outbox.nextSequence, "a note of records that there are not");
  }
}

/** Block `number`'s opening, and entries behind it. */
function block(number: number, next: number, cursor: number, ...entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(BLOCK_LENGTH).fill(0xff);
  let at = 0;
  for (const entry of [
    encodeEntry(BLOCK, 0, number, encodeCheckpoint({ next, cursor, dropped: 0, done: new Set() })),
    ...entries,
  ]) {
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

const record = (number: number) => encodeEntry(RECORD, 1, number, Uint8Array.of(0, 1, 0x74, ...payload));
const ack = (number: number) => encodeEntry(ACK, 0, number, new Uint8Array(0));
const note = (number: number, flags = 0) => encodeEntry(NOTE, flags, number, new Uint8Array(0), undefined, 0x0007_0080);
const image = (script: readonly number[], ...blocks: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.of(...script, ...new Array<number>(SCRIPT - script.length).fill(1), ...blocks.flatMap((one) => [...one]));

/** Gives each entry the checksums that its bytes ask for, so that a mutation is not just a torn entry. */
function repair(input: Uint8Array): void {
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  for (let at = SCRIPT; at + UNIT <= input.length; at += UNIT) {
    if (![RECORD, ACK, BLOCK, NOTE].includes(input[at]!)) continue;
    const length = view.getUint16(at + 2);
    const body = input.subarray(at + UNIT, at + UNIT + length);
    if (body.length < length) continue;
    if (input[at] !== NOTE) view.setUint32(at + 8, crc32(body));
    view.setUint32(at + 12, crc32(input.subarray(at, at + 12)));
    at += padded(length);
  }
}

export const outbox: Target = {
  name: "outbox",
  seeds: [
    image([1, 2, 0, 1]),
    image([0, 2, 2, 1, 1], new Uint8Array(BLOCK_LENGTH).fill(0xff), block(1, 1, 1, record(1), record(2), ack(1))),
    image(
      [1, 1, 2],
      block(4, 9, 7, record(9)),
      block(5, 10, 7, record(10), ack(8)),
      block(2, 4, 3),
      block(3, 7, 5, record(7), record(8)),
    ),
    image([3, 1], new Uint8Array(SIZE)),
    image(
      [0, 2, 1],
      new Uint8Array(BLOCK_LENGTH).fill(0xff),
      block(1, 1, 1, record(1), record(2), note(1), note(2, 0x81)),
    ),
  ],
  tokens: words(
    record(3),
    ack(2),
    note(1, 0x80),
    new Uint8Array(UNIT).fill(0xff),
    "\xff\xff\xff\xff",
    "\x00\x00\x00\x01",
    "\x53\x00",
    "\x51\x01",
  ),
  repair,
  work: { base: 400_000, perByte: 200 },
  bytes: { base: 200_000, perByte: 32 },
  run: (input) => {
    const script = input.subarray(0, SCRIPT);
    attempt([StoreError], () => use(script, flashOf(input.subarray(SCRIPT))));
  },
};
