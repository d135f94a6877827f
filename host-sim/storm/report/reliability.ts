// The results of a storm added up: what its report tells.

import { RUNGS, type Rung } from "../../../firmware/device/ladder.js";
import { SEAMS, type Seam } from "../../desk/fault.js";
import { KINDS } from "../../desk/kinds/index.js";
import type { Session } from "../results-file.js";
import type { SeedResult } from "../run-seed.js";
import { summaryOf, unseenIn } from "../storm.js";
import { VERDICTS } from "../verdicts/index.js";
import { type Distribution, distributionOf } from "./distribution.js";

export interface Reliability {
  run: {
    firstSeed: number;
    seeds: number;
    /** Virtual hours of each seed. */
    hours: number;
    deviceDays: number;
    /** Device-days a minute of real time. */
    perMinute: number;
    /** Real time, in minutes. */
    minutes: number;
    /** Seeds that were run twice, to compare their traces. */
    twice: number;
    sessions: readonly Session[];
    /** Fingerprint of the code. */
    code: string;
  };
  /** How often each promise could have been broken, over all seeds, by its verdict. */
  seen: Readonly<Record<string, number>>;
  /** Verdicts of promises of which nothing was seen. */
  unseen: readonly string[];
  /** What was drawn for the devices: for each name, how many seeds had each value. */
  drawn: readonly { name: string; values: readonly { value: string; count: number }[] }[];
  /** Seeds that broke a promise. */
  broken: readonly { seed: number; verdicts: readonly string[] }[];
  faults: readonly { seam: Seam; kind: string; help: string; count: number }[];
  bySeam: readonly { seam: Seam; count: number }[];
  /** Outages by the strongest rung that was climbed in each. */
  rungs: readonly { rung: Rung; recovery: Distribution | undefined }[];
  /** Of all outages. */
  recovery: Distribution | undefined;
  /** Waits after a failure, by tenths of the longest that each could have been: each tenth's share of them all. */
  waits: { count: number; shares: readonly number[] };
  records: Pick<ReturnType<typeof summaryOf>, "recorded" | "acked" | "repeated" | "dropped" | "lost"> & {
    /** The others: on their way when the run ended, or dropped after they had arrived. */
    others: number;
  };
  devices: Pick<ReturnType<typeof summaryOf>, "onboardings" | "reconnects" | "received"> & {
    /** Of a chip, whatever the cause. */
    restarts: number;
  };
}

/** @param results one or more, of the same number of hours */
export function reliabilityOf(results: readonly SeedResult[], sessions: readonly Session[], code: string): Reliability {
  const summary = summaryOf(results);
  const all = results.map(({ figures }) => figures);
  const faults = Object.entries(KINDS).map(([kind, { seam, help }]) => ({
    seam,
    kind,
    help,
    count: all.reduce((sum, each) => sum + (each.faults[kind] ?? 0), 0),
  }));
  const outages = all.flatMap((each) => each.outages);
  const recoveriesOf = (rung: Rung) => outages.filter((outage) => outage.rung === rung).map(recoveredMsOf);
  const ran = sessions.filter(({ seeds }) => seeds > 0);
  const minutes = ran.reduce((sum, { tookMs }) => sum + tookMs, 0) / 60_000;
  const deviceDays = summary.deviceHours / 24;
  const { recorded, acked, repeated, dropped, lost } = summary;
  const { boots, onboardings, reconnects, received } = summary;
  return {
    run: {
      firstSeed: Math.min(...results.map(({ seed }) => seed)),
      seeds: results.length,
      hours: results[0]!.hours,
      deviceDays,
      perMinute: (ran.reduce((sum, session) => sum + session.seeds, 0) * results[0]!.hours) / 24 / minutes,
      minutes,
      twice: results.filter(({ twice }) => twice).length,
      sessions: ran,
      code,
    },
    seen: Object.fromEntries(
      VERDICTS.map(({ name }) => [name, results.reduce((sum, { seen }) => sum + (seen[name] ?? 0), 0)]),
    ),
    unseen: unseenIn(results).map(({ verdict }) => verdict),
    drawn: drawnIn(all),
    broken: results
      .filter(({ failed }) => failed.length > 0)
      .map(({ seed, failed }) => ({ seed, verdicts: failed.map(({ verdict }) => verdict) })),
    faults,
    bySeam: SEAMS.map((seam) => ({
      seam,
      count: faults.reduce((sum, fault) => sum + (fault.seam === seam ? fault.count : 0), 0),
    })),
    rungs: RUNGS.map((rung) => ({ rung, recovery: distributionOf(recoveriesOf(rung)) })),
    recovery: distributionOf(outages.map(recoveredMsOf)),
    waits: waitsOf(all),
    records: { recorded, acked, repeated, dropped, lost, others: recorded - acked - dropped - lost },
    devices: { restarts: boots - results.length, onboardings, reconnects, received },
  };
}

function drawnIn(all: readonly SeedResult["figures"][]): Reliability["drawn"] {
  const counts = new Map<string, Map<string, number>>();
  for (const { drawn } of all)
    for (const [name, value] of Object.entries(drawn)) {
      const values = counts.get(name) ?? new Map<string, number>();
      counts.set(name, values.set(value, (values.get(value) ?? 0) + 1));
    }
  return [...counts].map(([name, values]) => ({
    name,
    values: [...values].sort(([a], [b]) => compared(a, b)).map(([value, count]) => ({ value, count })),
  }));
}

/** Numbers by their size, words by their letters. */
const compared = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });

const recoveredMsOf = ({ recoveredMs }: { recoveredMs: number }) => recoveredMs;

function waitsOf(all: readonly SeedResult["figures"][]): Reliability["waits"] {
  const tenths = all.reduce<number[]>((sums, { waits }) => waits.map((count, i) => count + (sums[i] ?? 0)), []);
  const count = tenths.reduce((sum, each) => sum + each, 0);
  return { count, shares: tenths.map((each) => each / count) };
}
