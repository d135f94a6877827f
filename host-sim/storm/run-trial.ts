// Runs one trial in virtual time and gathers what was seen of it.

import { PowerCut } from "../platform/nor-flash.js";
import { StreamBase } from "../world/stream.js";
import { DEFAULT_START_MS } from "../world/virtual-world.js";
import { census } from "./census.js";
import type { Evidence, Logged, Measured } from "./evidence.js";
import type { Fault } from "./fault.js";
import { Observer } from "./observer.js";
import { Player } from "./player.js";
import { Rig } from "./rig.js";
import type { Trial } from "./trial.js";

const HOUR_MS = 3_600_000;
/** How often the firmware's queues and tables are measured, in virtual milliseconds. */
const MEASURE_EVERY_MS = HOUR_MS / 4;

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
  const observer: Observer = new Observer(
    DEFAULT_START_MS,
    () => rig.elapsed,
    () => rig.ledger,
    onLog,
  );
  const rejected = (reason: unknown) => {
    // What runs on after a power cut runs on nothing.
    if (!(reason instanceof PowerCut)) observer.crashed(`a promise that nobody waits for: ${String(reason)}`);
  };
  process.on("unhandledRejection", rejected);
  const rig: Rig = new Rig(trial, observer, trace);
  try {
    const { world } = rig;
    new Player(trial.faults, rig.stage, world.scheduler, (fault, what) => {
      world.trace.note(world.now, "storm", `${fault.fault} ${what}`);
      onFault?.(rig.elapsed, fault, what);
    });
    const measured: Measured[] = [];
    const end = trial.hours * HOUR_MS;
    rig.start();
    while (rig.elapsed < end) {
      await world.run(Math.min(MEASURE_EVERY_MS, end - rig.elapsed));
      // A stream is the world's: what is in it is bounded there.
      const sizes = census(rig.firmware(), (object) => object instanceof StreamBase);
      measured.push({ at: rig.elapsed, sizes });
    }
    return {
      trial,
      ...observer.gathered,
      records: rig.ledger.records,
      vanished: rig.ledger.vanished,
      proofs: rig.ledger.proofs,
      measured,
      end: endOf(rig),
      totals: rig.finish(),
      digest: world.trace.digest(),
    };
  } finally {
    process.off("unhandledRejection", rejected);
  }
}

function endOf({ device, outbox, flash }: Rig): Evidence["end"] {
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
