// `npm run build:lin`, `npm run build:esp32`, …: the firmware as the Moddable SDK builds it. Flags behind `--` go to
// mcconfig, but for --verbose, which shows all that its tools print.

import { buildTarget, finish, sdkEnvironment, TARGETS } from "./sdk.js";
import { Progress } from "./tool-run.js";

await finish(async () => {
  const [name, ...given] = process.argv.slice(2);
  if (!Object.hasOwn(TARGETS, name)) throw new Error(`what to build? one of ${Object.keys(TARGETS).join(", ")}`);
  const flags = given.filter((flag) => flag !== "--verbose");
  const verbose = flags.length < given.length || flags.includes("-v");
  sdkEnvironment(process.env, TARGETS[name]);
  const progress = new Progress(1);
  progress.begin(`building ${name}`);
  const folder = await buildTarget(name, process.env, { flags, verbose, progress });
  progress.end();
  console.log(folder);
});
