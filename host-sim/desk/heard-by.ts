// Several watchers of one desk, as one.

import type { DeskWatcher } from "./desk.js";

type Any = (...args: unknown[]) => void;

/** What can be heard; `clone` has the same again. */
const NAMES = [
  ...["log", "at", "booted", "fed", "crashed", "dialled", "ended", "packet", "received", "stream", "uart", "posts"],
  ...["answered", "session", "violation", "flash", "cloud", "fault", "cloned", "app"],
] as const;

/** Tells each of them, in their order. What none of them hears is not heard: some is asked for by being there. */
export function heardBy(...watchers: readonly DeskWatcher[]): DeskWatcher {
  const all: Record<string, unknown> = {};
  for (const name of NAMES) {
    const those = watchers.filter((watcher) => name in watcher) as unknown as Record<string, Any>[];
    if (those.length > 0) {
      all[name] = (...args: unknown[]) => {
        for (const watcher of those) watcher[name]!(...args);
      };
    }
  }
  const clones = watchers.map(({ clone }) => clone).filter((clone) => clone !== undefined);
  if (clones.length > 0) all.clone = heardBy(...clones);
  return all as DeskWatcher;
}
