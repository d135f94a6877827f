// `npm run build:lin`, `npm run build:esp32`, …: the firmware as the Moddable SDK builds it. Flags behind `--` go to mcconfig.

import { buildTarget, finish, TARGETS } from "./sdk.js";

await finish(async () => {
  const [name, ...flags] = process.argv.slice(2);
  if (!Object.hasOwn(TARGETS, name)) throw new Error(`what to build? one of ${Object.keys(TARGETS).join(", ")}`);
  console.log(await buildTarget(name, process.env, flags));
});
