// The report's picture: faults by seam, recoveries by rung, how long recovery took. Figures stand beside each bar, so that
// nothing depends on colour; text and bars have enough contrast on a light and on a dark page.

import { BIN_ENDS_MS, type Distribution } from "./distribution.js";
import type { Reliability } from "./reliability.js";
import { element, type Markup, picture } from "./svg.js";
import { durationText, grouped } from "./words.js";

const WIDTH = 840;
const MARGIN = 24;
const ROW = 22;
/** Above the first row of a panel: its heading. */
const HEAD = 30;
const PANELS_TOP = 44;
const HISTOGRAM = { height: 170, gap: 4, foot: 44 } as const;

/** Colours of light pages; those of dark ones below. */
const STYLE = [
  "text{font:13px system-ui,sans-serif;fill:#24292f}",
  ".head{font-weight:600;font-size:14px}",
  ".note{fill:#57606a}",
  ".bar{fill:#0969da}",
  ".rung{fill:#1a7f37}",
  ".time{fill:#8250df}",
  ".mark{stroke:#24292f;stroke-width:1.5;stroke-dasharray:4 3}",
  "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.note{fill:#9198a1}.bar{fill:#4493f8}.rung{fill:#3fb950}.time{fill:#ab7df8}.mark{stroke:#e6edf3}}",
].join("");

/** Draws the picture. */
export function chartOf(report: Reliability): string {
  const { run, records, recovery } = report;
  const half = (WIDTH - 3 * MARGIN) / 2;
  const faults = report.bySeam.map(({ seam, count }) => ({ name: seam, count }));
  const rungs = report.rungs.map(({ rung, recovery: of }) => ({ name: rung, count: of?.count ?? 0 }));
  const histogramTop = PANELS_TOP + HEAD + ROW * Math.max(faults.length, rungs.length) + MARGIN;
  const height = histogramTop + HEAD + HISTOGRAM.height + HISTOGRAM.foot + 2 * ROW;
  const total = `${grouped(run.seeds)} seeds of ${run.hours} hours: ${grouped(run.deviceDays)} device-days of bad luck`;
  const fate = `${grouped(records.recorded)} records written: ${grouped(records.acked)} acknowledged, ${grouped(records.repeated)} repeated, ${grouped(records.dropped)} dropped and counted, ${grouped(records.lost)} lost`;
  const count = (of: readonly { name: string; count: number }[]) =>
    of.map((row) => `${row.name} ${grouped(row.count)}`);
  const options = {
    width: WIDTH,
    height,
    title: `Reliability: ${total}`,
    description: [
      `${fate}.`,
      `Faults injected by seam: ${count(faults).join(", ")}.`,
      `Recoveries by the strongest rung: ${count(rungs).join(", ")}.`,
      ...(recovery ? [`Time to recover: ${quantilesText(recovery)}.`] : []),
    ].join(" "),
    style: STYLE,
  };
  return picture(options, [
    words(MARGIN, MARGIN, total, "head"),
    ...bars({ x: MARGIN, width: half, heading: "Faults injected, by seam", kind: "bar" }, faults),
    ...bars({ x: 2 * MARGIN + half, width: half, heading: "Recoveries, by the strongest rung", kind: "rung" }, rungs),
    ...(recovery ? histogram(histogramTop, recovery) : []),
    words(MARGIN, height - MARGIN, fate, "note"),
  ]);
}

const words = (x: number, y: number, text: string, kind = "", anchor = "start"): Markup =>
  element("text", { x, y, ...(kind && { class: kind }), ...(anchor !== "start" && { "text-anchor": anchor }) }, text);

interface Panel {
  x: number;
  width: number;
  heading: string;
  kind: string;
}

/** Widths of the columns for names and figures beside bars. */
const NAMES = 110;
const FIGURES = 60;

function bars({ x, width, heading, kind }: Panel, rows: readonly { name: string; count: number }[]): Markup[] {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const room = width - NAMES - FIGURES;
  const drawn = rows.flatMap(({ name, count }, i) => {
    const y = PANELS_TOP + HEAD + i * ROW;
    const length = (room * count) / most;
    return [
      words(x, y + 13, name),
      element("rect", { x: x + NAMES, y: y + 2, width: length, height: ROW - 7, rx: 2, class: kind }),
      words(x + NAMES + length + 6, y + 13, grouped(count)),
    ];
  });
  return [words(x, PANELS_TOP + 16, heading, "head"), ...drawn];
}

function histogram(top: number, recovery: Distribution): Markup[] {
  const { bins } = recovery;
  const most = Math.max(1, ...bins);
  const step = (WIDTH - 2 * MARGIN) / bins.length;
  const base = top + HEAD + HISTOGRAM.height;
  const columns = bins.flatMap((count, i) => {
    const height = ((HISTOGRAM.height - ROW) * count) / most;
    const x = MARGIN + i * step;
    const middle = x + step / 2;
    return [
      element("rect", {
        x: x + HISTOGRAM.gap / 2,
        y: base - height,
        width: step - HISTOGRAM.gap,
        height,
        rx: 2,
        class: "time",
      }),
      words(middle, base - height - 5, grouped(count), "", "middle"),
      words(middle, base + 18, binName(i), "note", "middle"),
    ];
  });
  const marks = (["p50", "p90", "p99"] as const).flatMap((name) => {
    const x = MARGIN + step * placeOf(recovery[name]);
    return [
      element("line", { x1: x, y1: top + HEAD, x2: x, y2: base, class: "mark" }),
      words(x + 4, top + HEAD + 9, name),
    ];
  });
  const heading = `Time to recover: ${quantilesText(recovery)}`;
  return [words(MARGIN, top + 16, heading, "head"), ...columns, ...marks];
}

const quantilesText = ({ p50, p90, p99, max }: Distribution) =>
  `p50 ${durationText(p50)}, p90 ${durationText(p90)}, p99 ${durationText(p99)}, longest ${durationText(max)}`;

function binName(i: number): string {
  const end = BIN_ENDS_MS[i];
  return end === undefined ? `≥ ${durationText(BIN_ENDS_MS.at(-1)!)}` : `< ${durationText(end)}`;
}

/** Where a duration lies among the bins: a bin's number, and how far into it. */
function placeOf(ms: number): number {
  const bin = BIN_ENDS_MS.findIndex((end) => ms < end);
  if (bin < 0) return BIN_ENDS_MS.length + 0.5;
  const begin = BIN_ENDS_MS[bin - 1] ?? 0;
  return bin + (ms - begin) / (BIN_ENDS_MS[bin]! - begin);
}
