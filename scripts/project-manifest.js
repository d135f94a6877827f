// The manifest of a project's image, which `simkey build` makes: the board's, the app's, the project's own, and what its
// `simkey.json` says.

import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { ROOT, TARGETS } from "./sdk.js";
import { Missing } from "./tool-run.js";

/** Where it is written, from the project's folder. */
const MADE = "build/simkey";

/**
 * Writes the manifest of a project's image: the board's, the app's, the project's own, and what `simkey.json` says.
 * @param name of what is built, see TARGETS
 * @returns `root`, the project's folder, and the manifest's path from there, as `buildTarget` takes them; its settings
 * @throws Missing where no project is; UsageError for one that is wrong
 */
export async function manifestOf(name, folder) {
  const { projectIn } = await import("../dist/host-sim/cli/parts/project.js");
  const project = projectIn(folder);
  if (project === undefined) throw new Missing(`no simkey.json is in ${folder}: simkey new NAME makes a project`);
  const { cloud, settings, update, world } = project;
  const onLin = name === "lin" && world !== undefined;
  const clouds = cloud === undefined || name === "lin" ? [] : cloudManifests(cloud);
  const ours = [
    TARGETS[name].manifest,
    "manifests/app/manifest.json",
    ...(onLin ? ["manifests/app/lin.json"] : []),
    // Where it stands behind the board's its larger block counts; platform lin has no block.
    ...(update && name !== "lin" ? ["manifests/updates.json"] : []),
    ...clouds,
  ];
  const place = join(folder, MADE);
  const manifest = {
    include: [...ours.map((path) => relative(place, join(ROOT, path))), relative(place, join(folder, "manifest.json"))],
    // Platform lin has no board: the project's world is simulated there too.
    ...(onLin && { modules: { world: relative(place, world).replace(/\.[jt]s$/, "") } }),
    config: { simkey: { settings, ...(cloud && { cloud }), ...(update && { update }) } },
  };
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "manifest.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return { root: folder, manifest: join(MADE, "manifest.json"), settings };
}

/** The environment to build a project in: mcconfig calls the TypeScript compiler by its name, and a package has none. */
export function environmentFor(folder, env = process.env) {
  return folder === undefined ? env : { ...env, PATH: [join(folder, "node_modules/.bin"), env.PATH].join(delimiter) };
}

/** What an image includes for a cloud that is not the boards' own: its modules, and those of the device's key. */
function cloudManifests({ name, alg = "ES256", signer }) {
  const key = [alg.toLowerCase(), signer].filter((part) => part !== undefined).join("-");
  return name === "1nce" ? [] : [`manifests/clouds/${name}.json`, `manifests/keys/${key}.json`];
}
