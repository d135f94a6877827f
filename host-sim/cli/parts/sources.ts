// Whether a source of a project is saved. Each folder is watched by itself: what watches a tree in Node 20 follows the file that
// was there at the beginning, and hears no more of a name once an editor has put another file in its place.

import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join, relative } from "node:path";

/** Folders whose files are not the project's own. */
const isLeftOut = (name: string) => name === "node_modules" || name === "build" || name.startsWith(".git");
const isSource = (name: string) => /\.(ts|js|json)$/.test(name);

/**
 * Watches the sources of a project: .ts, .js, .json, in all its folders but node_modules, build and Git's.
 * @param onSaved is told of the path, from the project's folder, each time one is written, replaced or removed
 * @returns what ends it
 * @throws Error of the file system where the folder cannot be watched
 */
export function watchSources(folder: string, onSaved: (path: string) => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  const drop = (path: string) => {
    watchers.get(path)?.close();
    watchers.delete(path);
  };
  const foldersIn = (path: string) =>
    readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !isLeftOut(entry.name));
  const add = (path: string) => {
    drop(path);
    const watcher = watch(path, (event, name) => {
      if (name === null || isLeftOut(name)) return;
      const changed = join(path, name);
      if (isSource(name)) onSaved(relative(folder, changed));
      // A folder that came, went, or stands where another one stood.
      else if (event === "rename") renew(changed);
    });
    // A folder that is removed.
    watcher.on("error", () => drop(path));
    watchers.set(path, watcher);
    for (const { name } of foldersIn(path)) add(join(path, name));
  };
  const renew = (path: string) => {
    try {
      add(path);
    } catch {
      // It is gone, or was never a folder.
      drop(path);
    }
  };
  add(folder);
  return () => {
    for (const path of [...watchers.keys()]) drop(path);
  };
}
