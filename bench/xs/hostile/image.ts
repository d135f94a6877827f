// The memory of the image, as the manifest that ships has it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../program.js";
import type { Space } from "../run.js";

interface Manifest {
  creation: {
    static: number;
    chunk: { initial: number; incremental: number };
    heap: { initial: number; incremental: number };
    stack: number;
    nativeStack: number;
  };
}

/** The block, its stack and its native stack, from manifests/esp32/manifest.json. */
export function imageSpace(): Space {
  const { creation } = JSON.parse(readFileSync(join(ROOT, "manifests/esp32/manifest.json"), "utf8")) as Manifest;
  const { chunk, heap } = creation;
  return {
    bytes: creation.static,
    stack: creation.stack,
    creation: {
      native: creation.nativeStack,
      chunk: chunk.initial,
      chunks: chunk.incremental,
      heap: heap.initial,
      heaps: heap.incremental,
    },
  };
}
