// A trial on a desk: the device as its setup says, the commands that the cloud sends it, and where its memory begins.

import { Desk, type DeskWatcher } from "../desk/desk.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import type { Ledger } from "./ledger.js";
import type { Trial } from "./trial.js";

/** The desk of a trial, off. */
export function deskOf({ seed, setup }: Trial, world: VirtualWorld, ledger: Ledger, watcher: DeskWatcher): Desk {
  const { config, delayScale, radio, powerKey, driftPpm, flashBlocks, tokenLifeS, steady } = setup;
  const desk = new Desk({
    seed,
    settings: config,
    world,
    cloud: { tokenLifeSeconds: tokenLifeS },
    modem: { delayScale },
    board: { up: radio, clock: { driftPpm }, powerKey },
    flashBlocks,
    steady,
    journal: (journal) => ledger.watch(journal),
    watcher,
  });
  for (const quirk of setup.quirks) desk.unit.modem.setFault(quirk);
  return desk;
}

/** Plans a command from the cloud, and behind it the next: each with its own id. */
export function sendCommands(desk: Desk, everyMs: number, number = 1): void {
  const { scheduler, now } = desk.world;
  scheduler.at(now + everyMs, () => {
    desk.command({ id: String(number), cmd: number % 3 === 0 ? "status" : "ping" });
    sendCommands(desk, everyMs, number + 1);
  });
}

/** Where all that the firmware keeps in memory begins; nothing while the board is without power. */
export function firmwareOf({ unit }: Desk): Record<string, object> {
  const { device, link, journal, timers, board } = unit;
  if (!device || !link || !journal) return {};
  return { modem: link, device, outbox: journal, timers, keyValue: board.keyValue };
}
