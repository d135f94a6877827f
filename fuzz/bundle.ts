// The targets in one module, with counters in all that comes from firmware/.

import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin, transformSync } from "esbuild";
import { createInstrumenter } from "istanbul-lib-instrument";
import { COVERAGE_VARIABLE } from "./coverage.js";
import type { Target } from "./target.js";

const counted: Plugin = {
  name: "counted",
  setup: ({ onLoad }) => {
    const instrumenter = createInstrumenter({
      ...{ esModules: true, compact: false, produceSourceMap: false },
      ...{ coverageVariable: COVERAGE_VARIABLE, coverageGlobalScopeFunc: false, coverageGlobalScope: "globalThis" },
    });
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (!path.includes(`${sep}firmware${sep}`)) return undefined;
      const { code } = transformSync(readFileSync(path, "utf8"), { loader: "ts", target: "es2022", sourcefile: path });
      return { contents: instrumenter.instrumentSync(code, path), loader: "js" };
    });
  },
};

/**
 * Builds the targets.
 * @param root the project's directory
 * @param entry the module whose `TARGETS` are wanted
 * @returns where the module is
 */
export async function bundle(root: string, entry = "fuzz/targets/index.ts"): Promise<string> {
  const outfile = join(root, "build/fuzz/targets.mjs");
  await mkdir(join(root, "build/fuzz"), { recursive: true });
  await build({
    ...{ absWorkingDir: root, entryPoints: [entry], outfile, bundle: true, format: "esm", platform: "node" },
    ...{ target: "node20", packages: "external", plugins: [counted], logLevel: "warning" },
  });
  return outfile;
}

/** The targets of a module that `bundle` has built. */
export async function loadTargets(path: string): Promise<readonly Target[]> {
  return ((await import(pathToFileURL(path).href)) as { TARGETS: readonly Target[] }).TARGETS;
}
