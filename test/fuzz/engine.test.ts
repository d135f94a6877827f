// The fuzzer itself: it finds what was planted, tells it shortly, and repeats to the byte.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { bundle } from "../../fuzz/bundle.js";
import type { Round } from "../../fuzz/engine.js";
import { mutate } from "../../fuzz/mutate.js";
import { shrink } from "../../fuzz/shrink.js";
import { GROWTH_MAX, soak } from "../../fuzz/soak.js";
import { anySplit, attempt, cut, INPUT_MAX, type Target } from "../../fuzz/target.js";
import { type HANG, watch } from "../../fuzz/watch.js";
import type { Job, Result } from "../../fuzz/worker.js";
import { Prng } from "../../host-sim/world/prng.js";

/** Parsers with a fault each. What lies in a folder `firmware` gets counters. */
const PLANTED = `
const base = { seeds: [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)], tokens: [], work: { base: 500, perByte: 50 } };
export const TARGETS = [
  { ...base, name: "magic", run: (b) => {
    if (b[0] === 0x4d) if (b[1] === 0x51) if (b[2] === 0x54) throw new TypeError("boom");
  } },
  { ...base, name: "slow", run: (b) => { let n = 0; for (const x of b) for (const y of b) if (x === y) n++; } },
  { ...base, name: "greedy", run: (b) => { if (b[0] === 7) base.kept = new Uint8Array(50_000_000); } },
  { ...base, name: "copying", run: (b) => {
    let all = new Uint8Array(0);
    for (const x of b) { const more = new Uint8Array(all.length + 1); more.set(all); more[all.length] = x; all = more; }
  } },
  { ...base, name: "hoarding", run: (b) => { if (b[0] === 7) base.kept = Array.from({ length: 1_000_000 }, String); } },
  { ...base, name: "endless", run: (b) => { let n = 0; while (b[0] === 7) n++; } },
  { ...base, name: "dead", run: (b) => { while (b[0] === 7); } },
  { ...base, name: "sound", run: () => {} },
];
`;

const home = mkdtempSync(join(tmpdir(), "simkey-fuzz-"));
let module: string;
beforeAll(async () => {
  mkdirSync(join(home, "firmware"));
  writeFileSync(join(home, "firmware/planted.ts"), PLANTED);
  module = await bundle(home, "firmware/planted.ts");
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Fuzzes as `npm run fuzz` does: in a thread of its own. */
async function round(target: string, runs: number, seed = "u"): Promise<Round> {
  const outcome = await watchedRound(target, runs, seed);
  if ("hung" in outcome) throw new Error("the fuzzer hangs");
  return outcome.message;
}

function watchedRound(target: string, runs: number, seed = "u", limits?: Partial<typeof HANG>) {
  const job: Omit<Job, "notes"> = { module, target, seed, corpus: [], runs, ms: Number.POSITIVE_INFINITY, soak: false };
  return watch<Result>(new URL("../../dist/fuzz/worker.js", import.meta.url), job, limits);
}

describe("the fuzzer", () => {
  test("finds a fault behind three bytes that chance would not find, by the branches on the way", async () => {
    const { finding, runs } = await round("magic", 200_000);
    expect(finding?.what).toMatch(/TypeError: boom/);
    expect(Buffer.from(finding!.input).toString()).toBe("MQT");
    expect(runs).toBeLessThan(200_000);
  });

  test("finds work that grows faster than the input", async () => {
    const { finding } = await round("slow", 50_000);
    expect(finding?.what).toMatch(/too much work: \d+ statements for \d+ bytes/);
  });

  test.each([
    [
      "that has nothing to do with the input's length",
      "greedy",
      /too much memory: 50000000 bytes taken or copied for 1$/,
    ],
    ["that is copied for each byte anew", "copying", /too much memory: \d+ bytes taken or copied for \d+$/],
    ["that is in no typed array", "hoarding", /too much memory: the heap grew by \d+ bytes for \d+$/],
  ])("finds memory %s", async (_, name, what) => {
    const { finding } = await round(name, 50_000);
    expect(finding?.what).toMatch(what);
  });

  test("finds nothing where there is nothing", async () => {
    expect(await round("sound", 2_000)).toMatchObject({ runs: 2_000, finding: undefined });
  });

  test("does the same from the same seed, and something else from another", async () => {
    const first = await round("slow", 300, "a");
    expect(await round("slow", 300, "a")).toEqual(first);
    expect(await round("slow", 300, "b")).not.toEqual(first);
  });
});

describe("what it is made of", () => {
  test("mutations keep the longest length and change nothing in place", () => {
    const random = new Prng("m");
    const input = new Uint8Array(INPUT_MAX).fill(0x31);
    for (let i = 0; i < 500; i++) {
      const changed = mutate(input, { random, tokens: [Uint8Array.of(1, 2)], other: () => input });
      expect(changed.length).toBeLessThanOrEqual(INPUT_MAX);
    }
    expect(input.every((byte) => byte === 0x31)).toBe(true);
  });

  test("shrinking ends with what is needed alone", () => {
    const input = Uint8Array.from({ length: 500 }, (_, i) => i & 0xff);
    const least = shrink(input, (candidate) => candidate.includes(200) && candidate.includes(17));
    expect([...least].sort()).toEqual([17, 200]);
  });

  test("cutting loses nothing", () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
    for (let how = 0; how < 256; how++) expect(Buffer.concat(cut(bytes, how))).toEqual(Buffer.from(bytes));
    expect(cut(bytes, 0)).toHaveLength(300);
  });

  test("a parser to which the split matters is found out", () => {
    const splitty = (pieces: readonly Uint8Array[]) => pieces.length;
    expect(() => anySplit(Uint8Array.of(0, 1, 2, 3), splitty)).toThrow(/a split changes what comes out/);
  });

  test("errors of the engine's own are not typed, though they are RangeErrors", () => {
    const typed = [RangeError];
    expect(attempt(typed, () => 7)).toBe(7);
    expect(
      attempt(typed, () => {
        throw new RangeError("too long");
      }),
    ).toEqual({ failed: "RangeError: too long" });
    expect(() => attempt(typed, () => new DataView(new ArrayBuffer(1)).getUint32(0))).toThrow(RangeError);
    expect(() => attempt(typed, () => (undefined as unknown as string).length)).toThrow(TypeError);
  });

  test("a reader that keeps what it is fed is found out, and one that does not is not", () => {
    const kept: Uint8Array[] = [];
    const reader = (feed: (bytes: Uint8Array) => void): Target => ({
      ...{ name: "r", seeds: [new Uint8Array(1000)], tokens: [], work: { base: 0, perByte: 0 }, run: () => {} },
      endless: () => feed,
    });
    const amount = { warmUp: 100_000, fed: 1_000_000 };
    const hoarder = reader((bytes) => {
      kept.push(bytes.slice());
    });
    expect(soak(hoarder, new Prng("s"), amount)).toBeGreaterThan(GROWTH_MAX);
    expect(
      soak(
        reader(() => {}),
        new Prng("s"),
        amount,
      ),
    ).toBeLessThan(GROWTH_MAX);
  });

  test.each([
    ["works for ever", "endless", /^more than 2000000 statements$/],
    ["does not even work", "dead", /^500 ms of CPU time$/],
  ])("one that %s is ended, and its input told", async (_, target, why) => {
    const outcome = await watchedRound(target, 50_000, "u", { statements: 2_000_000, cpuMs: 500 });
    if (!("hung" in outcome)) throw new Error("it does not hang");
    expect(outcome.hung[0]).toBe(7);
    expect(outcome.why).toMatch(why);
  });

  test("one that waits while others have the machine does not hang, however long it takes", async () => {
    const module = new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { parentPort, workerData } from "node:worker_threads";
        Atomics.add(new Int32Array(workerData.notes, 0, 2), 0, 1);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
        parentPort.postMessage("done");
      `)}`,
    );
    expect(await watch(module, {}, { cpuMs: 300 })).toEqual({ message: "done" });
  });

  test("one that hangs outside of what is counted is ended", async () => {
    const module = new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { workerData } from "node:worker_threads";
        const numbers = new Int32Array(workerData.notes, 0, 2);
        new Uint8Array(workerData.notes, 8).set([1, 2, 3]);
        Atomics.store(numbers, 1, 3);
        Atomics.store(numbers, 0, 1);
        for (;;);
      `)}`,
    );
    expect(await watch(module, {}, { cpuMs: 200 })).toEqual({
      hung: Uint8Array.of(1, 2, 3),
      why: "200 ms of CPU time",
    });
  });
});
