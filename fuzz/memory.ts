// What an input took of memory. The bytes of typed arrays are a count: equal inputs give equal figures on every machine, and
// whoever copies all that came so far for each byte that comes is found, though that is one statement each.

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Constructor = new (...args: unknown[]) => { byteLength: number };

const ARRAYS = ["ArrayBuffer", "Uint8Array", "Uint16Array", "Uint32Array", "Int32Array", "Float64Array"] as const;
const PROTOTYPE = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
/** Methods that copy, and how many bytes that are. */
const COPIES: Readonly<Record<string, (self: Uint8Array, result: unknown, args: readonly unknown[]) => number>> = {
  slice: (_self, result) => 2 * (result as Uint8Array).byteLength,
  set: (self, _result, [from]) => (from as ArrayLike<number>).length * self.BYTES_PER_ELEMENT,
  fill: (self, _result, [, from, to]) => rangeOf(self, from, to),
  copyWithin: (self, _result, [, from, to]) => rangeOf(self, from, to),
};

/** Bytes of a range whose bounds may be left out. */
function rangeOf(self: Uint8Array, from: unknown = 0, to: unknown = self.length): number {
  return Math.max(0, Number(to) - Number(from)) * self.BYTES_PER_ELEMENT;
}

/**
 * Runs something with the global constructors and the methods that copy replaced by such as count.
 * @returns the bytes of all typed arrays that were made, whether they are still held or not, and of all copies
 */
export function countBytes(run: () => void): number {
  let bytes = 0;
  const undo: (() => void)[] = [];
  const replace = (object: object, name: string, value: unknown) => {
    const before = Object.getOwnPropertyDescriptor(object, name)!;
    Object.defineProperty(object, name, { ...before, value });
    undo.push(() => Object.defineProperty(object, name, before));
  };
  for (const name of ARRAYS) {
    const original = globalThis[name] as unknown as Constructor;
    const counted: Constructor = new Proxy(original, {
      construct(target, args, newTarget) {
        const made = Reflect.construct(target, args, newTarget === counted ? target : newTarget) as ArrayBufferView;
        // A view on a buffer takes nothing.
        if (!(args[0] instanceof Object && "byteLength" in args[0] && !ArrayBuffer.isView(args[0]))) {
          bytes += made.byteLength;
        }
        return made;
      },
    });
    replace(globalThis, name, counted);
  }
  for (const [name, size] of Object.entries(COPIES)) {
    const method = PROTOTYPE[name as "slice"] as (this: Uint8Array, ...args: unknown[]) => unknown;
    replace(PROTOTYPE, name, function (this: Uint8Array, ...args: unknown[]) {
      const result = method.apply(this, args);
      bytes += size(this, result, args);
      return result;
    });
  }
  try {
    run();
  } finally {
    for (const step of undo) step();
  }
  return bytes;
}

/** Collects what nobody holds any more, without `node --expose-gc`. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** By how many bytes the heap is larger behind a run. Garbage is collected now and then: at least so much was allocated. */
export function heapGrowth(run: () => void): number {
  const used = () => {
    const { used_heap_size, external_memory } = getHeapStatistics();
    return used_heap_size + external_memory;
  };
  const before = used();
  run();
  return used() - before;
}
