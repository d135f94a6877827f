// What a command's handler answers with. The executor turns it into lines, a delay, a prompt or silence.

import type { DelayName } from "./delays.js";
import type { CmeCode } from "./errors.js";

/** A line of an answer, or raw bytes that stand for themselves (CARECV's counted body). */
export type Block = string | Uint8Array;

export type Outcome =
  /** Lines, then OK; `after` runs when OK is out. */
  | { is: "ok"; blocks: readonly Block[]; after?: (() => void) | undefined }
  | { is: "error"; code: CmeCode; after?: (() => void) | undefined }
  /** A final result other than OK or an error. */
  | { is: "final"; text: string; after?: (() => void) | undefined }
  /** The answer is worked out after a delay. */
  | { is: "later"; delay: DelayName | number; answer: () => Outcome }
  /** Somebody calls `executor.finish(token, …)`. */
  | { is: "wait"; token: object }
  /** `> `, then `count` raw bytes within `withinMs`; `take` gets them, or undefined when too few came. */
  | {
      is: "prompt";
      /** What stands for `> `: CFSWFILE says DOWNLOAD. */
      prompt?: string;
      count: number;
      withinMs: number;
      take: (body: Uint8Array | undefined) => Outcome;
    }
  /** `> `, then text of at most `limit` characters up to Ctrl-Z; `take` gets it, or undefined after ESC. */
  | { is: "text"; limit: number; take: (text: string | undefined) => Outcome }
  /** Nothing is printed, and the next command may come. */
  | { is: "silence"; after?: (() => void) | undefined };

export function ok(...blocks: Block[]): Outcome {
  return { is: "ok", blocks };
}

/** OK with lines, and something to do when it is out. */
export function okThen(after: () => void, ...blocks: Block[]): Outcome {
  return { is: "ok", blocks, after };
}

export function later(delay: DelayName | number, answer: () => Outcome): Outcome {
  return { is: "later", delay, answer };
}

export function fail(code: CmeCode): Outcome {
  return { is: "error", code };
}
