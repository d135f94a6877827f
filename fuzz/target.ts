// What is fuzzed: a parser, what it is fed to begin with, and the promises that each input must leave whole.
//
// Promises: only typed errors; any split of the input gives the same events; nothing that comes out passes its limit; work and
// memory grow with the input's length and no faster.

/** Longest input that is tried, in bytes. */
export const INPUT_MAX = 4096;

/** The most of something that an input of n bytes may cost: `base + perByte * n`. */
export interface Bound {
  readonly base: number;
  readonly perByte: number;
}

export interface Target {
  /** Short, in lower case, with dashes. */
  readonly name: string;
  /** Inputs to begin with: at least one that is right. */
  readonly seeds: readonly Uint8Array[];
  /** Pieces of the language, which mutations put in. */
  readonly tokens: readonly Uint8Array[];
  /** Statements of firmware/. */
  readonly work: Bound;
  /** Bytes that typed arrays take and copy; what most targets are content with is the default. */
  readonly bytes?: Bound;
  /** Mends what a mutation can't hit by chance, such as a CRC. Changes the input in place. */
  readonly repair?: (input: Uint8Array) => void;
  /** Feeds one input, and throws for a broken promise: a BrokenPromise, or whatever the parser let through. */
  readonly run: (input: Uint8Array) => void;
  /** A reader that is fed for ever, and begins anew after an error, as a connection does: for its memory. */
  readonly endless?: () => (bytes: Uint8Array) => void;
}

/** A parser did what it must never do. */
export class BrokenPromise extends Error {}

/** @throws BrokenPromise unless `holds` */
export function promise(holds: boolean, what: string): asserts holds {
  if (!holds) throw new BrokenPromise(what);
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** RangeErrors of the engine's own: a parser that lets them through has not looked where it reads. */
const NATIVE = /call stack|[Oo]ffset|[Ii]nvalid (typed )?array|out of (bounds|range)|Invalid string length/;

/**
 * Runs a parser that may throw these errors.
 * @returns what it returned, or the error's class and message; all other errors go through
 */
export function attempt<T>(typed: readonly ErrorClass[], run: () => T): T | { failed: string } {
  try {
    return run();
  } catch (error) {
    const known = error instanceof Error && typed.some((type) => error instanceof type);
    if (!known || (error instanceof RangeError && NATIVE.test(error.message))) throw error;
    return { failed: `${error.name}: ${error.message}` };
  }
}

/**
 * Runs a parser on an input whole, and cut into pieces by the input's own first byte, and compares what came out.
 * @param run feeds the pieces to a parser of its own and returns all that came out, as values that JSON can show
 */
export function anySplit(input: Uint8Array, run: (pieces: readonly Uint8Array[]) => unknown): void {
  const [how = 0, bytes] = [input[0], input.subarray(1)];
  const whole = JSON.stringify(run([bytes]));
  const split = JSON.stringify(run(cut(bytes, how)));
  promise(whole === split, `a split changes what comes out: ${shortened(whole)} became ${shortened(split)}`);
}

/** `bytes` in pieces of 1 to 16 bytes, whose lengths follow from `how`; 0: one at a time. */
export function cut(bytes: Uint8Array, how: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let state = how;
  for (let at = 0; at < bytes.length; ) {
    state = (state * 69_069 + how) >>> 0;
    const length = 1 + ((state >>> 16) & 15);
    // A copy: a parser that keeps a view on its input is found out.
    pieces.push(bytes.slice(at, at + length));
    at += length;
  }
  return pieces;
}

const shortened = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

/** Bytes of text, each character one byte. */
export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Seeds of a target whose first byte says how to cut. */
export const cutSeeds = (...texts: readonly (string | Uint8Array)[]): Uint8Array[] =>
  texts.map((text, i) => Uint8Array.of(i, ...(typeof text === "string" ? ascii(text) : text)));

/** Tokens of a target. */
export const words = (...texts: readonly (string | Uint8Array)[]): Uint8Array[] =>
  texts.map((text) => (typeof text === "string" ? ascii(text) : text));
