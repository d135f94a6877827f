// A run of a linked program on the engine: what it tells, and what its end says.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { least } from "./search.js";

const run = promisify(execFile);

/** What a run tells. */
export interface Figures {
  /** XS instructions from the machine's beginning to the program's end. */
  instructions: number;
  /** Slots of the stack that were ever used; told by a run with a large one. */
  depth: number;
  /** Bytes of the native stack that were ever used, on 32-bit x86. */
  native: number;
  /** Slots of 16 bytes and bytes of chunks: at most, and in use at the end. */
  peakSlots: number;
  peakChunks: number;
  slots: number;
  chunks: number;
  /** Places for changes of preloaded objects, and names made at run time: 4 bytes each, outside of the block. */
  aliases: number;
  keys: number;
  /** What lies in the read-only machine, built-ins included. */
  flashSlots: number;
  flashChunks: number;
  /** What the program printed. */
  printed: Record<string, unknown>[];
}

/** The block or its stack was too small, and which. */
export interface TooSmall {
  tooSmall: string;
}

/** What a program runs in: one block of `bytes`, of which `stack` slots of 16 bytes are the stack's. */
export interface Space {
  bytes: number;
  stack: number;
  /** What else an image has: without it the native stack is ample, and both heaps grow from little in small steps. */
  creation?: Creation;
}

/** Of an image's `creation`: bytes of the native stack, first bytes of chunks and their step, first slots and their step. */
export interface Creation {
  native: number;
  chunk: number;
  chunks: number;
  heap: number;
  heaps: number;
}

/** The engine's exit code for it, engine/bench.h. No other means that: a shell, a loader and an emulator have theirs. */
export const TOO_SMALL = 42;
/** In a heap that is almost too small XS collects all the time; an emulator takes ten times as long. */
const TIMEOUT_MS = 600_000;
const MAX_OUTPUT_BYTES = 16 << 20;

export const isTooSmall = (result: Figures | TooSmall): result is TooSmall => "tooSmall" in result;

/**
 * Runs a linked program.
 * @param command the engine, behind what runs it
 * @param files the folder of what it reads, where that is not the program's
 * @throws Error for every other end: of the program, of the engine, or none in time
 */
export async function runProgram(
  command: readonly string[],
  directory: string,
  { bytes, stack, creation }: Space,
  { files = directory, timeout = TIMEOUT_MS } = {},
): Promise<Figures | TooSmall> {
  const [program, ...before] = command;
  const { native, chunk, chunks, heap, heaps } = creation ?? {};
  const image = creation === undefined ? [] : [native, chunk, chunks, heap, heaps].map(String);
  const others = files !== directory || creation !== undefined ? [files, ...image] : [];
  const args = [...before, String(bytes), String(stack), directory, ...others];
  let stdout: string;
  try {
    ({ stdout } = await run(program!, args, { timeout, maxBuffer: MAX_OUTPUT_BYTES }));
  } catch (error) {
    const { code, killed, signal, stderr = "", stdout: told = "" } = error as Ended;
    if (code === TOO_SMALL) return { tooSmall: stderr.trim() };
    const said = [stderr, told].map((text) => text.trim()).filter((text) => text !== "");
    const space = `with ${bytes} bytes and a stack of ${stack} slots`;
    throw new Error(
      `${directory}: ${[endOf({ code, killed, signal }, timeout, space) ?? String(error), ...said].join(": ")}`,
    );
  }
  return figuresIn(stdout) ?? fail(`${directory}: the engine ended without its figures, with: ${stdout.trim()}`);
}

interface Ended {
  code?: number | string | null | undefined;
  killed?: boolean | undefined;
  signal?: string | null | undefined;
  stdout?: string;
  stderr?: string;
}

function endOf({ code, killed, signal }: Ended, timeout: number, space: string): string | undefined {
  if (typeof code === "string") return undefined;
  if (killed) return `the engine did not end in ${timeout / 1000} s, ${space}`;
  if (signal) return `the engine was ended by ${signal}, ${space}`;
  return typeof code === "number" ? `the engine ended with code ${code}` : undefined;
}

function figuresIn(stdout: string): Figures | undefined {
  try {
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const figures = lines.pop();
    if (typeof figures?.instructions !== "number") return undefined;
    return { ...figures, printed: lines };
  } catch {
    return undefined;
  }
}

function fail(text: string): never {
  throw new Error(text);
}

const AMPLE: Space = { bytes: 8 << 20, stack: 4096 };
const LEAST_BYTES = 1024;
/** Slots of stack beyond what a run uses; again as many while XS, which looks ahead, wants more. */
const STACK_MARGIN = 16;
/**
 * Steps of the search, in bytes: of 64 up to 64 KB, then 512 to an octave. In a heap that is almost too small, a run
 * is a long one.
 */
export const STEP = 64;
const FINE_STEPS = 1024;
const OCTAVE_STEPS = 512;

/** Block of the search's step `i`, in bytes. */
export function bytesAt(i: number): number {
  if (i <= FINE_STEPS) return i * STEP;
  const beyond = i - FINE_STEPS;
  const octave = FINE_STEPS * STEP * 2 ** Math.floor(beyond / OCTAVE_STEPS);
  return octave + (beyond % OCTAVE_STEPS) * (octave / OCTAVE_STEPS);
}

function stepOf(bytes: number): number {
  let i = Math.floor(LEAST_BYTES / STEP);
  while (bytesAt(i) < bytes) i++;
  return i;
}

/** A run in a block that is small, or the smallest. */
export interface Fitting extends Figures, Space {}

/**
 * Smallest block in which a program runs to its end with the least stack and a margin, and what it tells there. The same program
 * gives the same figures: the engine has no clock and no chance.
 * @param guess bytes to begin with
 * @param fixed all but the bytes; left out: the least stack
 */
export async function smallest(
  command: readonly string[],
  directory: string,
  guess = LEAST_BYTES,
  fixed?: Omit<Space, "bytes">,
): Promise<Fitting> {
  const attempt = async (space: Space) => {
    const result = await runProgram(command, directory, space);
    return isTooSmall(result) ? undefined : result;
  };
  const rest = fixed ?? { stack: await leastStack(directory, attempt) };
  const { value, found } = await least(
    stepOf(LEAST_BYTES),
    stepOf(AMPLE.bytes),
    (step) => attempt({ bytes: bytesAt(step), ...rest }),
    stepOf(guess),
  );
  return { ...found, bytes: bytesAt(value), ...rest };
}

async function leastStack(directory: string, attempt: (space: Space) => Promise<Figures | undefined>): Promise<number> {
  const ample = await attempt(AMPLE);
  if (ample === undefined) throw new Error(`${directory}: does not fit in ${AMPLE.bytes} bytes`);
  let stack = ample.depth + STACK_MARGIN;
  while ((await attempt({ ...AMPLE, stack })) === undefined) stack += STACK_MARGIN;
  return stack;
}
