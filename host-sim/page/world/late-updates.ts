// Stands on the page for desk/update-parts.ts (scripts/build-page.js sees to it): nothing is there until it was loaded, and then
// whoever imported it has it, as what a module exports is live.

import type * as parts from "../../desk/update-parts.js";

export let UPDATES: typeof parts.UPDATES;
export let imageOf: typeof parts.imageOf;
export let digestText: typeof parts.digestText;
export let manifestFor: typeof parts.manifestFor;
export let simulatedKey: typeof parts.simulatedKey;
export let Slots: typeof parts.Slots;
export let RELEASE_KEYS: typeof parts.RELEASE_KEYS;
export let VirtualUpdates: typeof parts.VirtualUpdates;

/** Loads what a desk with updates needs; to be awaited before one is made. */
export async function loadUpdates(): Promise<void> {
  const late = await import("../../desk/update-parts.js");
  ({ UPDATES, imageOf, digestText, manifestFor, simulatedKey, Slots, RELEASE_KEYS, VirtualUpdates } = late);
}
