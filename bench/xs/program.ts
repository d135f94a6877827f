// From a program's main module to what the engine links: every module that it reaches, one by one as the SDK compiles them,
// under the names by which they import each other.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin, transform } from "esbuild";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const HERE = join(ROOT, "bench/xs");

/** Modules of the SDK that the firmware imports, and what stands for them. */
const SDK: Readonly<Record<string, string>> = {
  timer: "bench/xs/guests/native/timer.ts",
  time: "bench/xs/guests/native/time.ts",
};

/** What an app and its world import, and the one project that there is on XS (guests/app/project.d.ts). */
const PROJECT: Readonly<Record<string, string>> = {
  "simkey-firmware": "firmware/platform/app.ts",
  "simkey-firmware/sensors": "firmware/sensors/sht3x.ts",
  "simkey-firmware/testing": "bench/xs/guests/app/testing.ts",
  "project/app": "examples/thermometer/app.ts",
  "project/world": "examples/thermometer/sim/world.ts",
};

/** The SDK's own MQTT client, where the SDK is; nothing of it is part of Simkey. */
const { MODDABLE } = process.env;
export const MODDABLE_CLIENT =
  MODDABLE === undefined ? undefined : join(MODDABLE, "examples/io/tcp/mqttclient/mqttclient.js");
const MODDABLE_MODULE = "moddable/mqttclient";

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

/** For noble: XS 13 makes a class's instance fields known too late for a static field that holds an instance. */
const XS_13 = { "class-static-field": false };

export const sdkModules: Plugin = {
  name: "sdk-modules",
  setup({ onResolve }) {
    onResolve({ filter: /^(timer|time)$/ }, ({ path }) => ({ path: join(ROOT, SDK[path]!) }));
    onResolve({ filter: /^moddable\/mqttclient$/ }, () => ({ path: MODDABLE_CLIENT! }));
    onResolve({ filter: /^(simkey-firmware|project)(\/|$)/ }, ({ path }) => ({ path: join(ROOT, PROJECT[path]!) }));
  },
};

/** What of a program is otherwise than it is written. */
export interface Variant {
  /** Modules in whose place others stand, by their paths from the root of the project. */
  instead?: Readonly<Record<string, string>>;
  /** Edits a module's source. @returns undefined: it stays as it is */
  edit?: (path: string, source: string) => string | undefined;
}

export const variantOf = ({ instead = {}, edit }: Variant): Plugin => ({
  name: "variant",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.{1,2}\/.*\.js$/ }, ({ path, resolveDir }) => {
      const other = instead[relative(ROOT, join(resolveDir, path.replace(/\.js$/, ".ts")))];
      return other === undefined ? undefined : { path: join(ROOT, other) };
    });
    onLoad({ filter: /\/firmware\/.*\.ts$/ }, ({ path }) => {
      const contents = edit?.(relative(ROOT, path), readFileSync(path, "utf8"));
      return contents === undefined ? undefined : { contents, loader: "ts" };
    });
  },
});

/** Leaves out what an image does not hold: its manifest names one cloud. */
const imageOf = (clouds: readonly string[]): Plugin => ({
  name: "image",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/cloud\// }, ({ path, kind }) => {
      const held = clouds.some((cloud) => path === `./${cloud}.js`);
      return kind === "dynamic-import" && !held ? { path, external: true } : undefined;
    });
  },
});

/** What lies in the read-only machine before the program begins. */
export type Preload =
  | "nothing" // only what stands for native code
  | "simkey" // the firmware's modules, except those that need noble
  | "all"; // noble too, as scripts/noble-for-flash.js makes it and the SDK builds it

/** Where the form of noble for flash is. */
const NOBLE = "build/noble/";

const nobleForFlash: Plugin = {
  name: "noble-for-flash",
  setup({ onResolve }) {
    onResolve({ filter: /^@noble\// }, ({ path }) => ({ path: join(ROOT, NOBLE, path) }));
  },
};

async function writeNoble(): Promise<void> {
  const script = (await import(join(ROOT, "scripts/noble-for-flash.js"))) as { writeNoble(root: string): void };
  script.writeNoble(ROOT);
}

const isNative = (path: string) => path.startsWith("bench/xs/guests/native/");
/** An app lies in flash as the firmware does; a simulated board stands for what is outside of the chip. */
const isSimkey = (path: string) => /^(firmware|bench\/xs\/guests|examples|host-sim)\//.test(path) || isModdable(path);
const isModdable = (path: string) => join(ROOT, path) === MODDABLE_CLIENT;

/** Name of a module for XS. */
const nameOf = (path: string) =>
  isModdable(path) ? MODDABLE_MODULE : path.replace(/\.[cm]?[jt]s$/, "").replace(/^(node_modules|build\/noble)\//, "");

/**
 * Writes `directory/modules` and the modules' code below it.
 * @param main path of the main module, relative to the project
 * @param clouds those modules that firmware/clouds.ts leads to which the image holds, e.g. `cloud/google/cloud`
 * @param variant how it is otherwise than it is written
 */
export async function linkProgram(
  directory: string,
  main: string,
  preload: Preload,
  clouds: readonly string[] = [],
  variant: Variant = {},
): Promise<void> {
  if (preload === "all") await writeNoble();
  const plugins = [...(preload === "all" ? [nobleForFlash] : []), sdkModules, variantOf(variant), imageOf(clouds)];
  const imports = await importsOf(main, plugins);
  const order = inOrder(imports, main);
  const needsNoble = new Set<string>();
  for (const path of order) {
    const loaded = imports.get(path)!.filter(({ later }) => !later);
    if (path.startsWith("node_modules/") || loaded.some(({ path: to }) => needsNoble.has(to))) needsNoble.add(path);
  }
  const isPreloaded = (path: string) => {
    if (isNative(path) || preload === "all") return true;
    return preload === "simkey" && isSimkey(path) && !needsNoble.has(path);
  };
  const kindOf = (path: string) => (path === main ? "r" : isPreloaded(path) ? "p" : "m");

  rmSync(directory, { recursive: true, force: true });
  for (const path of order) {
    const file = join(directory, `${nameOf(path)}.js`);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, await compile(path, imports.get(path)!, variant));
  }
  const lines = order.map((path) => `${kindOf(path)} ${nameOf(path)}\n`);
  writeFileSync(join(directory, "modules"), lines.join(""));
}

interface Import {
  specifier: string;
  path: string;
  /** By `import()`. */
  later: boolean;
}

/** Static and dynamic imports of every module that `main` reaches. */
async function importsOf(main: string, plugins: Plugin[]): Promise<Map<string, Import[]>> {
  const { metafile } = await build({ ...ESBUILD, entryPoints: [main], metafile: true, plugins });
  const entries = Object.entries(metafile.inputs);
  return new Map(
    entries.map(([path, { imports }]) => [
      path,
      imports
        .filter(({ external }) => !external)
        .map(({ original, path: to, kind }) => ({ specifier: original!, path: to, later: kind === "dynamic-import" })),
    ]),
  );
}

/** Imported modules before those that import them. */
function inOrder(imports: ReadonlyMap<string, readonly Import[]>, main: string): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: to } of imports.get(path)!) visit(to);
    order.push(path);
  };
  visit(main);
  return order;
}

/** A module's JavaScript, its imports by XS's names. Nothing is moved between modules, and `const` stays what it is. */
async function compile(path: string, imports: readonly Import[], { edit }: Variant): Promise<string> {
  const written = readFileSync(join(ROOT, path), "utf8");
  const source = edit?.(path, written) ?? written;
  const loader = extname(path).endsWith("ts") ? "ts" : "js";
  const { target, treeShaking } = ESBUILD;
  const supported = isSimkey(path) ? {} : XS_13;
  const { code } = await transform(source, { loader, format: "esm", target, supported, treeShaking });
  const names = new Map(imports.map(({ specifier, path: to }) => [specifier, nameOf(to)]));
  return code.replace(/(\bfrom |\bimport |\bimport\()"([^"]+)"/g, (all, before, specifier) => {
    const name = names.get(specifier);
    return name === undefined ? all : `${before}"${name}"`;
  });
}
