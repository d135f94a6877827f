// `npm run build`: compiles what has changed, and says so where somebody would wonder what he waits for.

import { spawn } from "node:child_process";

/** So long nobody wonders, in milliseconds. */
const PATIENCE_MS = 1_000;

const began = performance.now();
let told = false;
const telling = setTimeout(() => {
  told = true;
  console.error("Compiling (tsc -b): half a minute the first time, then what has changed …");
}, PATIENCE_MS);
// npm puts the project's own programs first.
const child = spawn("tsc", ["-b"], { stdio: "inherit", shell: process.platform === "win32" });
child.once("error", (error) => {
  clearTimeout(telling);
  console.error(`tsc cannot be started: ${error.message}; npm install brings it`);
  process.exitCode = 1;
});
child.once("close", (code) => {
  clearTimeout(telling);
  if (told && code === 0) console.error(`Compiled in ${Math.round((performance.now() - began) / 1_000)} s.`);
  process.exitCode = code ?? 1;
});
