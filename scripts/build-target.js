// `npm run build:lin`, `npm run build:esp32`, …: the firmware as the Moddable SDK builds it. Flags behind `--` go to
// mcconfig, but for --verbose, which shows all that its tools print, and --project FOLDER, which builds a project's app into it:
// `simkey build` calls it so.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { environmentFor, manifestOf } from "./project-manifest.js";
import { appOf, buildTarget, finish, ROOT, sdkEnvironment, TARGETS } from "./sdk.js";
import { Progress } from "./tool-run.js";

await finish(async () => {
  const [name, ...given] = process.argv.slice(2);
  if (!Object.hasOwn(TARGETS, name)) throw new Error(`what to build? one of ${Object.keys(TARGETS).join(", ")}`);
  const at = given.indexOf("--project");
  const folder = at < 0 ? undefined : resolve(given[at + 1]);
  const rest = at < 0 ? given : given.toSpliced(at, 2);
  const flags = rest.filter((flag) => flag !== "--verbose");
  const verbose = flags.length < rest.length || flags.includes("-v");
  const env = environmentFor(folder);
  sdkEnvironment(env, TARGETS[name]);
  const project = folder && (await manifestOf(name, folder));
  const progress = new Progress(1);
  progress.begin(`building ${name}`);
  const out = await buildTarget(name, env, { flags, verbose, progress, project });
  progress.end();
  console.log(out);
  const app = appOf(project?.root ?? ROOT, name);
  if (existsSync(app)) console.log(app);
});
