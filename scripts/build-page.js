#!/usr/bin/env node
// Makes the folder of the page: dist/page, to lie on any web host. `--serve` offers it on 127.0.0.1 and opens a browser.
//
//   npm run build:page
//   npm run page -- [--port N] [--no-open]

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { servePage } from "../dist/host-sim/page/serve.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const UI = join(ROOT, "host-sim/page/ui");
const FOLDER = join(ROOT, "dist/page");
/** What the first look at the page may cost, in bytes over the wire. */
const FIRST_LOAD_MOST = 220_000;

/** Clouds and keys that the page's device has not: nothing of them is to be loaded, nor to split what is. */
const others = {
  name: "others",
  setup: ({ onResolve }) =>
    onResolve({ filter: /cloud\/|formats\// }, ({ kind, importer, path }) =>
      kind === "dynamic-import" && /firmware/.test(importer) ? { path, external: true } : undefined,
    ),
};

/** What is loaded later, and the module of the page that stands for it until then. */
const LATE = { "update-parts": "late-updates.ts", "own-clients": "late-commands.ts" };
const late = {
  name: "late",
  setup: ({ onResolve }) => {
    for (const [name, instead] of Object.entries(LATE))
      onResolve({ filter: new RegExp(`/${name}\\.js$`) }, ({ importer }) =>
        importer.endsWith(instead) ? undefined : { path: join(ROOT, "host-sim/page/world", instead) },
      );
  },
};

const shim = (name) => join(ROOT, "scripts/page", name);

/** Builds it. @returns bytes of the first load, gzipped */
async function buildPage() {
  const { metafile, outputFiles } = await build({
    write: false,
    absWorkingDir: ROOT,
    entryPoints: { main: join(UI, "main.tsx"), style: join(UI, "style.css") },
    outdir: FOLDER,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    legalComments: "none",
    metafile: true,
    chunkNames: "[name]-[hash]",
    plugins: [others, late],
    inject: [shim("buffer.js")],
    alias: {
      bl: shim("bl.cjs"),
      buffer: shim("buffer.js"),
      debug: shim("debug.cjs"),
      events: shim("events.cjs"),
      "process-nextick-args": shim("next-tick.cjs"),
    },
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  const made = new Map(outputFiles.map(({ path, contents }) => [relative(FOLDER, path), contents]));
  made.set("index.html", readFileSync(join(UI, "index.html")));
  made.set("licenses.txt", Buffer.from(licensesOf(metafile)));
  mkdirSync(FOLDER, { recursive: true });
  // Only what is another: whoever is being served meanwhile does not see the difference.
  for (const [name, contents] of made) {
    const path = join(FOLDER, name);
    if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
  }
  for (const name of readdirSync(FOLDER)) if (!made.has(name)) rmSync(join(FOLDER, name));
  return firstLoad(metafile);
}

/** The licences of the packages that are in it, as they ask for. */
function licensesOf({ inputs }) {
  const names = new Set(
    Object.keys(inputs).flatMap((path) => /^node_modules\/((@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  return [...names]
    .sort()
    .map((name) => {
      const folder = join(ROOT, "node_modules", name);
      const file = readdirSync(folder).find((each) => /^licen[cs]e(\.|$)/i.test(each));
      if (file === undefined) throw new Error(`${name} comes without a licence`);
      const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(72)}\n\n`);
}

/** What a browser fetches before it has drawn anything: the page, its style, its script and what that imports at once. */
function firstLoad({ outputs }) {
  const files = new Set(["index.html", "style.css"]);
  const add = (path) => {
    files.add(path);
    for (const { path: next, kind } of outputs[`dist/page/${path}`].imports) {
      if (kind === "import-statement") add(next.replace(/^dist\/page\//, ""));
    }
  };
  add("main.js");
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(FOLDER, file)), { level: 9 }).length, 0);
}

const bytes = await buildPage();
console.log(`dist/page: the first load is ${(bytes / 1000).toFixed(1)} kB, gzipped`);
if (bytes > FIRST_LOAD_MOST) {
  console.error(`that is more than ${FIRST_LOAD_MOST / 1000} kB`);
  process.exitCode = 1;
}
if (process.argv.includes("--serve")) {
  const at = process.argv.indexOf("--port");
  const { url } = await servePage({ folder: FOLDER, port: at < 0 ? 0 : Number(process.argv[at + 1]) });
  console.log(`${url}  (Ctrl-C ends)`);
  const opener = { darwin: "open", win32: "explorer" }[process.platform] ?? "xdg-open";
  if (!process.argv.includes("--no-open")) spawn(opener, [url], { stdio: "ignore" }).on("error", () => {});
}
