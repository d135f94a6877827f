// The UART's wire in real time: order, pace, hold, and its limit.

import { describe, expect, test } from "@jest/globals";
import { LINE_LIMIT_BYTES, PacedLine } from "../../../host-sim/modem/paced-line.js";

const FAST = 10_000_000;

describe("a paced line", () => {
  test("brings everything in order, and calls back behind it", async () => {
    const heard: number[] = [];
    const line = new PacedLine((bytes) => heard.push(...bytes));
    for (let i = 0; i < 50; i++) line.send(Uint8Array.of(i, i), FAST);
    expect(heard).toEqual([]);
    await new Promise<void>((resolve) => line.after(resolve));
    expect(heard).toEqual(Array.from({ length: 100 }, (_, i) => i >> 1));
    let called = false;
    line.after(() => {
      called = true;
    });
    expect(called).toBe(true);
  });

  test("takes as long as 10 bits a byte do", async () => {
    const line = new PacedLine(() => {});
    const begin = performance.now();
    line.send(new Uint8Array(96), 19_200);
    await new Promise<void>((resolve) => line.after(resolve));
    expect(performance.now() - begin).toBeGreaterThanOrEqual(49);
  });

  test("copies what it is given", async () => {
    let heard = 0;
    const line = new PacedLine((bytes) => {
      heard = bytes[0]!;
    });
    const bytes = Uint8Array.of(7);
    line.send(bytes, FAST);
    bytes[0] = 9;
    await new Promise<void>((resolve) => line.after(resolve));
    expect(heard).toBe(7);
  });

  test("holds while the receiver is full, and goes on", async () => {
    let heard = 0;
    const line = new PacedLine((bytes) => {
      heard += bytes.length;
    });
    line.hold(true);
    line.send(new Uint8Array(10), FAST);
    await new Promise((resolve) => setImmediate(resolve));
    expect([heard, line.queued]).toEqual([0, 10]);
    line.hold(false);
    await new Promise<void>((resolve) => line.after(resolve));
    expect([heard, line.queued]).toEqual([10, 0]);
  });

  test("loses what is beyond its limit", () => {
    const line = new PacedLine(() => {});
    line.send(new Uint8Array(LINE_LIMIT_BYTES + 5), FAST);
    line.send(new Uint8Array(5), FAST);
    expect(line.queued).toBe(LINE_LIMIT_BYTES);
    line.close();
    expect(line.queued).toBe(0);
  });
});
