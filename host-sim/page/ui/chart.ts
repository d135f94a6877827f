// The timeline as uPlot draws it: a line of the records that wait, and above it strips of phases, connections and faults.

import uPlot from "uplot";
import type { Piece, Track } from "./track.js";

/** What colour a phase has, by a variable of style.css. */
const COLOURS: Readonly<Record<string, string>> = {
  online: "--good",
  draining: "--good",
  settling: "--good",
  asleep: "--rest",
  resting: "--rest",
  off: "--line",
  stopped: "--line",
  "backing-off": "--warn",
  climbing: "--warn",
  halted: "--bad",
};
const ON_ITS_WAY = "--accent-soft";
/** Heights in CSS pixels: of a strip, and between two. */
const STRIP = 12;
const GAP = 4;
const HEIGHT = 148;
const STRIPS = ["phases", "connections", "faults"] as const;
const TOP = STRIPS.length * (STRIP + GAP) + 6;

export class Chart {
  readonly #plot: uPlot;
  readonly #track: Track;
  readonly #box: HTMLElement;
  readonly #observer: ResizeObserver;
  /** Somebody looks closer. */
  #zoomed = false;
  #dragged = 0;
  readonly #restyle = () => {
    this.#plot.redraw();
  };

  /** @param chosen is told a time, in milliseconds, that was clicked */
  constructor(box: HTMLElement, track: Track, chosen: (t: number) => void) {
    this.#box = box;
    this.#track = track;
    const colour = (name: string) => getComputedStyle(box).getPropertyValue(name).trim();
    this.#plot = new uPlot(
      {
        width: Math.max(200, box.clientWidth),
        height: HEIGHT,
        padding: [TOP, 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: true, y: false } },
        scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(5, most)] } },
        axes: [
          {
            stroke: () => colour("--muted"),
            grid: { stroke: () => colour("--line"), width: 1 },
            ticks: { stroke: () => colour("--line"), width: 1 },
            values: (_, splits) => splits.map(timeText),
            size: 30,
            space: 70,
            incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400],
            font: "11px system-ui",
          },
          {
            stroke: () => colour("--muted"),
            grid: { stroke: () => colour("--line"), width: 1 },
            ticks: { show: false },
            size: 40,
            font: "11px system-ui",
            incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
          },
        ],
        series: [
          {},
          {
            paths: uPlot.paths.stepped!({ align: 1 }),
            stroke: () => colour("--ink"),
            width: 1.5,
            fill: () => colour("--fill"),
            points: { show: false },
          },
        ],
        hooks: {
          draw: [(plot) => this.#strips(plot, colour)],
          setSelect: [
            (plot) => {
              this.#zoomed = plot.select.width > 2;
              this.#dragged = performance.now();
            },
          ],
          ready: [
            (plot) => {
              plot.over.addEventListener("click", (event) => {
                // What ends a drag is no click.
                if (performance.now() - this.#dragged < 200 && plot.select.width > 2) return;
                chosen(1_000 * plot.posToVal(event.offsetX, "x"));
              });
              plot.over.addEventListener("dblclick", () => {
                this.#zoomed = false;
                this.draw();
              });
            },
          ],
        },
      },
      [[], []],
      box,
    );
    this.#observer = new ResizeObserver(() =>
      this.#plot.setSize({ width: Math.max(200, box.clientWidth), height: HEIGHT }),
    );
    this.#observer.observe(box);
    window.addEventListener("themechange", this.#restyle);
    this.draw();
  }

  draw(): void {
    const { times, waiting } = this.#track;
    // A copy: uPlot keeps what it is given.
    this.#plot.setData([times.slice(), waiting.slice()], !this.#zoomed);
    if (this.#zoomed) this.#plot.redraw(false);
  }

  close(): void {
    window.removeEventListener("themechange", this.#restyle);
    this.#observer.disconnect();
    this.#plot.destroy();
    this.#box.replaceChildren();
  }

  #strips(plot: uPlot, colour: (name: string) => string): void {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    const { phases, connections, faults, acks, failures, times } = this.#track;
    const end = 1_000 * (times.at(-1) ?? 0);
    const x = (ms: number) =>
      Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(ms / 1_000, "x", true)));
    ctx.save();
    const strip = (row: number, pieces: readonly Piece[], of: (name: string) => string) => {
      const y = bbox.top - TOP * ratio + row * (STRIP + GAP) * ratio;
      for (const { name, from, to = end } of pieces) {
        const left = x(from);
        const right = x(to);
        if (right <= bbox.left || left >= bbox.left + bbox.width) continue;
        ctx.fillStyle = colour(of(name));
        ctx.fillRect(left, y, Math.max(ratio, right - left), STRIP * ratio);
      }
    };
    strip(0, phases, (name) => COLOURS[name] ?? ON_ITS_WAY);
    strip(1, connections, () => "--connection");
    strip(2, faults, () => "--bad");
    const marks = (at: readonly number[], name: string, row: number) => {
      ctx.fillStyle = colour(name);
      const y = bbox.top - TOP * ratio + row * (STRIP + GAP) * ratio;
      for (const t of at) {
        const left = plot.valToPos(t / 1_000, "x", true);
        if (left >= bbox.left && left <= bbox.left + bbox.width)
          ctx.fillRect(left, y + 3 * ratio, ratio, (STRIP - 6) * ratio);
      }
    };
    marks(acks, "--on-strip", 1);
    marks(failures, "--on-strip", 0);
    ctx.restore();
  }
}

function timeText(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  return whole >= 3_600
    ? `${Math.floor(whole / 3_600)}:${two(Math.floor(whole / 60) % 60)} h`
    : `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}
