// What a rhythm of records takes of chip and modem, seen in virtual time: how long each is awake, and what goes over the air.

import { Chronicle } from "../desk/chronicle.js";
import { Desk } from "../desk/desk.js";
import { VirtualWorld } from "../world/virtual-world.js";

/** How long the chip takes from a wake to the firmware's first line, in milliseconds: as the virtual device has it. */
const BOOT_MS = 400;
const HOUR_MS = 3_600_000;
/** A token's life, and onboarding once more. */
const LEAST_HOURS = 26;
/** Wakes of the modem that are seen at the least. */
const LEAST_WAKES = 6;

/** How often a device measures, and what it makes of it. */
export interface Rhythm {
  /** Seconds between two records, 10 to 86,400. */
  everyS: number;
  /** Records gathered for one wake of the modem, 1 to 48. */
  batch: number;
  power: "psm" | "off";
  recordForm: "json" | "compact";
  /** Seconds of listening for commands. */
  listenS: number;
}

/** What one record takes, on the mean; onboarding for each token is in it. */
export interface Taken {
  /** Milliseconds of the chip awake, its boot included. */
  chipMs: number;
  /** Milliseconds of the modem on. */
  modemMs: number;
  airTxBytes: number;
  airBytes: number;
  /** Seconds that it stands for. */
  everyS: number;
}

/** Lets a device of 1NCE's run in this rhythm, chip and modem asleep between. @param seed of all that is random */
export async function takenBy(rhythm: Rhythm, seed = 1): Promise<Taken> {
  const { everyS, batch, power, recordForm, listenS } = rhythm;
  const wakeS = everyS * batch;
  const settings = {
    power,
    recordForm,
    listenS,
    telemetryIntervalS: everyS,
    recordsPerWake: batch,
    psmPeriodS: Math.min(2 * wakeS + 3_600, 31 * 320 * 3_600),
    modemBaud: 921_600,
  };
  const world = new VirtualWorld({ seed });
  const chronicle = new Chronicle(world);
  const desk = new Desk({ seed, world, settings, watcher: chronicle, board: { deepSleep: true }, flashBlocks: 64 });
  desk.start();
  await desk.run(() => chronicle.named("resting").length > 0, HOUR_MS);
  const before = desk.unit.totals;
  const from = world.now;
  await desk.run(Math.max(LEAST_HOURS * HOUR_MS, LEAST_WAKES * wakeS * 1_000));
  const wakes = chronicle.named("resting").length;
  // To the end of the last wake, so that each has its share of sleep.
  await desk.run(() => chronicle.named("resting").length > wakes, wakeS * 2_000);
  const after = desk.unit.totals;
  const lines = chronicle.logged.filter(({ at }) => at > from);
  let chipMs = 0;
  let modemMs = 0;
  let startedAt = from;
  let wokenAt: number | undefined;
  for (const { event, at } of lines) {
    if (event === "start") startedAt = at - BOOT_MS;
    else if (event === "stage") wokenAt ??= at;
    else if (event === "asleep") chipMs += at - startedAt;
    else if (event === "resting") {
      modemMs += at - (wokenAt ?? at);
      wokenAt = undefined;
    }
  }
  const records = lines.filter(({ event }) => event === "acked").length;
  const rests = chronicle.named("resting");
  const airBytes = rests.at(-1)!.fields.airBytes - rests[0]!.fields.airBytes;
  return {
    chipMs: chipMs / records,
    modemMs: modemMs / records,
    airTxBytes: (after.airTxBytes - before.airTxBytes) / records,
    airBytes: airBytes / records,
    everyS,
  };
}
