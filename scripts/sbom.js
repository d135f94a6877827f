// `npm run sbom`: two software bills of materials, CycloneDX 1.6, of what reaches a chip and of what runs on a desk. They say the
// same each time: from the manifests, package.json and the lock file, with no day in them but SOURCE_DATE_EPOCH's.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { closureOf, manifestPaths, modulesOf } from "./manifests.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = "build/sbom";
const HELP = `Usage: npm run sbom [-- options]

Writes chip.cdx.json and desk.cdx.json, CycloneDX 1.6.

  --out FOLDER   where (default: ${OUT})
  --tools        the desk's with what builds and tests the firmware too, as excluded
`;

/**
 * What is linked into an image beside the firmware, as the SDK 8.2.3 and ESP-IDF v6.0 have it. Whoever builds with others
 * changes it: the image is theirs.
 */
const LINKED = [
  {
    ...{ name: "moddable", version: "8.2.3", licenses: ["LGPL-3.0-or-later"], supplier: "Moddable Tech, Inc." },
    description: "the XS engine and the SDK's modules: timers, IO, storage",
    purl: "pkg:github/Moddable-OpenSource/moddable@8.2.3",
  },
  {
    ...{
      name: "esp-idf",
      version: "v6.0",
      licenses: ["Apache-2.0"],
      supplier: "Espressif Systems (Shanghai) Co., Ltd.",
    },
    description: "drivers, boot loader, NVS, start of the chip",
    purl: "pkg:github/espressif/esp-idf@v6.0",
    needs: ["mbedtls", "tf-psa-crypto", "freertos-kernel", "newlib", "tlsf"],
  },
  {
    ...{ name: "mbedtls", version: "4.0.0", licenses: ["Apache-2.0"], supplier: "Arm Limited" },
    description: "TLS and X.509, as a submodule of ESP-IDF",
    purl: "pkg:github/Mbed-TLS/mbedtls@mbedtls-4.0.0",
    needs: ["tf-psa-crypto"],
  },
  {
    ...{ name: "tf-psa-crypto", version: "1.0.0", licenses: ["Apache-2.0"], supplier: "Arm Limited" },
    description: "cryptography under mbedTLS, as a submodule of it",
    purl: "pkg:github/Mbed-TLS/TF-PSA-Crypto@tf-psa-crypto-1.0.0",
  },
  {
    ...{ name: "freertos-kernel", version: "10.5.1", licenses: ["MIT"], supplier: "Amazon.com, Inc." },
    description: "the scheduler, as a part of ESP-IDF",
    purl: "pkg:github/FreeRTOS/FreeRTOS-Kernel@V10.5.1",
  },
  {
    ...{ name: "newlib", version: "4.5.0", licenses: ["BSD-3-Clause"], supplier: "Red Hat, Inc." },
    description: "the C library of Espressif's compiler, which the SDK's sdkconfig chooses",
    purl: "pkg:generic/newlib@4.5.0",
  },
  {
    ...{ name: "tlsf", version: "3.1", licenses: ["BSD-3-Clause"], supplier: "Matthew Conte" },
    description: "the heap's allocator, as a submodule of ESP-IDF",
    purl: "pkg:github/espressif/tlsf@3.1",
  },
];

const json = (root, path) => JSON.parse(readFileSync(join(root, path), "utf8"));
const byRef = (a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1);

/** A licence as CycloneDX has it: an id of SPDX, or an expression. */
const licensesOf = (license) =>
  license === undefined ? undefined : /\s/.test(license) ? [{ expression: license }] : [{ license: { id: license } }];

/** The hash in a lock file's `integrity`. */
function hashesOf(integrity) {
  const [, base64] = /^sha512-([A-Za-z0-9+/=]+)$/.exec(integrity ?? "") ?? [];
  return base64 && [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }];
}

const purlOf = (name, version) => `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;

/** Takes away what is undefined: JSON would leave it out, an object in a test would not. */
const tidy = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

const PLACE = "node_modules/";
/** A package's name: that of its place, unless it lies under another. */
const nameOf = (path, { name }) => name ?? path.slice(path.lastIndexOf(PLACE) + PLACE.length);

/** A package of the lock file. @param scope of CycloneDX */
function packageOf(path, locked, scope) {
  const { version, license, integrity, optional } = locked;
  const name = nameOf(path, locked);
  const [group, plain] = name.startsWith("@") ? name.split("/") : [undefined, name];
  const purl = purlOf(name, version);
  return tidy({
    type: "library",
    // One name and version may lie in several places.
    "bom-ref": purl,
    group,
    name: plain,
    version,
    scope: scope ?? (optional ? "optional" : "required"),
    hashes: hashesOf(integrity),
    licenses: licensesOf(license),
    purl,
  });
}

/** Where a package that another one asks for lies: as Node looks for it. */
function found(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
    const path = `${at === "" ? "" : `${at}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (at === "") return undefined;
  }
}

/** The graph of some packages, by their places. */
function graphOf(packages, paths) {
  const refOf = (path) => purlOf(nameOf(path, packages[path]), packages[path].version);
  const graph = new Map();
  for (const path of paths) {
    const { dependencies = {}, optionalDependencies = {} } = packages[path];
    const needed = Object.keys({ ...dependencies, ...optionalDependencies })
      .map((name) => found(packages, path, name))
      .filter((each) => each !== undefined && paths.includes(each));
    const ref = refOf(path);
    const all = new Set([...(graph.get(ref) ?? []), ...needed.map(refOf)]);
    graph.set(ref, [...all].sort());
  }
  return graph;
}

const dependenciesOf = (graph) =>
  [...graph].map(([ref, dependsOn]) => ({ ref, dependsOn })).sort((a, b) => (a.ref < b.ref ? -1 : 1));

/** What both have. @param type of the thing that is described */
function documentOf({ root, env, type, description, components, graph, direct }) {
  const { name, version, license } = json(root, "package.json");
  const { SOURCE_DATE_EPOCH: seconds } = env;
  const ref = `${name}@${version}#${type}`;
  const unique = [...new Map(components.map((each) => [each["bom-ref"], each])).values()].sort(byRef);
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: tidy({
      timestamp: seconds === undefined ? undefined : new Date(Number(seconds) * 1000).toISOString(),
      component: { type, "bom-ref": ref, name, version, description, licenses: licensesOf(license) },
    }),
    components: unique,
    dependencies: [{ ref, dependsOn: [...new Set(direct)].sort() }, ...dependenciesOf(graph)],
  };
}

/** The npm packages that some image holds: those that a manifest maps, by way of build/noble or node_modules. */
function packagesInImages(root) {
  const sources = manifestPaths(root)
    .filter((path) => path !== "moddable.json")
    .flatMap((path) => [...closureOf(root, path)].flatMap(([where, part]) => modulesOf(root, where, part)))
    .map(({ pattern }) => /(?:build\/noble|node_modules)\/((?:@[^/]+\/)?[^/]+)\//.exec(pattern)?.[1]);
  return [...new Set(sources.filter((name) => name !== undefined))].sort();
}

/** What reaches a chip. @param env where SOURCE_DATE_EPOCH may be */
export function chipBom(root = ROOT, env = process.env) {
  const { packages } = json(root, "package-lock.json");
  const linked = LINKED.map(({ licenses: [id], supplier, needs: _, ...rest }) => ({
    ...{ type: "library", "bom-ref": rest.purl, ...rest, scope: "required" },
    ...{ supplier: { name: supplier }, licenses: licensesOf(id) },
  }));
  const paths = packagesInImages(root).map((name) => `node_modules/${name}`);
  // Only in the image of a device with a key of its own.
  const npm = paths.map((path) => packageOf(path, packages[path], "optional"));
  const refOf = (name) => LINKED.find((each) => each.name === name).purl;
  const graph = new Map([
    ...LINKED.map(({ purl, needs = [] }) => [purl, needs.map(refOf).sort()]),
    ...graphOf(packages, paths),
  ]);
  return documentOf({
    ...{ root, env, type: "firmware", description: "the firmware as it lies in a chip's flash", graph },
    components: [...linked, ...npm],
    direct: [refOf("moddable"), refOf("esp-idf"), refOf("mbedtls"), ...npm.map((each) => each["bom-ref"])],
  });
}

/** What runs on a desk. @param tools whether what builds and tests it is listed too */
export function deskBom(root = ROOT, env = process.env, tools = false) {
  const { packages } = json(root, "package-lock.json");
  const { dependencies = {}, peerDependencies = {} } = json(root, "package.json");
  const direct = Object.keys({ ...dependencies, ...peerDependencies }).map((name) => `node_modules/${name}`);
  const runs = reachable(packages, direct);
  const all = tools ? Object.keys(packages).filter((path) => path !== "") : runs;
  const peers = reachable(
    packages,
    Object.keys(peerDependencies).map((name) => `node_modules/${name}`),
  );
  const own = reachable(
    packages,
    Object.keys(dependencies).map((name) => `node_modules/${name}`),
  );
  const scopeOf = (path) => (own.includes(path) ? "required" : peers.includes(path) ? "optional" : "excluded");
  return documentOf({
    ...{
      root,
      env,
      type: "application",
      description: "the simulated desk and the command simkey",
      graph: graphOf(packages, all),
    },
    components: all.map((path) => packageOf(path, packages[path], scopeOf(path))),
    direct: direct.map((path) => packageOf(path, packages[path])["bom-ref"]),
  });
}

/** All places that some lead to, themselves among them. */
function reachable(packages, from) {
  const seen = new Set();
  const open = [...from];
  while (open.length > 0) {
    const path = open.pop();
    if (seen.has(path) || packages[path] === undefined) continue;
    seen.add(path);
    const { dependencies = {}, optionalDependencies = {} } = packages[path];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const next = found(packages, path, name);
      if (next !== undefined) open.push(next);
    }
  }
  return [...seen].sort();
}

function main() {
  const options = {
    ...{ out: { type: "string", default: join(ROOT, OUT) }, tools: { type: "boolean", default: false } },
    help: { type: "boolean", default: false },
  };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    process.stderr.write(`simkey: ${error.message}\n`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const documents = { "chip.cdx.json": chipBom(), "desk.cdx.json": deskBom(ROOT, process.env, values.tools) };
  for (const [name, document] of Object.entries(documents)) {
    writeFileSync(join(out, name), `${JSON.stringify(document, undefined, 2)}\n`);
    process.stdout.write(`${join(out, name)}: ${document.components.length} components\n`);
  }
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
