// The report over a storm: its arithmetic against Node's own histogram, its picture against an XML parser, its place
// in the document.

import { createHistogram } from "node:perf_hooks";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { chartOf } from "../../../../host-sim/storm/report/chart.js";
import { BIN_ENDS_MS, distributionOf, quantile } from "../../../../host-sim/storm/report/distribution.js";
import { DocumentError, filled } from "../../../../host-sim/storm/report/document.js";
import { reliabilityOf } from "../../../../host-sim/storm/report/reliability.js";
import { element, picture } from "../../../../host-sim/storm/report/svg.js";
import { blocksOf } from "../../../../host-sim/storm/report/tables.js";
import { durationText, grouped, percentText } from "../../../../host-sim/storm/report/words.js";
import type { Session } from "../../../../host-sim/storm/results-file.js";
import { runStorm } from "../../../../host-sim/storm/storm.js";
import { elementsOf, textsOf } from "./xml.js";

const sessions: Session[] = [
  { cores: 2, model: "A & B <x>", node: "20.0.0", threads: 2, seeds: 2, tookMs: 45_000 },
  { cores: 2, model: "A & B <x>", node: "20.0.0", threads: 2, seeds: 1, tookMs: 15_000 },
  { cores: 2, model: "of a run that did nothing", node: "20.0.0", threads: 2, seeds: 0, tookMs: 0 },
];
const results = await runStorm({ seeds: 3, hours: 4, seed: 20, threads: 0 });
const all = reliabilityOf(results, sessions, "0123456789ab");

const duration = fc.integer({ min: 1, max: 1_000_000 });
const durations = fc.array(duration, { minLength: 1, maxLength: 300 });
/** Where Node's histogram, which rounds ranks, and the nearest rank must agree. */
const hundreds = fc
  .integer({ min: 1, max: 4 })
  .chain((n) => fc.array(duration, { minLength: 100 * n, maxLength: 100 * n }));

describe("a distribution", () => {
  test("has the quantiles that Node's histogram has", () => {
    fc.assert(
      fc.property(hundreds, (values) => {
        // Five figures: values up to 99,999 are told exactly, larger ones to one part in 100,000.
        const histogram = createHistogram({ highest: 2_000_000, figures: 5 });
        for (const value of values) histogram.record(value);
        const { p50, p90, p99, max, count } = distributionOf(values)!;
        const theirs = [50, 90, 99, 100].map((percent) => histogram.percentile(percent));
        for (const [i, ours] of [p50, p90, p99, max].entries())
          expect(Math.abs(ours - theirs[i]!)).toBeLessThanOrEqual(theirs[i]! * 2e-5);
        expect(count).toBe(histogram.count);
      }),
      { numRuns: 30 },
    );
  });

  test("has the nearest rank where a share is no whole number of values", () => {
    expect(distributionOf([2, 1, 1, 1, 1, 1])).toMatchObject({ p50: 1, p90: 2, p99: 2, max: 2 });
    expect(distributionOf([3])).toMatchObject({ p50: 3, p90: 3, p99: 3, max: 3 });
  });

  test("counts each value in one bin", () => {
    fc.assert(
      fc.property(durations, (values) => distributionOf(values)!.bins.reduce((a, b) => a + b) === values.length),
    );
    const [first, second] = BIN_ENDS_MS as [number, number];
    expect(distributionOf([0, first - 1, first, second, 1e9])!.bins.slice(0, 3)).toEqual([2, 1, 1]);
    expect(distributionOf([1e9])!.bins.at(-1)).toBe(1);
  });

  test("of nothing there is none", () => {
    expect(distributionOf([])).toBeUndefined();
    expect(quantile([], 50)).toBeUndefined();
  });
});

describe("numbers", () => {
  test.each([
    [0, "0"],
    [999, "999"],
    [1_000, "1,000"],
    [1_234_567.4, "1,234,567"],
  ])("%p is %p", (value, text) => expect(grouped(value)).toBe(text));

  test.each([
    [0, "0 s"],
    [432, "0.4 s"],
    [9_940, "9.9 s"],
    [24_499, "24 s"],
    [59_700, "1 min"],
    [100_000, "1 min 40 s"],
    [600_000, "10 min"],
    [3_599_600, "1 h"],
    [7_500_000, "2 h 5 min"],
  ])("%p ms are %p", (ms, text) => expect(durationText(ms)).toBe(text));

  test("shares are told with as many digits as they need", () => {
    expect([0, 0.123, 0.0004, 1].map(percentText)).toEqual(["0.0 %", "12.3 %", "0.040 %", "100.0 %"]);
  });
});

describe("the report over a storm", () => {
  test("adds up what the seeds gave", () => {
    const faults = results.flatMap(({ figures }) => Object.values(figures.faults)).reduce((a, b) => a + b);
    expect(all.bySeam.reduce((sum, { count }) => sum + count, 0)).toBe(faults);
    expect(all.faults.reduce((sum, { count }) => sum + count, 0)).toBe(faults);
    const outages = results.flatMap(({ figures }) => figures.outages);
    expect(all.recovery!.count).toBe(outages.length);
    expect(all.rungs.reduce((sum, { recovery }) => sum + (recovery?.count ?? 0), 0)).toBe(outages.length);
    expect(all.run).toMatchObject({
      firstSeed: 20,
      seeds: 3,
      hours: 4,
      deviceDays: 0.5,
      minutes: 1,
      perMinute: 0.5,
      twice: 1,
    });
    expect(all.waits.shares.reduce((a, b) => a + b)).toBeCloseTo(1);
    const { recorded, acked, dropped, lost, others } = all.records;
    expect(acked + dropped + lost + others).toBe(recorded);
    expect(all.broken).toEqual([]);
  });

  test("draws a picture that is well-formed XML, says in words what it shows, and names no colour for its texts", () => {
    const svg = chartOf(all);
    const elements = elementsOf(svg);
    expect(elements[0]).toMatchObject({
      name: "svg",
      attributes: { role: "img", "aria-labelledby": "title description" },
    });
    const named = (id: string) => elements.find(({ attributes }) => attributes.id === id);
    expect(named("title")).toMatchObject({ name: "title" });
    expect(named("description")).toMatchObject({ name: "desc" });
    const texts = textsOf(svg);
    for (const { seam, count } of all.bySeam) {
      expect(texts).toContain(seam);
      expect(texts).toContain(grouped(count));
    }
    for (const { rung } of all.rungs) expect(texts).toContain(rung);
    // Light and dark: colours come from the style sheet alone.
    expect(svg).toContain("prefers-color-scheme:dark");
    expect(elements.filter(({ attributes }) => "fill" in attributes || "stroke" in attributes)).toEqual([]);
    // All of it within the picture.
    const [, , width, height] = elements[0]!.attributes.viewBox!.split(" ").map(Number) as [
      number,
      number,
      number,
      number,
    ];
    for (const { attributes } of elements) {
      expect(Number(attributes.x ?? 0) + Number(attributes.width ?? 0)).toBeLessThanOrEqual(width);
      expect(Number(attributes.y ?? 0) + Number(attributes.height ?? 0)).toBeLessThanOrEqual(height);
    }
  });

  test("escapes what is text", () => {
    const svg = picture({ width: 1, height: 1, title: 'a < b & "c"', description: "]]>", style: "" }, [
      element("text", { class: 'x"><y' }, "</text>"),
    ]);
    expect(textsOf(svg)).toEqual(['a < b & "c"', "]]>", "</text>"]);
    expect(elementsOf(svg).at(-1)!.attributes).toEqual({ class: 'x"><y' });
  });

  test("fills its parts of the document, as often as it is asked to, and leaves the rest alone", () => {
    const blocks = blocksOf(all, "the command");
    const names = Object.keys(blocks);
    const empty = `# Title\n${names.map((name) => `about ${name}\n\n<!-- report:${name} -->\n<!-- /report:${name} -->\n`).join("")}end\n`;
    const once = filled(empty, blocks);
    expect(filled(once, blocks)).toBe(once);
    for (const name of names) expect(once).toContain(`about ${name}\n\n<!-- report:${name} -->\n\n${blocks[name]}\n`);
    expect(once).toMatch(/^# Title\n[\s\S]*\nend\n$/);
    expect(once).toContain("`the command`");
    expect(once).toContain("A & B <x>, 2 cores, Node 20.0.0, 2 seeds at a time");
    expect(once).not.toContain("of a run that did nothing");
    expect(() => filled("# Title\n", blocks)).toThrow(DocumentError);
  });

  test("says which seeds broke a promise", () => {
    const failed = [{ verdict: "recovers", promise: "p", breaches: [], count: 1 }];
    const broken = reliabilityOf([{ ...results[0]!, failed }], sessions, "c");
    expect(blocksOf(broken, "c").run).toContain("**1 seeds broke a promise:** 20 (recovers).");
  });
});
