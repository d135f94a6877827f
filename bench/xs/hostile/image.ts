// The memory of images, as the manifests that ship have it.

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

const creationOf = (path: string) =>
  (JSON.parse(readFileSync(join(ROOT, "manifests", path), "utf8")) as Manifest).creation;

/** The block of images that take no updates, the smallest that there is, its stack and its native stack. */
export function imageSpace(): Space {
  return spaceOf(creationOf("esp32/manifest.json"));
}

/** The same of images that take updates. */
export function updatableSpace(): Space {
  return spaceOf({ ...creationOf("esp32/manifest.json"), ...creationOf("updates.json") });
}

function spaceOf(creation: Manifest["creation"]): Space {
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
