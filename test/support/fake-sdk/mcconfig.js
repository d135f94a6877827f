#!/usr/bin/env node
// Stands for the SDK's mcconfig, make and idf.py, as far as what they leave in their folder goes:
//
// - xsl adds the names it meets to those of `modules/mc.xsi`, and all of them are in the image (xs/tools/xsl.c). C that was
//   compiled with the numbers of these names is not compiled anew when they change (tools/mcconfig.js, generateObjectsRules).
// - A module that is there is not made anew when its source is another, older file; ar keeps what an archive has.
// - make.esp32.mk goes on when idf.py fails, and copies what is in its folder.
//
// FAKE_IDF=fail lets idf.py fail, FAKE_MCCONFIG=fail mcconfig.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { closureOf, modulesOf, readManifest } from "../../../scripts/manifests.js";

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

const modules = [...closureOf(root, normalize(manifest))].flatMap(([path, part]) => modulesOf(root, path, part));
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
const image = JSON.stringify({
  ...{ names, sources, numberedFor: readFileSync(join(tmp, "tls-xs.c.o"), "utf8") },
  ...{ archive: linesOf(archive), built: process.hrtime.bigint().toString() },
});
if (platform === "lin") put(join(bin, "mc.so"), image);
else {
  const project = join(tmp, `xsProj-${platform.split("/")[1] ?? "esp32"}/build`);
  if (process.env.FAKE_IDF === "fail")
    console.log("ninja: build stopped: subcommand failed.\nidf.py ended with code 2");
  else for (const name of ["xs_esp32.elf", "xs_esp32.bin"]) put(join(project, name), image);
  if (!existsSync(join(project, "xs_esp32.elf"))) process.exit(2);
  if (existsSync(join(project, "xs_esp32.bin")))
    put(join(bin, "xs_esp32.bin"), readFileSync(join(project, "xs_esp32.bin")));
}
