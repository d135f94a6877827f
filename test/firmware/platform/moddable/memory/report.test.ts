// The log of an image that tells of its memory, over a stand-in for its C.

import { expect, test } from "@jest/globals";
import type { Log } from "../../../../../firmware/platform/events.js";

// By a name that the compiler does not follow: the module belongs to a project that knows the SDK, and the tests do not.
const path: string = "../../../../../firmware/platform/moddable/memory/report.js";
const { withMemoryReport } = (await import(path)) as {
  withMemoryReport(log: Log, read: (figures: ArrayBuffer) => string): Log;
};

test("tells of memory after what takes or frees some, whatever its level, and nowhere else", () => {
  const lines: unknown[] = [];
  const read = (figures: ArrayBuffer): string => {
    new Uint32Array(figures).set([
      200_000, 160_000, 110_000, 20_000, 24_000, 24_576, 1_500, 1_900, 2_000, 13_296, 832, 512,
    ]);
    return "IDLE:620,main:10354";
  };
  const log = withMemoryReport((...line) => lines.push(line), read);
  log("debug", "tls", { version: "TLSv1.3", suite: "s", resumed: false });
  log("info", "recorded", { topic: "t", seq: 1, bytes: 9 });
  log("info", "acked", { seq: 1 });
  const figures = {
    ...{
      heapFree: 200_000,
      heapLeast: 160_000,
      heapLargest: 110_000,
      chunks: 20_000,
      chunksPeak: 24_000,
      chunksRoom: 24_576,
    },
    ...{ slots: 1_500, slotsPeak: 1_900, slotsRoom: 2_000, untouched: 13_296, stack: 832, stackPeak: 512 },
    tasks: "IDLE:620,main:10354",
  };
  expect(lines).toEqual([
    ["debug", "tls", { version: "TLSv1.3", suite: "s", resumed: false }],
    ["info", "memory", { after: "tls", ...figures }],
    ["info", "recorded", { topic: "t", seq: 1, bytes: 9 }],
    ["info", "acked", { seq: 1 }],
    ["info", "memory", { after: "acked", ...figures }],
  ]);
});
