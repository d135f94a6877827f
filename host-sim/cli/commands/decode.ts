// `simkey decode`: the records in a message that a device has published, one JSON object a line.

import { buffer } from "node:stream/consumers";
import { decodeRecords } from "../../decode/records.js";
import { UsageError } from "../output/errors.js";
import type { Surroundings } from "../parts/surroundings.js";

/** Stands for stdin, whose bytes are the message itself. */
const STDIN = "-";

/** @throws UsageError for text that is neither hexadecimal nor base64; RecordsError for bytes that hold no records */
export async function decodeCommand(text: string, around: Surroundings): Promise<void> {
  const payload = text === STDIN ? await buffer(around.stdin) : bytesOf(text);
  for (const record of decodeRecords(payload)) around.stdout(`${JSON.stringify(record)}\n`);
}

function bytesOf(text: string): Uint8Array {
  const plain = text.replaceAll(/\s/g, "");
  if (/^[{[]/.test(plain)) return Buffer.from(text);
  if (plain.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(plain)) return Buffer.from(plain, "hex");
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(plain)) return Buffer.from(plain, "base64");
  throw new UsageError("decode takes hexadecimal, base64, JSON, or - for the bytes on stdin");
}
