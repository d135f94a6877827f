// A trial on a desk: the device as its setup says, and where its memory begins.

import { encodeUtf8 } from "../../firmware/bytes/utf8.js";
import { type DeviceApp, tableOf } from "../../firmware/compose.js";
import { BOARDS } from "../../firmware/modem/boards.js";
import { configure } from "../../firmware/settings/configure.js";
import { updateRoots } from "../../firmware/update/roots.js";
import type { BoardCore } from "../board/board.js";
import { Part } from "../board/part.js";
import { Desk, type DeskUpdates, type DeskWatcher } from "../desk/desk.js";
import { addJwtCloud, type DeskCloud } from "../testing/jwt-cloud.js";
import { boardOf, type World } from "../testing/world.js";
import { MemoryKeyValue } from "../world/key-value.js";
import { DEFAULT_SIM, iccidOf } from "../world/sims.js";
import { StreamBase } from "../world/stream.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import * as stormApp from "./app.js";
import { topicsWithConfig } from "./downlink.js";
import type { Ledger } from "./ledger.js";
import { type Setup, TRACK } from "./setup.js";
import type { Trial } from "./trial.js";

/** An app that a storm is given, and what stands around it. */
export interface GivenApp {
  app: DeviceApp;
  world: World;
  /** Tells it from others: a hash. */
  id: string;
}

/** A trial that asks for an app which is not there. */
export class AppMissingError extends Error {}

/** The app of a trial's device, and its surroundings. @throws AppMissingError */
export function appOf({ setup }: Trial, given: GivenApp | undefined): GivenApp | undefined {
  if (setup.app === "none") return undefined;
  if (setup.app === "storm") return { app: stormApp, world: stormApp.WORLD as unknown as World, id: "storm" };
  if (given === undefined) throw new AppMissingError("this trial is of an app: name it with --app");
  return given;
}

/** The board of a device with an app. @param run calls the firmware that runs then */
function partsOf({ world: around }: GivenApp, { seed, setup }: Trial, world: VirtualWorld, run: Run): BoardCore {
  const board = boardOf(around, {
    row: BOARDS[setup.board],
    now: () => world.elapsed,
    later: (callback) => void world.scheduler.at(world.now, () => run(callback)),
    seed,
  });
  around.live?.(board, (ms, callback) => {
    const again = () => {
      callback();
      world.scheduler.at(world.now + ms, again);
    };
    world.scheduler.at(world.now + ms, again);
  });
  return board;
}
type Run = (callback: () => void) => void;

/** The broker of a device that signs its own token, by the name that 1NCE's devices have, so that topics are the same. */
function signing(
  { setup }: Trial,
  world: VirtualWorld,
  given: GivenApp | undefined,
  keyValue: MemoryKeyValue,
  watcher: DeskWatcher,
): DeskCloud {
  const config = configure({ ...setup.config, ...setup.appSettings }, tableOf(given?.app));
  const order = { name: "jwt", clientId: iccidOf(DEFAULT_SIM), lifetimeS: setup.tokenLifeS, alg: setup.alg } as const;
  const topics = setup.configTopic ? topicsWithConfig : undefined;
  const differs = { topics, tickets: () => setup.tickets };
  return addJwtCloud(world, order, config, keyValue, (event) => watcher.cloud?.(event), differs);
}

/** Where onboarding is for this device: what its settings name is what there is. */
const onboardingOf = ({ config: { onboardingHost: host, onboardingPort: port } }: Setup) => ({ host, port });

/** An anchor of the build's own. */
const BUILD_ROOT = encodeUtf8("a root of the build's own");

/** What its build has of anchors for updates, and what the certificate of their server leads to: one that it trusts. */
function rootsOf({ config }: Setup): Pick<DeskUpdates, "root" | "roots"> {
  if (config.updateRoots === undefined) return {};
  const roots = [BUILD_ROOT];
  return { roots, root: updateRoots(config.updateRoots, roots).at(-1) };
}

/** The desk of a trial, off. @param given its app */
export function deskOf(
  trial: Trial,
  world: VirtualWorld,
  ledger: Ledger,
  watcher: DeskWatcher,
  given: GivenApp | undefined,
  updates?: DeskUpdates,
): Desk {
  const { seed, setup } = trial;
  const { config, delayScale, radio, powerKey, deepSleep, model, driftPpm, flashBlocks, tokenLifeS, style, steady } =
    setup;
  const { storeIsEncrypted } = setup;
  const { apn } = config;
  const parts = given && partsOf(given, trial, world, (callback) => desk.unit.run(callback));
  const keyValue = new MemoryKeyValue();
  const other = setup.cloud === "jwt" ? signing(trial, world, given, keyValue, watcher) : undefined;
  const desk: Desk = new Desk({
    seed,
    settings: { ...config, ...setup.appSettings },
    ...(parts && { parts }),
    world,
    cloud: { tokenLifeSeconds: tokenLifeS, style, tickets: () => setup.tickets, onboarding: onboardingOf(setup) },
    modem: { delayScale, model, ...(apn !== undefined && { network: { apn } }) },
    board: { up: radio, clock: { driftPpm }, powerKey, deepSleep, keyValue, storeIsEncrypted },
    flashBlocks,
    steady,
    ...(updates && { updates: { ...updates, ...rootsOf(setup) } }),
    journal: (journal) => ledger.watch(journal),
    firmware: { ...(setup.configTopic && { topics: topicsWithConfig }), ...(given && { app: given.app }) },
    ...(other && { front: other.front, cloudParts: other.parts }),
    watcher,
  });
  if (config.positionS) desk.unit.modem.setNetwork({ position: { ...TRACK, since: world.now } }, world.now);
  if (config.pin !== undefined) desk.unit.modem.setFault("sim-pin", config.pin, Number.POSITIVE_INFINITY);
  for (const quirk of setup.quirks) desk.unit.modem.setFault(quirk);
  return desk;
}

/** What is the world's, not the firmware's: a stream, in which what there is is bounded, and a part of the board. */
export const isWorlds = (object: object): boolean => object instanceof StreamBase || object instanceof Part;

/** Where all that the firmware keeps in memory begins; nothing while the board is without power. */
export function firmwareOf({ unit }: Desk): Record<string, object> {
  const { device, link, journal, timers, board } = unit;
  if (!device || !link || !journal) return {};
  return { modem: link, device, outbox: journal, timers, keyValue: board.keyValue };
}
