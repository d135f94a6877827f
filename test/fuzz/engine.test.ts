// The fuzzer itself: it finds what was planted, tells it shortly, and repeats to the byte.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { bundle, loadTargets } from "../../fuzz/bundle.js";
import { Coverage } from "../../fuzz/coverage.js";
import { fuzz, type Round } from "../../fuzz/engine.js";
import { mutate } from "../../fuzz/mutate.js";
import { shrink } from "../../fuzz/shrink.js";
import { GROWTH_MAX, soak } from "../../fuzz/soak.js";
import { anySplit, attempt, cut, INPUT_MAX, type Target } from "../../fuzz/target.js";
import { watch } from "../../fuzz/watch.js";
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
  { ...base, name: "sound", run: () => {} },
];
`;

const home = mkdtempSync(join(tmpdir(), "simkey-fuzz-"));
let targets: readonly Target[];
beforeAll(async () => {
  mkdirSync(join(home, "firmware"));
  writeFileSync(join(home, "firmware/planted.ts"), PLANTED);
  targets = await loadTargets(await bundle(home, "firmware/planted.ts"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function round(name: string, runs: number, seed = "s"): Round {
  const target = targets.find((one) => one.name === name)!;
  return fuzz({ target, coverage: new Coverage(), random: new Prng(seed), goOn: (done) => done < runs });
}

describe("the fuzzer", () => {
  test("finds a fault behind three bytes that chance would not find, by the branches on the way", () => {
    const { finding, runs } = round("magic", 200_000);
    expect(finding?.what).toMatch(/TypeError: boom/);
    expect(Buffer.from(finding!.input).toString()).toBe("MQT");
    expect(runs).toBeLessThan(200_000);
  });

  test("finds work that grows faster than the input", () => {
    const { finding } = round("slow", 50_000);
    expect(finding?.what).toMatch(/too much work: \d+ statements for \d+ bytes/);
  });

  test("finds memory that has nothing to do with the input's length", () => {
    const { finding } = round("greedy", 50_000);
    expect(finding?.what).toMatch(/too much memory/);
    expect(finding!.input[0]).toBe(7);
  });

  test("finds nothing where there is nothing", () => {
    expect(round("sound", 2_000)).toMatchObject({ runs: 2_000, finding: undefined });
  });

  test("does the same from the same seed, and something else from another", () => {
    const first = round("slow", 300, "a");
    expect(round("slow", 300, "a")).toEqual(first);
    expect(round("slow", 300, "b")).not.toEqual(first);
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

  test("one that hangs is ended, and its input told", async () => {
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
    expect(await watch(module, {}, 200)).toEqual({ hung: Uint8Array.of(1, 2, 3) });
  });
});
