// The figures of a fleet: what is shown while it runs, what is summed up in the end, and whether that is enough.

import type { IntervalHistogram } from "node:perf_hooks";
import type { Fleet, FleetFigures } from "../../fleet/fleet.js";
import type { Latencies } from "../../fleet/latencies.js";

/** Values of one line of the report. */
type Line = Record<string, number | undefined>;

/** Measures from the moment it is made, which is before the fleet is. */
export class FleetMeter {
  readonly #loop: IntervalHistogram;
  readonly #began = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #rss = process.memoryUsage.rss();
  #rssMost = this.#rss;
  #at = this.#began;
  #before = { recorded: 0, acked: 0 };

  /** @param loop how late the event loop is, from before the fleet on */
  constructor(loop: IntervalHistogram) {
    this.#loop = loop;
  }

  /** What happened since the last tick. */
  tick(fleet: Fleet): Line {
    const now = performance.now();
    const seconds = (now - this.#at) / 1_000;
    const { connected, recorded, acked, waiting, lost, failures } = fleet.figures();
    const line = {
      connected,
      recordedPerS: rounded((recorded - this.#before.recorded) / seconds),
      ackedPerS: rounded((acked - this.#before.acked) / seconds),
      ...quantiles(fleet.recent),
      ...{ waiting, lost, failures },
    };
    this.#at = now;
    this.#before = { recorded, acked };
    this.#rssMost = Math.max(this.#rssMost, process.memoryUsage.rss());
    fleet.recent.clear();
    return line;
  }

  /** What the whole run came to. Memory is what the process grew by, all told: sockets, buffers, garbage. */
  summary(fleet: Fleet, devices: number): Line {
    const { user, system } = process.cpuUsage(this.#cpu);
    const ms = performance.now() - this.#began;
    const figures = fleet.figures();
    return {
      ...figures,
      ...quantiles(fleet.latencies),
      pubackMaxMs: rounded(fleet.latencies.longest),
      ackedPerS: rounded(figures.acked / (ms / 1_000)),
      rssBytes: this.#rssMost,
      bytesPerDevice: Math.round((this.#rssMost - this.#rss) / devices),
      cpuPercent: rounded((user + system) / 10 / ms),
      loopP99Ms: rounded(this.#loop.percentile(99) / 1e6),
    };
  }
}

const quantiles = (latencies: Latencies): Line => ({
  pubackP50Ms: rounded(latencies.quantile(0.5)),
  pubackP99Ms: rounded(latencies.quantile(0.99)),
});

/** Two figures behind the point are enough for people, and no harm to programs. */
const rounded = (value: number | undefined) => (value === undefined ? undefined : Math.round(value * 100) / 100);

/** What a fleet that has ended falls short of; undefined: nothing. */
export function shortfall({ reached, recorded, lost, waiting }: FleetFigures, devices: number): string | undefined {
  if (reached < devices) return `${devices - reached} of ${devices} devices never came online`;
  if (recorded === 0) return "nothing was recorded: let it run longer than --interval";
  if (lost > 0) return `${lost} records were lost: they came faster than the broker took them`;
  if (waiting > 0) return `${waiting} records were not acknowledged in time`;
  return undefined;
}
