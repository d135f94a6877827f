// `npm run test:qemu`: the journeys of an emulated ESP32-C3, one after the other. Where a tool is missing none is run, and
// each is named as one that nobody has seen.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { JOURNEYS, peaksOf } from "./qemu/journeys.js";
import { checkQemu } from "./qemu/machine.js";
import { sdkEnvironment, TARGETS } from "./sdk.js";

const START = fileURLToPath(new URL("start-qemu.js", import.meta.url));
const HELP = `Usage: npm run test:qemu [-- options]

Runs the journeys of an emulated ESP32-C3, and tells the peaks of memory of each. Where the Moddable SDK, ESP-IDF or
Espressif's QEMU is missing it says so, and which journeys were not run; with SIMKEY_REQUIRE_PEERS=1 that is a failure.

  --only NAME    this journey alone; repeat for more
  --log FOLDER   keep what each said there, as JSON lines

Journeys:
${Object.entries(JOURNEYS)
  .map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`)
  .join("\n")}
`;

/** What is missing for all of them, as one line; undefined: nothing. */
function missing(env) {
  try {
    checkQemu(env.PATH);
    sdkEnvironment(env, TARGETS.esp32c3);
    return undefined;
  } catch (error) {
    return error.message;
  }
}

/** Runs one. @returns its lines, its code, and what it said beside them */
async function run(args) {
  const child = spawn(process.execPath, [START, "--json", "--report", "memory", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((done) => child.on("close", done));
  let said = "";
  child.stderr.on("data", (bytes) => {
    said = `${said}${bytes}`.slice(-2000);
  });
  const lines = [];
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith("{")) lines.push(JSON.parse(line));
  return { lines, code: await ended, said };
}

/** What is wrong with a run, as sentences. */
function faultsOf({ lines, code, said }, journey) {
  const last = lines.at(-1);
  if (last?.event !== "summary") return [said.trim().split("\n").at(-1) || `it ended with code ${code}`];
  return last.ok ? journey.faults(lines) : [last.reason];
}

const options = {
  ...{ only: { type: "string", multiple: true, default: [] }, log: { type: "string" } },
  help: { type: "boolean", default: false },
};

async function main() {
  const { values } = parseArgs({ options });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = values.only.find((name) => !Object.hasOwn(JOURNEYS, name));
  if (unknown !== undefined)
    throw new Error(`--only ${unknown} is no journey; known: ${Object.keys(JOURNEYS).join(", ")}`);
  const chosen = Object.entries(JOURNEYS).filter(([name]) => values.only.length === 0 || values.only.includes(name));
  const lacking = missing(process.env);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const folder = mkdtempSync(join(tmpdir(), "simkey-journeys-"));
  const tell = (text) => process.stdout.write(`${text}\n`);
  try {
    for (const [name, journey] of chosen) {
      if (lacking !== undefined) {
        counts.skipped++;
        tell(`not run  ${name}: ${journey.what}`);
        continue;
      }
      const began = performance.now();
      const kept = journey.state === undefined ? [] : ["--state", join(folder, `${journey.state}.bin`)];
      const ended = await run([...journey.args, ...kept]);
      if (values.log !== undefined) keepLog(values.log, name, ended.lines);
      const faults = faultsOf(ended, journey);
      counts[faults.length === 0 ? "passed" : "failed"]++;
      const seconds = Math.round((performance.now() - began) / 1000);
      tell(
        `${faults.length === 0 ? "ok      " : "FAILED  "} ${name}, ${seconds} s: ${[journey.what, ...faults].join("; ")}`,
      );
      const peaks = peaksOf(ended.lines);
      if (peaks) tell(`         ${JSON.stringify(peaks)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (lacking !== undefined) tell(`Nobody has seen these here: ${lacking}`);
  tell(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed > 0 || (counts.skipped > 0 && process.env.SIMKEY_REQUIRE_PEERS === "1") ? 1 : 0;
}

function keepLog(folder, name, lines) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`simkey: ${error.message}\n`);
  process.exitCode = 2;
}
