// Before a project's tests: a Node that reads no TypeScript finds none of them, and says that all zero have passed.

import { missingTypeScript } from "../dist/host-sim/cli/parts/typescript.js";

const missing = missingTypeScript();
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  process.exitCode = 1;
}
