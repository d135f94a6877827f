// A desk's report of what RAM is left, as one line of the log after each step of the device. In images that ask for it alone:
// `"report": "memory"` and manifests/desk/memory.json.

import type { Log, LogEvents } from "../../events.js";

/** The figures, in the order of memory-xs.c. Bytes, but for slots and stack, which are XS's slots of 16. */
const FIGURES = [
  ...["heapFree", "heapLeast", "heapLargest"],
  ...["chunks", "chunksPeak", "chunksRoom", "slots", "slotsPeak", "slotsRoom", "untouched"],
  ...["stack", "stackPeak"],
] as readonly Figure[];
type Figure = Exclude<keyof LogEvents["memory"], "after" | "tasks">;
const WORD_BYTES = 4;

/** What the native side tells: it fills the buffer and returns the tasks, `name:bytes` each. */
export type ReadMemory = (figures: ArrayBuffer) => string;

/** Events after which it is told: what comes at them is a step that takes memory, or gives it back. */
const AFTER: ReadonlySet<string> = new Set([
  "start",
  "online",
  "clock",
  "onboarding",
  "onboarded",
  "token-kept",
  "signed",
  "tls",
  "connected",
  "acked",
  "accepted",
  "command",
  "answered",
  "failure",
  "resting",
  "asleep",
]);

const readMemory: ReadMemory = (figures) => native("xs_simkey_memory").call(undefined, figures);

/**
 * A log that tells of memory after what it hands on.
 * @param log takes both
 * @param read left out: the chip's own
 */
export function withMemoryReport(log: Log, read: ReadMemory = readMemory): Log {
  const buffer = new ArrayBuffer(FIGURES.length * WORD_BYTES);
  const view = new DataView(buffer);
  return (level, event, fields) => {
    log(level, event, fields);
    if (!AFTER.has(event)) return;
    const tasks = read(buffer);
    // biome-ignore lint/plugin: the names are FIGURES
    const figures = Object.fromEntries(FIGURES.map((name, at) => [name, view.getUint32(at * WORD_BYTES, true)]));
    log("info", "memory", { after: event, ...(figures as Record<Figure, number>), tasks });
  };
}
