// Reads the Moddable manifests as mcconfig would, as far as their own files go: includes, modules, preloads, settings of a board.
// What begins with a variable belongs to the SDK or to ESP-IDF and is taken as given.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, normalize } from "node:path";

/** Extensions that mcconfig makes modules and objects of. */
const SOURCES = [".ts", ".js", ".c", ".h"];

/** All manifests below a folder, by path from there. */
export function manifestPaths(root) {
  const below = existsSync(join(root, "manifests")) ? readdirSync(join(root, "manifests"), { recursive: true }) : [];
  const found = below.map((path) => join("manifests", String(path))).filter((path) => extname(path) === ".json");
  return ["moddable.json", ...found].sort();
}

/** A manifest's own content. @throws SyntaxError with the path */
export function readManifest(root, path) {
  try {
    return JSON.parse(readFileSync(join(root, path), "utf8"));
  } catch (error) {
    throw new SyntaxError(`${path}: ${error.message}`);
  }
}

const isForeign = (path) => path.startsWith("$(");
const listOf = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

/** Paths of the manifests that one includes, its platforms' included. */
export function includesOf(path, manifest) {
  const platforms = Object.values(manifest.platforms ?? {});
  return [manifest, ...platforms]
    .flatMap((part) => listOf(part.include))
    .filter((include) => !isForeign(include))
    .map((include) => normalize(join(dirname(path), include)));
}

/**
 * The modules that a manifest maps.
 * @returns entries of `module`, its name, `source`, the file from the root, and `pattern`, as the manifest has it
 */
export function modulesOf(root, path, manifest) {
  return Object.entries(manifest.modules ?? {}).flatMap(([target, sources]) =>
    listOf(sources)
      .filter((source) => !isForeign(source))
      .flatMap((source) => {
        const pattern = normalize(join(dirname(path), source));
        const files = matches(root, pattern);
        if (files.length === 0) return [{ module: target, source: undefined, pattern }];
        return files.map((file) => {
          const name = basename(file).replace(/\.[a-z]+$/, "");
          return { module: target.replace("*", name), source: file, pattern };
        });
      }),
  );
}

/** Files that a source of a manifest stands for: `folder/*`, or one name without its extension. */
function matches(root, pattern) {
  const folder = join(root, dirname(pattern));
  if (!existsSync(folder)) return [];
  const name = basename(pattern);
  return readdirSync(folder)
    .filter((file) => SOURCES.includes(extname(file)) && !file.endsWith(".d.ts"))
    .filter((file) => name === "*" || file.slice(0, -extname(file).length) === name)
    .map((file) => join(dirname(pattern), file));
}

/** A manifest and all that it includes, its own files only. */
export function closureOf(root, path, seen = new Map()) {
  if (seen.has(path)) return seen;
  const manifest = readManifest(root, path);
  seen.set(path, manifest);
  for (const include of includesOf(path, manifest)) {
    if (existsSync(join(root, include))) closureOf(root, include, seen);
  }
  return seen;
}

const IMPORT = /^(?:import|export)\s+(?!type\b)[^"';]*?(?:from\s+)?["']([^"']+)["'];/gm;
const EXPORT_ONLY = /^export\s+(?:const|function|class|interface|type|default)\b/;

/** What a module imports when it is loaded: not types, nor what `import()` gets later. */
export function importsOf(root, source) {
  const text = readFileSync(join(root, source), "utf8");
  return [...text.matchAll(IMPORT)].filter(([statement]) => !EXPORT_ONLY.test(statement)).map(([, name]) => name);
}

const LATER = /\bimport\("(\.[^"]+)"\)/g;

/** What of the firmware a module gets by `import()`. */
export function laterImportsOf(root, source) {
  return [...readFileSync(join(root, source), "utf8").matchAll(LATER)].map(([, name]) => name);
}

/** The firmware's modules that some are loaded with, themselves among them, by name. */
export function loadedWith(root, entries) {
  const seen = new Set();
  const visit = (source) => {
    if (seen.has(source)) return;
    seen.add(source);
    for (const name of importsOf(root, source)) {
      if (name.startsWith(".")) visit(normalize(join(dirname(source), name)).replace(/\.js$/, ".ts"));
    }
  };
  for (const entry of entries) visit(entry);
  return [...seen].map((source) => source.replace(/\.ts$/, "")).sort();
}

/** All sources of the firmware, from the root. */
export function firmwareFiles(root) {
  return readdirSync(join(root, "firmware"), { recursive: true })
    .map((path) => join("firmware", String(path)))
    .filter((path) => SOURCES.includes(extname(path)) && !path.endsWith(".d.ts"))
    .sort();
}
