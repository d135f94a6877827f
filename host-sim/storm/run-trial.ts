// Runs one trial in virtual time and gathers what was seen of it.

import { topicsBelow } from "../../firmware/cloud/topics.js";
import type { Desk } from "../desk/desk.js";
import type { Fault } from "../desk/fault.js";
import { watchInvariants } from "../desk/invariants.js";
import { PowerCut } from "../platform/nor-flash.js";
import { DEFAULT_SIM, iccidOf } from "../world/sims.js";
import { StreamBase } from "../world/stream.js";
import { VirtualWorld } from "../world/virtual-world.js";
import { census } from "./census.js";
import { Downlink, topicsWithConfig } from "./downlink.js";
import type { Evidence, Logged, Measured } from "./evidence.js";
import { Ledger } from "./ledger.js";
import { Observer } from "./observer.js";
import { play } from "./play.js";
import { deskOf, firmwareOf } from "./rig.js";
import type { Trial } from "./trial.js";
import { Wire } from "./wire.js";

const HOUR_MS = 3_600_000;
/** How often the firmware's queues and tables are measured, in virtual milliseconds. */
const MEASURE_EVERY_MS = HOUR_MS / 2;

export interface RunOptions {
  /** Takes every line of the device's log. */
  onLog?: (logged: Logged) => void;
  /** Takes the beginning and the end of every fault. */
  onFault?: (at: number, fault: Fault, what: "begins" | "ends") => void;
  /** Takes every line of the world's trace. */
  trace?: (line: string) => void;
}

/** Runs a trial from power-on to its end. */
export async function runTrial(trial: Trial, options: RunOptions = {}): Promise<Evidence> {
  const { onLog = () => {}, onFault, trace } = options;
  const world = new VirtualWorld({ seed: trial.seed, ...(trace && { trace }) });
  const ledger = new Ledger(world);
  const iccid = iccidOf(DEFAULT_SIM);
  const { commands: filter, config } = (trial.setup.configTopic ? topicsWithConfig : topicsBelow)(iccid);
  const wire = new Wire(config === undefined ? [filter] : [filter, config], {
    now: () => world.elapsed,
    sockets: () => desk.unit.modem.snapshot().sockets,
    refused: () => desk.unit.device?.counters.refused ?? 0,
  });
  const observer = new Observer(world, ledger, wire, onLog);
  const desk: Desk = deskOf(trial, world, ledger, observer);
  const downlink = new Downlink(desk, trial.setup, trial.seed);
  observer.onCloud = (event) => downlink.saw(event);
  const rejected = (reason: unknown) => {
    // What runs on after a power cut runs on nothing.
    if (!(reason instanceof PowerCut)) observer.rejected(reason);
  };
  process.on("unhandledRejection", rejected);
  const watch = watchInvariants((what) => observer.broke(what));
  try {
    play(trial.faults, desk, (fault, what) => {
      downlink.fault();
      onFault?.(world.elapsed, fault, what);
    });
    const measured: Measured[] = [];
    const end = trial.hours * HOUR_MS;
    desk.start();
    downlink.start();
    while (world.elapsed < end) {
      // What is wrong inside the firmware ends the run at that moment: what comes of it tells nothing.
      if (await world.run(() => observer.broken.length > 0, Math.min(MEASURE_EVERY_MS, end - world.elapsed))) break;
      // A stream is the world's: what is in it is bounded there.
      const sizes = census(firmwareOf(desk), (object) => object instanceof StreamBase);
      measured.push({ at: world.elapsed, sizes });
    }
    return {
      trial,
      ...observer.gathered,
      records: ledger.records,
      vanished: ledger.vanished,
      proofs: ledger.proofs,
      commands: downlink.commands,
      measured,
      checks: watch.checks,
      end: endOf(desk),
      totals: desk.unit.totals,
      digest: world.trace.digest(),
    };
  } finally {
    watch.release();
    desk.unit.off();
    process.off("unhandledRejection", rejected);
  }
}

function endOf({ unit, flash }: Desk): Evidence["end"] {
  const { device, journal: outbox } = unit;
  const waiting: number[] = [];
  for (let record = outbox?.next(0); record; record = outbox?.next(record.sequence)) waiting.push(record.sequence);
  return {
    phase: device?.phase ?? "dark",
    waiting,
    size: outbox?.size ?? 0,
    dropped: outbox?.dropped ?? 0,
    overwrites: flash.overwrites,
  };
}
