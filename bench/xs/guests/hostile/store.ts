// What lies in flash, and what is typed at the console.

import { latin1 } from "../../../../firmware/bytes/utf8.js";
import { BootRecord } from "../../../../firmware/device/boot-record.js";
import { Console } from "../../../../firmware/device/console.js";
import { storedConfig } from "../../../../firmware/device/stored-settings.js";
import type { Flash, KeyValue } from "../../../../firmware/platform/storage.js";
import { configure } from "../../../../firmware/settings/configure.js";
import { isHost, isHostPattern, matchesHost } from "../../../../firmware/settings/rules.js";
import { loadCredentials } from "../../../../firmware/store/credentials.js";
import { Outbox } from "../../../../firmware/store/outbox.js";
import { feed, partly } from "./feed.js";

const NOW = Date.UTC(2026, 0, 1);
const [BLOCKS, BLOCK_LENGTH, UNIT] = [4, 256, 16];
const SIZE = BLOCKS * BLOCK_LENGTH;
/** Bytes of an input for the outbox that say what is done. */
const SCRIPT = 8;

/** A store of one value. */
function holding(bytes: Uint8Array): KeyValue & { value: Uint8Array | undefined } {
  return {
    value: bytes,
    read() {
      return this.value;
    },
    write(_key, value) {
      this.value = value;
    },
    delete() {
      this.value = undefined;
    },
  };
}

function flashOf(image: Uint8Array): Flash {
  const bytes = new Uint8Array(SIZE).fill(0xff);
  bytes.set(image.subarray(0, SIZE));
  return {
    status: () => ({ size: SIZE, blockLength: BLOCK_LENGTH, blocks: BLOCKS, writeAlign: UNIT, eraseValue: 0xff }),
    read: (length, offset) => bytes.slice(offset, offset + length),
    write: (from, offset) => {
      for (let i = 0; i < from.length; i++) bytes[offset + i]! &= from[i]!;
    },
    eraseBlock: (block) => {
      bytes.fill(0xff, block * BLOCK_LENGTH, (block + 1) * BLOCK_LENGTH);
    },
  };
}

function useOutbox(input: Uint8Array): unknown {
  const flash = flashOf(input.subarray(SCRIPT));
  let outbox = new Outbox(flash);
  const told: unknown[] = [];
  for (const step of input.subarray(0, SCRIPT)) {
    const waiting: number[] = [];
    for (let record = outbox.next(0); record; record = outbox.next(record.sequence)) waiting.push(record.sequence);
    told.push([outbox.size, outbox.nextSequence, waiting]);
    if (step % 4 === 0) outbox = new Outbox(flash);
    else if (step % 4 === 1) outbox.append("t", Uint8Array.of(1, 2));
    else outbox.delivered(waiting[step % Math.max(waiting.length, 1)] ?? step);
  }
  return told;
}

const log = () => {};
const DEFAULTS = configure({});

feed({
  credentials: (input) => loadCredentials(holding(input), "k", NOW) ?? "none",
  outbox: useOutbox,
  "boot-record": (input) => {
    const keyValue = holding(input);
    const boot = new BootRecord({ keyValue, log });
    return [boot.reset, boot.safe, boot.starts, boot.safeMs(0.5)];
  },
  "stored-settings": (input) => storedConfig(holding(input), {}, log),
  console: (input) => {
    const keyValue = holding(new Uint8Array(0));
    const status = () => ({ rssi: -70 });
    const console = new Console({ keyValue, status, built: {}, settings: DEFAULTS });
    const { text, restart } = console.receive(input);
    return [text, restart, partly(() => storedConfig(keyValue, {}, log)), console.typed];
  },
  hosts: (input) =>
    latin1(input)
      .split("\n", 50)
      .map((line) => [isHost(line), isHostPattern(line), matchesHost(line, "*.amazonaws.com")]),
});
