// An app that a storm is given, and what stands around it: as plain data that can be handed to threads, and loaded.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { DeviceApp } from "../../firmware/compose.js";
import { STANDARD_WORLD, type World } from "../testing/world.js";
import type { GivenApp } from "./rig.js";
import type { GivenSetup } from "./setup.js";

/** What a storm is given. Plain data. */
export interface GivenOrder extends GivenSetup {
  /** Paths of modules: the app, and the world around it; left out: one of each part there is. */
  app: string;
  world?: string | undefined;
}

/** Loads it. @throws what importing its modules throws */
export async function loadGiven(order: GivenOrder): Promise<GivenApp> {
  const module = async (path: string) => (await import(pathToFileURL(path).href)) as object;
  const app = (await module(order.app)) as DeviceApp;
  const { world } = order;
  const around = world === undefined ? STANDARD_WORLD : ((await module(world)) as { default: World }).default;
  return { app, world: around as unknown as World, id: fingerprintOf(order) };
}

/** What a module imports of its own folder and those around it. */
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;
/** Hexadecimal digits that are enough to tell apps apart. */
const DIGITS = 12;

/** @returns a hash of all that it is: its modules, what these import by a relative path, and the settings */
export function fingerprintOf({ app, world, board, settings }: GivenOrder): string {
  const hash = createHash("sha256");
  const seen = new Set<string>();
  const take = (path: string) => {
    if (seen.has(path) || !existsSync(path)) return;
    seen.add(path);
    const text = readFileSync(path, "utf8");
    hash.update(`${text.length}\n${text}`);
    for (const [, name] of text.matchAll(IMPORTED)) take(resolve(dirname(path), name!));
  };
  take(app);
  if (world !== undefined) take(world);
  hash.update(JSON.stringify([board, settings]));
  return hash.digest("hex").slice(0, DIGITS);
}
