// One trial in virtual time, opened, played and gathered from, on any engine: in Node (run-trial.ts) as on a page.

import { topicsBelow } from "../../firmware/cloud/topics.js";
import { Outbox } from "../../firmware/store/outbox.js";
import type { Desk, DeskWatcher } from "../desk/desk.js";
import type { Fault } from "../desk/fault.js";
import { heardBy } from "../desk/heard-by.js";
import { watchInvariants } from "../desk/invariants.js";
import { PowerCut } from "../platform/nor-flash.js";
import { DEFAULT_SIM, iccidOf } from "../world/sims.js";
import type { Turn } from "../world/turn.js";
import { VirtualWorld } from "../world/virtual-world.js";
import { Downlink, topicsWithConfig } from "./downlink.js";
import type { Evidence, Logged, Measured } from "./evidence.js";
import { Ledger } from "./ledger.js";
import { Observer } from "./observer.js";
import { play } from "./play.js";
import { appOf, deskOf, firmwareOf, type GivenApp, isWorlds } from "./rig.js";
import type { Sizes } from "./sizes.js";
import type { Trial } from "./trial.js";
import { UpdatesPlayed } from "./updates.js";
import { Wire } from "./wire.js";

export const HOUR_MS = 3_600_000;
/** How often the firmware's queues and tables are measured, in virtual milliseconds. */
const MEASURE_EVERY_MS = HOUR_MS / 2;

/** What an engine can tell of what runs on it, beyond what the language has. Nothing of it changes a run. */
export interface Engine {
  /** Measures what objects hold (census.ts). */
  census?: (roots: Readonly<Record<string, object>>, stop: (object: object) => boolean) => Sizes;
  /** Tells of promises that were broken and nobody waits for. @returns what ends that */
  rejections?: (told: (reason: unknown) => void) => () => void;
}

export interface RunOptions {
  /** Takes every line of the device's log. */
  onLog?: (logged: Logged) => void;
  /** Takes the beginning and the end of every fault. */
  onFault?: (at: number, fault: Fault, what: "begins" | "ends") => void;
  /** Takes every line of the world's trace. */
  trace?: (line: string) => void;
  /** Left out: nothing is measured. */
  engine?: Engine;
  /** Turns of whatever runs it; left out: Node's. */
  turn?: Turn;
  /** Hears what the verdicts' own observer hears. */
  also?: (world: VirtualWorld) => DeskWatcher;
  /** The app that a trial may be of. */
  given?: GivenApp | undefined;
}

/** A trial whose time can be let pass. */
export interface OpenTrial {
  readonly desk: Desk;
  readonly world: VirtualWorld;
  /** When it is over, milliseconds from the first power-on. */
  readonly endMs: number;
  /** Something that must hold inside the firmware did not: the run is over. */
  readonly isBroken: () => boolean;
  /** Takes a measure of what the firmware keeps, where the engine can. */
  measure(): void;
  /** What was seen so far. */
  evidence(): Evidence;
  /** Nothing is watched any more, and the device is off. */
  close(): void;
}

/** Opens a trial: its device is switched on with the first event. @throws AppMissingError */
export function openTrial(trial: Trial, options: RunOptions = {}): OpenTrial {
  const { onLog = () => {}, onFault, trace, engine = {}, turn, also } = options;
  const world = new VirtualWorld({ seed: trial.seed, ...(trace && { trace }), ...(turn && { turn }) });
  const ledger = new Ledger(world, () => desk.unit.modem.moved);
  const iccid = iccidOf(DEFAULT_SIM);
  const { commands: filter, config } = (trial.setup.configTopic ? topicsWithConfig : topicsBelow)(iccid);
  const wire = new Wire(config === undefined ? [filter] : [filter, config], {
    now: () => world.elapsed,
    sockets: () => desk.unit.modem.snapshot().sockets,
    refused: () => desk.unit.device?.counters.refused ?? 0,
  });
  const { updates: plan } = trial.setup;
  const updates = plan && new UpdatesPlayed(plan, world, trial.seed);
  const alsoLog = (logged: Logged) => {
    updates?.log(logged);
    onLog(logged);
  };
  const observer = new Observer(world, ledger, wire, alsoLog, trial.setup.config.pin);
  const own = appOf(trial, options.given);
  // Another app gives another trace.
  if (trial.setup.app === "given") world.trace.note(world.now, "storm", `app ${own!.id}`);
  const desk: Desk = deskOf(trial, world, ledger, also ? heardBy(observer, also(world)) : observer, own, updates?.desk);
  const downlink = new Downlink(desk, trial.setup, trial.seed, own?.app);
  observer.onCloud = (event) => {
    downlink.saw(event);
    updates?.saw(event);
  };
  const ended = engine.rejections?.((reason) => {
    // What runs on after a power cut runs on nothing.
    if (!(reason instanceof PowerCut)) observer.rejected(reason);
  });
  const watch = watchInvariants((what) => observer.broke(what));
  const measured: Measured[] = [];
  play(trial.faults, desk, (fault, what) => {
    downlink.fault(what === "begins" ? fault.fault : undefined);
    onFault?.(world.elapsed, fault, what);
  });
  desk.start();
  downlink.start();
  updates?.play(desk);
  return {
    desk,
    world,
    endMs: trial.hours * HOUR_MS,
    isBroken: () => observer.broken.length > 0,
    measure: () => {
      const sizes = engine.census?.(firmwareOf(desk), isWorlds);
      if (sizes) measured.push({ at: world.elapsed, sizes });
    },
    evidence: () => ({
      trial,
      ...observer.gathered,
      records: ledger.records,
      vanished: ledger.vanished,
      proofs: ledger.proofs,
      cramped: ledger.cramped,
      commands: downlink.commands,
      updates: updates && { ...updates.seen, isBrick: desk.slots!.isBrick },
      measured,
      checks: watch.checks,
      end: endOf(desk),
      totals: desk.unit.totals,
      digest: world.trace.digest(),
    }),
    close: () => {
      watch.release();
      desk.unit.off();
      ended?.();
    },
  };
}

/** Plays a trial from power-on to its end. */
export async function playTrial(trial: Trial, options: RunOptions = {}): Promise<Evidence> {
  const open = openTrial(trial, options);
  const { world, endMs, isBroken } = open;
  try {
    while (world.elapsed < endMs) {
      // What is wrong inside the firmware ends the run at that moment: what comes of it tells nothing.
      if (await world.run(isBroken, Math.min(MEASURE_EVERY_MS, endMs - world.elapsed))) break;
      open.measure();
    }
    return open.evidence();
  } finally {
    open.close();
  }
}

function endOf({ unit, flash }: Desk): Evidence["end"] {
  const { device, journal } = unit;
  const { overwrites } = flash;
  // A chip that sleeps, or is without power, has nothing in memory: what waits is in its flash.
  if (journal === undefined) flash.powerOn();
  const outbox = journal ?? new Outbox(flash);
  const waiting: number[] = [];
  for (let record = outbox.next(0); record; record = outbox.next(record.sequence)) waiting.push(record.sequence);
  return {
    phase: device?.phase ?? "dark",
    waiting,
    size: outbox.size,
    dropped: outbox.dropped,
    overwrites,
  };
}
