// How the firmware is broken on purpose: code that runs behind a module's own, where all its names are known, and puts
// something around what is there. It finds its place by the names of modules, classes and functions, so that a line
// that is written otherwise, or moved, is no matter; a name that is gone is an error.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "esbuild";

/** Code for one module, by its path from the root of the project. `#name` of a class is `_name` in it. */
export type Breakages = Readonly<Record<string, string>>;

/**
 * What the code may use:
 * - `around(Class, "method", (next, self, ...args) => …)`: instead of a method; `next(...args)` is the method itself
 * - `reading(Class, "getter", (next, self) => …)`: the same for a getter
 * - `within(object, "name", (next) => …)`: instead of an entry of a table
 */
const PRELUDE = `
function missing(of, name) { throw new Error("the mutant does not fit any more: no " + name + " in " + (of.name ?? "the table")); }
function around(Class, name, instead) {
  const of = Class.prototype;
  const method = of[name];
  if (typeof method !== "function") missing(Class, name);
  of[name] = function (...args) { return instead((...given) => method.apply(this, given), this, ...args); };
}
function reading(Class, name, instead) {
  const { get } = Object.getOwnPropertyDescriptor(Class.prototype, name) ?? missing(Class, name);
  Object.defineProperty(Class.prototype, name, { get() { return instead(() => get.call(this), this); } });
}
function within(table, name, instead) {
  if (!(name in table)) missing(table, name);
  table[name] = instead(table[name]);
}
`;

/** Private names become public ones, for code outside of the class. */
const opened = (source: string) => source.replaceAll(/#([a-zA-Z]\w*)/g, "_$1");

/** Breaks modules as esbuild loads them. @throws Error (by the build) for a module that is not there */
export function breaking(breakages: Breakages): Plugin {
  const byFile = new Map(Object.entries(breakages).map(([file, code]) => [resolve(file), code]));
  return {
    name: "mutant",
    setup: (build) => {
      const loaded = new Set<string>();
      build.onLoad({ filter: /\/firmware\/.*\.ts$/ }, ({ path }) => {
        const code = byFile.get(path);
        if (code === undefined) return undefined;
        loaded.add(path);
        const contents = `${opened(readFileSync(path, "utf8"))}\n${PRELUDE}\n${code}\n`;
        return { contents, loader: "ts" };
      });
      build.onEnd(() => {
        const left = [...byFile.keys()].filter((file) => !loaded.has(file));
        return left.length === 0
          ? undefined
          : { errors: [{ text: `the mutant breaks no part of it: ${left.join()}` }] };
      });
    },
  };
}
