// A trial on a desk: the device as its setup says, and where its memory begins.

import { Desk, type DeskWatcher } from "../desk/desk.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { topicsWithConfig } from "./downlink.js";
import type { Ledger } from "./ledger.js";
import { TRACK } from "./setup.js";
import type { Trial } from "./trial.js";

/** The desk of a trial, off. */
export function deskOf({ seed, setup }: Trial, world: VirtualWorld, ledger: Ledger, watcher: DeskWatcher): Desk {
  const { config, delayScale, radio, powerKey, deepSleep, model, driftPpm, flashBlocks, tokenLifeS, style, steady } =
    setup;
  const desk = new Desk({
    seed,
    settings: config,
    world,
    cloud: { tokenLifeSeconds: tokenLifeS, style },
    modem: { delayScale, model },
    board: { up: radio, clock: { driftPpm }, powerKey, deepSleep },
    flashBlocks,
    steady,
    journal: (journal) => ledger.watch(journal),
    ...(setup.configTopic && { firmware: { topics: topicsWithConfig } }),
    watcher,
  });
  if (config.positionS) desk.unit.modem.setNetwork({ position: { ...TRACK, since: world.now } }, world.now);
  for (const quirk of setup.quirks) desk.unit.modem.setFault(quirk);
  return desk;
}

/** Where all that the firmware keeps in memory begins; nothing while the board is without power. */
export function firmwareOf({ unit }: Desk): Record<string, object> {
  const { device, link, journal, timers, board } = unit;
  if (!device || !link || !journal) return {};
  return { modem: link, device, outbox: journal, timers, keyValue: board.keyValue };
}
