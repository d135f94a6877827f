// `npm run check:manifests`: verifies the Moddable manifests without the SDK. With --write it renews the lists of preloaded
// modules first, which mcconfig wants one by one.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { allClouds, loadedBy } from "./clouds.js";
import { componentFaults, settingFaults } from "./idf-needs.js";
import {
  closureOf,
  firmwareFiles,
  importsOf,
  includesOf,
  laterImportsOf,
  loadedWith,
  manifestPaths,
  modulesOf,
  readManifest,
} from "./manifests.js";
import { writeNoble } from "./noble-for-flash.js";
import { checkPartitions, parsePartitions } from "./partitions.js";
import { regExpsOf } from "./preloadable.js";

/**
 * What is preloaded into flash: all that is loaded with these modules, listed by the manifest that maps them. Left out is
 * what opens something of the system as it loads (files on lin).
 */
const PRELOADED = {
  "manifests/firmware.json": [
    "firmware/clouds.ts",
    "firmware/compose.ts",
    "firmware/cloud/cloud.ts",
    "firmware/cloud/mqtt-uplink.ts",
    "firmware/platform/moddable/clock.ts",
    "firmware/platform/moddable/random.ts",
    "firmware/platform/moddable/tls-session.ts",
    "firmware/platform/native/tls/stream.ts",
    "firmware/update/formats/deflate.ts",
    "firmware/update/formats/delta.ts",
    "firmware/update/runner.ts",
  ],
  "manifests/clouds/1nce.json": ["firmware/cloud/1nce-aws/cloud.ts"],
  "manifests/clouds/clearblade.json": ["firmware/cloud/clearblade/cloud.ts"],
  "manifests/clouds/google.json": ["firmware/cloud/google/cloud.ts"],
  "manifests/clouds/jwt.json": ["firmware/cloud/jwt-broker/cloud.ts"],
  "manifests/keys/common.json": [
    "firmware/cloud/own-key/profile.ts",
    "firmware/jwt/device-key.ts",
    "firmware/jwt/pkcs8.ts",
  ],
  "manifests/keys/es256.json": ["firmware/cloud/own-key/es256.ts"],
  "manifests/keys/es256-mbedtls.json": ["firmware/platform/moddable/mbedtls/key.ts"],
  "manifests/keys/rs256.json": ["firmware/cloud/own-key/rs256.ts"],
  "manifests/app/manifest.json": ["firmware/sensors/sht3x.ts"],
  "manifests/esp32/manifest.json": ["firmware/main.ts"],
  "manifests/desk/memory.json": ["firmware/platform/moddable/memory/report.ts"],
  "manifests/lin/manifest.json": ["firmware/platform/moddable/lin/serial.ts"],
};

/** Sources that no manifest names: the program that runs an app on lin. */
const NOT_FOR_MCCONFIG = ["firmware/platform/native/lin/runner.c"];

/** Files of settings that every board repeats, because mcconfig takes one folder only. */
const COMMON_SDKCONFIG = "manifests/esp32/sdkconfig/sdkconfig.defaults";
/** What a board decides for itself. */
const BOARD_DECIDES = /^CONFIG_ESP_CONSOLE_/;

/** Modules that are not laid out as the files of firmware/: noble's, and those that an app imports. */
const OTHERS = /^(@|simkey-firmware)/;

/** What only a desk's image may say or hold: see manifests/desk. */
const DESK_ONLY =
  /^(manifests\/desk\/|firmware\/platform\/native\/(desk|memory)\/|firmware\/platform\/moddable\/memory\/)/;

/** The lists of preloaded modules as they should be, by manifest. */
function preloads(root) {
  return Object.entries(PRELOADED).map(([path, entries]) => {
    const others = ["manifests/firmware.json", ...closureOf(root, path).keys()].filter((each) => each !== path);
    const elsewhere = loadedWith(
      root,
      others.flatMap((each) => PRELOADED[each] ?? []),
    );
    const own = loadedWith(root, entries).filter((name) => !elsewhere.includes(name));
    const foreign = modulesOf(root, path, readManifest(root, path)).map(({ module }) => module);
    return [path, [...own, ...foreign.filter((name) => OTHERS.test(name)).sort()]];
  });
}

/** What is wrong with the manifests below `root`, one line each. */
export async function faultsOf(root) {
  const faults = [];
  writeNoble(root);
  const manifests = manifestPaths(root).map((path) => [path, readManifest(root, path)]);
  const modules = manifests.flatMap(([path, manifest]) =>
    modulesOf(root, path, manifest).map((module) => ({ ...module, path })),
  );

  for (const [path, manifest] of manifests) {
    for (const include of includesOf(path, manifest)) {
      if (!existsSync(join(root, include))) faults.push(`${path} includes ${include}, which is not there`);
    }
  }
  for (const { path, source, pattern } of modules) {
    if (source === undefined) faults.push(`${path} maps ${pattern}, which is not there`);
  }

  const named = new Map(modules.map(({ source, module }) => [source, module]));
  for (const file of firmwareFiles(root)) {
    if (!named.has(file) && !NOT_FOR_MCCONFIG.includes(file)) faults.push(`no manifest names ${file}`);
  }
  for (const [source, module] of named) {
    // A relative import finds its module only if the modules' names are laid out as the files are.
    if (source?.endsWith(".ts") && module !== source.replace(/\.ts$/, ""))
      faults.push(`${source} is mapped to ${module}`);
  }

  const known = new Set(modules.map(({ module }) => module));
  for (const { module, source } of modules) {
    if (source === undefined || !/\.[jt]s$/.test(source)) continue;
    for (const name of importsOf(root, source)) {
      const wanted = moduleOf(name, module);
      if (wanted !== undefined && !known.has(wanted))
        faults.push(`${module} imports ${wanted}, which no manifest maps`);
    }
  }

  for (const [path, expected] of preloads(root)) {
    const listed = readManifest(root, path).preload ?? [];
    if (expected.join() !== listed.join())
      faults.push(`${path}: the list of preloaded modules is out of date; run with --write`);
    for (const name of expected.filter((each) => !OTHERS.test(each))) {
      for (const literal of regExpsOf(join(root, `${name}.ts`))) {
        faults.push(`${name} is preloaded and makes ${literal} as it loads: let a function make it`);
      }
    }
  }

  faults.push(...laterFaults(root), ...(await boardFaults(root, manifests)));
  // What several manifests map is looked at for each.
  return [...new Set(faults)];
}

/** Modules that the firmware loads when it needs them, and that no manifest puts into flash: they would lie in RAM then. */
function laterFaults(root) {
  const preloaded = new Set(manifestPaths(root).flatMap((path) => readManifest(root, path).preload ?? []));
  return firmwareFiles(root)
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => laterImportsOf(root, file).map((name) => [file, moduleOf(name, file)]))
    .filter(([, module]) => !preloaded.has(module))
    .map(
      ([file, module]) =>
        `${file} loads ${module} when it needs it, and no manifest preloads that: it would lie in RAM`,
    );
}

/** The module that an import leads to, by name; undefined for one of the SDK's. */
function moduleOf(name, from) {
  const bare = name.replace(/\.js$/, "");
  if (name.startsWith(".")) return normalize(join(dirname(from), bare));
  return name.startsWith("@") ? bare : undefined;
}

/** What is wrong with the clouds of an image, which is to hold what its build names, and nothing of another cloud. */
async function cloudFaults(path, cloud, known) {
  const { CLOUDS, DEFAULT_CLOUD } = await import("../dist/firmware/clouds.js");
  const name = cloud?.name ?? DEFAULT_CLOUD;
  if (!Object.hasOwn(CLOUDS, name)) return [`${path}: no cloud "${name}" in firmware/clouds.ts`];
  const wanted = await loadedBy(name, cloud?.alg, cloud?.signer);
  const held = (await allClouds()).filter((module) => known.includes(module));
  return [
    ...wanted
      .filter((module) => !held.includes(module))
      .map((module) => `${path}: its cloud ${name} loads ${module}, which it does not include`),
    ...held
      .filter((module) => !wanted.includes(module))
      .map((module) => `${path}: it includes ${module}, which its cloud ${name} does not load`),
  ];
}

/** What of a desk's is in a board's image, as `[path, manifest]` of all its manifests. */
function deskFaults(root, path, all) {
  const said = all.filter(
    ([, { config }]) => config?.simkey?.desk !== undefined || config?.simkey?.report !== undefined,
  );
  const held = all.flatMap(([where, part]) => [where, ...modulesOf(root, where, part).map(({ source }) => source)]);
  return [
    ...said.map(([where]) => `${path}: ${where} says that it is a desk's`),
    ...held.filter((each) => DESK_ONLY.test(each)).map((each) => `${path}: it holds ${each}, which is a desk's`),
  ];
}

/** What is wrong with the boards: their names, main modules, clouds, partitions and sdkconfig. */
async function boardFaults(root, manifests) {
  const faults = [];
  const { BOARDS } = await import("../dist/firmware/modem/boards.js");
  const { LAYOUTS } = await import("../dist/host-sim/update/layouts.js");
  const common = settingsOf(root, COMMON_SDKCONFIG);
  for (const [path, manifest] of manifests) {
    const board = manifest.config?.simkey?.board;
    if (board === undefined) continue;
    if (!Object.hasOwn(BOARDS, board)) faults.push(`${path}: no board "${board}" in firmware/modem/boards.ts`);
    const all = [...closureOf(root, path)];
    const main = all.map(([, { creation }]) => creation?.main).find(Boolean);
    const known = all.flatMap(([where, part]) => modulesOf(root, where, part)).map(({ module }) => module);
    faults.push(...(await cloudFaults(path, manifest.config.simkey.cloud, known)));
    if (!known.includes(main)) faults.push(`${path}: its main module ${main} is not mapped`);
    faults.push(...deskFaults(root, path, all), ...componentFaults(root, path, all));
    const settings = settingsOf(
      root,
      join(normalize(join(dirname(path), manifest.build.SDKCONFIGPATH)), basename(COMMON_SDKCONFIG)),
    );
    for (const [name, value] of common) {
      if (!BOARD_DECIDES.test(name) && settings.get(name) !== value)
        faults.push(`${path}: its sdkconfig lacks ${name}=${value}`);
    }
    faults.push(...settingFaults(path, settings));
  }
  const table = readFileSync(join(root, "manifests/esp32/partitions.csv"), "utf8");
  // What a release is told of the slots.
  const { slotBytes } = LAYOUTS["4m"];
  const slots = parsePartitions(table).filter(({ name, size }) => name.startsWith("ota_") && size !== slotBytes);
  return [
    ...faults,
    ...[
      ...checkPartitions(table),
      ...slots.map(({ name }) => `${name} has not the ${slotBytes} bytes of layout 4m`),
    ].map((fault) => `manifests/esp32/partitions.csv: ${fault}`),
  ];
}

/** Settings of an sdkconfig file, by name. */
function settingsOf(root, path) {
  const lines = readFileSync(join(root, path), "utf8").split("\n");
  return new Map(lines.filter((line) => line.startsWith("CONFIG_")).map((line) => line.split("=", 2)));
}

/** Renews the lists of preloaded modules. */
function write(root) {
  writeNoble(root);
  for (const [path, preload] of preloads(root)) {
    const manifest = readManifest(root, path);
    if (preload.join() === (manifest.preload ?? []).join()) continue;
    writeFileSync(join(root, path), `${JSON.stringify({ ...manifest, preload }, null, 2)}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..");
  if (process.argv.includes("--write")) write(root);
  const faults = await faultsOf(root);
  for (const fault of faults) console.error(`check:manifests: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
