// Two days of a device that sleeps, chip and modem: what each wake took, and what each record cost.

import { Chronicle, type Logged } from "../../host-sim/desk/chronicle.js";
import { Desk } from "../../host-sim/desk/desk.js";
import type { TicketPolicy } from "../../host-sim/world/tls-server.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";
import { HOURS, RADIO, SEED } from "./yardstick.js";

/** How long the chip takes from a wake to the firmware's first line, in milliseconds: as the virtual device has it. */
const BOOT_MS = 400;
const MONTH_MS = 30 * 86_400_000;
/** Until the first rest; what comes before it is no wake. */
const FIRST_HOURS = 1;

/** Means of a device's wakes. Times are milliseconds. */
export interface Days {
  /** Over the air, TCP/IP headers included, where the token was kept. */
  bytesPerRecord: number;
  /** The same in 30 days, onboarding for each token included. */
  bytesAMonth: number;
  recordsPerWake: number;
  /** From the end of the chip's sleep. */
  wakeToPuback: number;
  wakeToSleep: number;
}

/** A wake: how long it took from the end of the chip's sleep, and what it moved. */
interface Wake {
  toPuback: number;
  toSleep: number;
  bytes: number;
  records: number;
  /** A token was fetched in it. */
  onboards: boolean;
}

/**
 * @param settings as in a device's configuration file
 * @param tickets what the servers do with TLS sessions
 */
export async function days(settings: Readonly<Record<string, unknown>>, tickets: TicketPolicy = "none"): Promise<Days> {
  const world = new VirtualWorld({ seed: SEED });
  const chronicle = new Chronicle(world);
  const board = { deepSleep: true, up: RADIO };
  const cloud = { tickets: () => tickets };
  const desk = new Desk({ seed: SEED, world, settings, watcher: chronicle, board, cloud });
  desk.start();
  await desk.run((HOURS + FIRST_HOURS) * 3_600_000);
  const rests = chronicle.named("resting");
  const wakes = rests.slice(1).map((rest, i) => wakeOf(chronicle, rests[i]!, rest));
  const kept = wakes.filter(({ onboards }) => !onboards);
  const over = rests.at(-1)!.at - rests[0]!.at;
  return {
    bytesPerRecord: sum(kept, "bytes") / sum(kept, "records"),
    bytesAMonth: (sum(wakes, "bytes") * MONTH_MS) / over,
    recordsPerWake: sum(wakes, "records") / wakes.length,
    wakeToPuback: sum(kept, "toPuback") / kept.length,
    wakeToSleep: sum(kept, "toSleep") / kept.length,
  };
}

/** What lies between two rests. */
function wakeOf(chronicle: Chronicle, before: Logged<"resting">, rest: Logged<"resting">): Wake {
  const within = chronicle.logged.filter(({ at }) => at > before.at && at <= rest.at);
  // The life in which the modem was woken: a chip may have waked before and left it asleep.
  const from = within.findLast(({ event }) => event === "start")!.at - BOOT_MS;
  const acked = within.filter(({ event }) => event === "acked");
  return {
    toPuback: acked[0]!.at - from,
    toSleep: rest.at - from,
    bytes: rest.fields.airBytes - before.fields.airBytes,
    records: acked.length,
    onboards: chronicle.events("onboarding").some(({ at }) => at > before.at && at <= rest.at),
  };
}

const sum = <K extends string>(list: readonly Readonly<Record<K, number>>[], name: K) =>
  list.reduce((all, entry) => all + entry[name], 0);
