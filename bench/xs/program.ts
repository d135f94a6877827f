// From a program's main module to what the engine links: every module that it reaches, one by one as the SDK compiles them,
// under the names by which they import each other.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const HERE = join(ROOT, "bench/xs");

/** Modules of the SDK that the firmware imports, and what stands for them. */
const SDK: Readonly<Record<string, string>> = {
  timer: "bench/xs/guests/native/timer.ts",
  time: "bench/xs/guests/native/time.ts",
};

/** Options of every build. XS 13 knows ES2022, and like the SDK it gets classes and private fields as they are. */
export const ESBUILD = {
  absWorkingDir: ROOT,
  bundle: true,
  write: false,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"] as string[],
  target: "es2022",
  treeShaking: false,
  logLevel: "error",
} as const;

export const sdkModules: Plugin = {
  name: "sdk-modules",
  setup({ onResolve }) {
    onResolve({ filter: /^(timer|time)$/ }, ({ path }) => ({ path: join(ROOT, SDK[path]!) }));
  },
};

/** What lies in the read-only machine before the program begins. */
export type Preload =
  | "nothing" // only what stands for native code
  | "simkey" // the firmware's modules, except those that need noble
  | "all"; // noble too

const isNative = (path: string) => path.startsWith("bench/xs/guests/native/");
const isSimkey = (path: string) => path.startsWith("firmware/") || path.startsWith("bench/xs/guests/");

/** Name of a module for XS. */
const nameOf = (path: string) => path.replace(/\.[cm]?[jt]s$/, "").replace(/^node_modules\//, "");

/**
 * Writes `directory/modules` and the modules' code below it.
 * @param main path of the main module, relative to the project
 * @param rewrite changes a module's code
 */
export async function linkProgram(
  directory: string,
  main: string,
  preload: Preload,
  rewrite: (path: string, code: string) => string = (_path, code) => code,
): Promise<void> {
  const imports = await importsOf(main);
  const order = inOrder(imports, main);
  const needsNoble = new Set<string>();
  for (const path of order) {
    if (path.startsWith("node_modules/") || imports.get(path)!.some((to) => needsNoble.has(to))) needsNoble.add(path);
  }
  const isPreloaded = (path: string) => {
    if (isNative(path) || preload === "all") return true;
    return preload === "simkey" && isSimkey(path) && !needsNoble.has(path);
  };
  const kindOf = (path: string) => (path === main ? "r" : isPreloaded(path) ? "p" : "m");

  const code = await compile(order);
  rmSync(directory, { recursive: true, force: true });
  for (const path of order) {
    const file = join(directory, `${nameOf(path)}.js`);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, rewrite(path, code.get(path)!));
  }
  const lines = order.map((path) => `${kindOf(path)} ${nameOf(path)}\n`);
  writeFileSync(join(directory, "modules"), lines.join(""));
}

/** Static and dynamic imports of every module that `main` reaches. */
async function importsOf(main: string): Promise<Map<string, string[]>> {
  const { metafile } = await build({ ...ESBUILD, entryPoints: [main], metafile: true, plugins: [sdkModules] });
  const entries = Object.entries(metafile.inputs);
  return new Map(entries.map(([path, { imports }]) => [path, imports.map((to) => to.path)]));
}

/** Imported modules before those that import them. */
function inOrder(imports: ReadonlyMap<string, readonly string[]>, main: string): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const to of imports.get(path)!) visit(to);
    order.push(path);
  };
  visit(main);
  return order;
}

/** Each module's JavaScript, its imports by XS's names. */
async function compile(paths: readonly string[]): Promise<Map<string, string>> {
  const named: Plugin = {
    name: "named",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /.*/ }, async (args) => {
        if (args.kind === "entry-point" || args.pluginData === "seen") return undefined;
        const { path } = SDK[args.path]
          ? { path: join(ROOT, SDK[args.path]!) }
          : await resolve(args.path, {
              kind: args.kind,
              importer: args.importer,
              resolveDir: args.resolveDir,
              pluginData: "seen",
            });
        return { path: nameOf(path.slice(ROOT.length)), external: true };
      });
    },
  };
  const { outputFiles } = await build({
    ...ESBUILD,
    entryPoints: paths.map((path) => ({ in: path, out: nameOf(path) })),
    outdir: "/",
    plugins: [named],
  });
  return new Map(paths.map((path) => [path, outputFiles.find((file) => file.path === `/${nameOf(path)}.js`)!.text]));
}
