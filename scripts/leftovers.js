// What mcconfig and make leave in their folder, and would put into the next image:
//
// - xsl adds an image's names to those of the last one, in `modules/mc.xsi` (xs/tools/xsl.c): names of modules that are gone stay
//   in flash, 26 KB of noble's in an image without noble. It may not be taken away alone: C is compiled with the numbers of these
//   names, and not anew when they change (tools/mcconfig.js: what depends on mc.xs.c depends on its being there alone).
// - Make goes by times. A module that the manifest takes from another, older file stays what it was; so does what was
//   compiled with other `defines`, or configured with another sdkconfig.
// - make.esp32.mk goes on when idf.py has failed, and copies the image that is there.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closureOf } from "./manifests.js";

/** Parts of a manifest that are handed to xsl, or made a module of, at each build. */
const ALWAYS_ANEW = ["config", "preload"];
const RECIPE = "recipe.json";

/**
 * What an image is built by, besides sources and their settings, as text.
 * @param manifest its path from `root`
 * @param flags for mcconfig
 */
function recipeOf(root, manifest, platform, flags, { MODDABLE, IDF_PATH }) {
  const manifests = [...closureOf(root, manifest)].map(([path, parts]) => [
    path,
    Object.fromEntries(Object.entries(parts).filter(([name]) => !ALWAYS_ANEW.includes(name))),
  ]);
  return JSON.stringify({ platform, MODDABLE, IDF_PATH, flags, manifests });
}

/**
 * Makes a folder what an empty one would come to: all goes when the recipe has changed, else what is made anew at each build.
 * @param folders of mcconfig: `bin`, the result's; `tmp`, what it is made of; `engine`, XS's objects beside it
 * @param recipe see `recipeOf`
 */
function forget({ bin, tmp, engine }, recipe) {
  rmSync(bin, { recursive: true, force: true });
  const note = join(tmp, RECIPE);
  if (!existsSync(note) || readFileSync(note, "utf8") !== recipe) {
    for (const folder of [tmp, engine]) rmSync(folder, { recursive: true, force: true });
    mkdirSync(tmp, { recursive: true });
    writeFileSync(note, recipe);
    return;
  }
  for (const name of readdirSync(tmp)) {
    if (/^mc\.(xs|resources)\.|\.o$/.test(name)) rmSync(join(tmp, name));
    if (name.startsWith("xsProj-")) forgetProgram(join(tmp, name, "build"));
  }
  rmSync(join(tmp, "modules/mc.xsi"), { force: true });
}

/** Takes away what ESP-IDF linked: its name is always the same, and `.bin_timestamp` says that the image is there. */
function forgetProgram(folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (/^xs_.*\.(elf|bin|map|a)$|^\.bin_timestamp$/.test(name)) rmSync(join(folder, name));
  }
}

export { forget, recipeOf };
