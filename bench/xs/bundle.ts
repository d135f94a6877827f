// A program as one module, for a peer that is written for Node: what a chip's build of it would be.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ESBUILD } from "./program.js";

/** Just what Node's modules look for when they are loaded. */
const SHIMS = `
var global = globalThis;
globalThis.console = { log: () => {} };
globalThis.AbortController = class {};
globalThis.AbortSignal = class {};
var process = { env: {}, browser: true, nextTick: (work, ...args) => Promise.resolve().then(() => work(...args)) };
`;

/**
 * Writes `directory/modules` and the one module, which may change built-ins as Node's modules do.
 * @param main path relative to the project
 */
export async function linkBundle(directory: string, main: string): Promise<void> {
  const { outputFiles } = await build({
    ...ESBUILD,
    platform: "browser",
    mainFields: ["browser", "module", "main"],
    treeShaking: true,
    target: "es2021",
    banner: { js: SHIMS },
    entryPoints: [main],
  });
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "bundle.js"), outputFiles[0]!.text);
  writeFileSync(join(directory, "modules"), "b bundle\n");
}
