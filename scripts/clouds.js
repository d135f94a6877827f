// What firmware/clouds.ts leads to, read off the built table: the names of the modules that its import()s load.

import { join } from "node:path";

const table = () => import("../dist/firmware/clouds.js");

/** The name of the module that a loader of the table loads. */
function moduleOf(load) {
  const [, path] = /import\("(\.[^"]+)\.js"\)/.exec(String(load)) ?? [];
  if (path === undefined)
    throw new Error(`firmware/clouds.ts loads a module other than by a literal import(): ${load}`);
  return join("firmware", path);
}

/** Modules of what signs in noble's place, by its name in a build: firmware/platform/moddable/own-key.ts loads them. */
const SIGNERS = { mbedtls: "firmware/platform/moddable/mbedtls/key" };

/**
 * The modules that a build with this cloud loads.
 * @param alg of its key, where it has one of its own
 * @param signer what calculates, where the build names it
 */
export async function loadedBy(name, alg = "ES256", signer = undefined) {
  const { CLOUDS, KEYS } = await table();
  const { bySim, byKey } = CLOUDS[name];
  if (byKey === undefined) return [moduleOf(bySim)];
  return [moduleOf(byKey), signer === undefined ? moduleOf(KEYS[alg]) : SIGNERS[signer]];
}

/** The modules of all clouds and keys. */
export async function allClouds() {
  const { CLOUDS, KEYS } = await table();
  const loaders = [...Object.values(CLOUDS).map(({ bySim, byKey }) => bySim ?? byKey), ...Object.values(KEYS)];
  return [...loaders.map(moduleOf), ...Object.values(SIGNERS)];
}
