#!/usr/bin/env node
// Stands for the SDK's mcconfig, make and idf.py, as far as what they leave in their folder goes:
//
// - xsl adds the names it meets to those of `modules/mc.xsi`, and all of them are in the image (xs/tools/xsl.c). C that was
//   compiled with the numbers of these names is not compiled anew when they change (tools/mcconfig.js, generateObjectsRules).
// - A module that is there is not made anew when its source is another, older file; ar keeps what an archive has.
// - make.esp32.mk goes on when idf.py fails, and copies what is in its folder.
//
// FAKE_IDF=fail lets idf.py fail, FAKE_MCCONFIG=fail mcconfig.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { closureOf, modulesOf, readManifest } from "../../../scripts/manifests.js";
import { parsePartitions } from "../../../scripts/partitions.js";

/** Numbers of chips (esp_chip_id_t). */
const CHIPS = { esp32: 0, esp32c3: 5, esp32s3: 9 };
const flag = (name) => process.argv[process.argv.indexOf(name) + 1];
const [platform, out, goal] = [flag("-p"), flag("-o"), flag("-t")];
const kind = process.argv.includes("-d") ? "debug" : "release";
const root = process.cwd();
/** The root manifest only picks by platform. */
const given = relative(root, process.argv.at(-1));
const manifest = readManifest(root, given).platforms?.[platform]?.include ?? given;
const folder = (what) => join(out, what, platform === "lin" ? "lin/mc" : platform, kind, "simkey");
const [bin, tmp] = [folder("bin"), folder("tmp")];
const put = (path, text) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
const linesOf = (path) => (existsSync(path) ? readFileSync(path, "utf8").split("\n") : []);

console.log("# tsc main.ts");
console.log("### warning: firmware/main: not frozen");
if (process.env.FAKE_MCCONFIG === "fail") {
  console.error("main.ts(3,1): error TS2304: Cannot find name 'x'.");
  process.exit(2);
}
if (goal === "deploy") process.exit(existsSync(join(bin, "xs_esp32.bin")) ? 0 : 1);

const parts = [...closureOf(root, normalize(manifest))];
const modules = parts.flatMap(([path, part]) => modulesOf(root, path, part));
for (const { module, source } of modules) {
  const made = join(tmp, "modules", `${module}.xsb`);
  if (!existsSync(made)) put(made, String(source));
}
const symbols = join(tmp, "modules/mc.xsi");
const names = [...new Set([...linesOf(symbols), ...modules.map(({ module }) => module)])];
put(symbols, names.join("\n"));
if (!existsSync(join(tmp, "tls-xs.c.o"))) put(join(tmp, "tls-xs.c.o"), String(names.length));
const sources = modules.map(({ module }) => readFileSync(join(tmp, "modules", `${module}.xsb`), "utf8"));
const archive = join(bin, "xs.a");
put(archive, [...new Set([...linesOf(archive), ...modules.map(({ source }) => String(source))])].join("\n"));
const config = parts.reduceRight((all, [, { config = {} }]) => merged(all, config), {});
const image = JSON.stringify({
  ...{ names, sources, numberedFor: readFileSync(join(tmp, "tls-xs.c.o"), "utf8") },
  ...{ archive: linesOf(archive), built: process.hrtime.bigint().toString() },
  // What includes another has the last word.
  config,
});
if (platform === "lin") put(join(bin, "mc.so"), image);
else {
  const project = join(tmp, `xsProj-${platform.split("/")[1] ?? "esp32"}/build`);
  if (process.env.FAKE_IDF === "fail")
    console.log("ninja: build stopped: subcommand failed.\nidf.py ended with code 2");
  else for (const name of ["xs_esp32.elf", "xs_esp32.bin"]) put(join(project, name), chipImage(image, config));
  if (!existsSync(join(project, "xs_esp32.elf"))) process.exit(2);
  if (existsSync(join(project, "xs_esp32.bin")))
    put(join(bin, "xs_esp32.bin"), readFileSync(join(project, "xs_esp32.bin")));
  const [where, { build }] = parts.find(([, part]) => part.build?.PARTITIONS_FILE !== undefined);
  put(join(bin, "bootloader.bin"), "boot loader");
  put(join(bin, "ota_data_initial.bin"), "otadata");
  put(
    join(bin, "partition-table.bin"),
    tableOf(readFileSync(join(root, dirname(where), build.PARTITIONS_FILE), "utf8")),
  );
}

/**
 * An image of ESP-IDF's, as far as `simkey release` looks into it: its head, the release as a text of its own, and for an image
 * that can be updated as many bytes that cannot be packed as make several sectors of it.
 */
function chipImage(text, { simkey }) {
  const head = Buffer.alloc(24);
  head[0] = 0xe9;
  head[12] = CHIPS[platform.split("/")[1] ?? "esp32"];
  const { release } = simkey?.update ?? {};
  if (release === undefined) return Buffer.concat([head, Buffer.from(text)]);
  const code = Array.from({ length: 1000 }, (_, i) => createHash("sha256").update(`code ${i}`).digest("base64"));
  return Buffer.concat([head, Buffer.from(`\0${release}\0${code.join("")}\0`), Buffer.from(text)]);
}

/** Objects, one over the other. */
function merged(under, over) {
  const all = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const deep = typeof value === "object" && typeof all[name] === "object" && !Array.isArray(value);
    all[name] = deep ? merged(all[name], value) : value;
  }
  return all;
}

/** A partition table as ESP-IDF's gen_esp32part.py writes it. */
function tableOf(csv) {
  const kinds = { app: 0, data: 1, ota: 0, nvs: 2, ota_0: 0x10, ota_1: 0x11 };
  const bytes = Buffer.alloc(0xc00, 0xff);
  for (const [i, { name, type, subtype, offset, size }] of parsePartitions(csv).entries()) {
    bytes.fill(0, i * 32, i * 32 + 32);
    bytes.writeUInt16LE(0x50aa, i * 32);
    bytes[i * 32 + 2] = kinds[type];
    bytes[i * 32 + 3] = kinds[subtype] ?? Number(subtype);
    bytes.writeUInt32LE(offset, i * 32 + 4);
    bytes.writeUInt32LE(size, i * 32 + 8);
    bytes.write(name, i * 32 + 12);
  }
  return bytes;
}
