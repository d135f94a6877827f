// Feeds one reader with the inputs in a file, on XS and in Node alike: what came of each is printed, or it is counted
// what is left of it in memory.
//
// Files: `reader`, its name; `mode`, `tell` or `census`; `warm`, after how many inputs a census is taken, beside the
// end's; `inputs`, each behind its length as 4 bytes, little-endian.

import { Failure } from "../../../../firmware/platform/failure.js";

/** What a reader makes of one input: data that can be shown. A typed failure may be thrown. */
export type Reader = (input: Uint8Array) => unknown;

const LENGTH_BYTES = 4;
const MOST = 0x7fff_ffff;

/** @param readers by name, one of which the bench asks for */
export function feed(readers: Readonly<Record<string, Reader>>): void {
  const name = text("reader");
  const reader = readers[name];
  if (reader === undefined) throw new Error(`no reader ${name}`);
  if (text("mode") === "tell") each((input) => host.print(JSON.stringify({ outcome: outcomeOf(reader, input) })));
  else {
    const warm = Number(text("warm"));
    each((input, number) => {
      settle(reader, input);
      if (number === warm) count("warm", reader);
    });
    count("end", reader);
  }
  host.end();
}

function each(take: (input: Uint8Array, number: number) => void): void {
  let at = 0;
  for (let number = 1; ; number++) {
    const head = host.input("inputs", at, LENGTH_BYTES);
    if (head === undefined) return;
    const length = new DataView(head).getUint32(0, true);
    const bytes = length === 0 ? new ArrayBuffer(0) : host.input("inputs", at + LENGTH_BYTES, length)!;
    at += LENGTH_BYTES + length;
    take(new Uint8Array(bytes), number);
  }
}

/** What is in use, once what the last input has left is the same each time: the first input has been read again. */
function count(what: string, reader: Reader): void {
  const first = new DataView(host.input("inputs", 0, LENGTH_BYTES)!).getUint32(0, true);
  for (let again = 0; again < 3; again++) settle(reader, new Uint8Array(host.input("inputs", LENGTH_BYTES, first)!));
  host.census(what);
}

/** Its outcome is dropped. */
function settle(reader: Reader, input: Uint8Array): void {
  outcomeOf(reader, input);
}

/** The outcome as text. */
const outcomeOf = (reader: Reader, input: Uint8Array): string =>
  JSON.stringify(
    partly(() => reader(input)),
    shown,
  ) ?? "nothing";

/** What a part of a reader makes of its input, or the typed failure; an error that no layer throws is the program's end. */
export function partly(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure) return `${error.name}: ${error.message}`;
    // bytes/ throws the language's own. That it is not the engine's shows by the message, which is the same in Node.
    if (error instanceof RangeError || error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function shown(_name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) {
    let hex = "";
    for (const byte of value) hex += (0x100 + byte).toString(16).slice(1);
    return hex;
  }
  if (value instanceof Map || value instanceof Set) return [...value];
  if (typeof value !== "number") return value;
  // The two write the last digit of a fraction differently.
  return Number.isFinite(value) ? Math.round(value * 1000) : String(value);
}

const text = (file: string) => String.fromArrayBuffer(host.input(file, 0, MOST)!);
