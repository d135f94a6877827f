// `npm run mutation`: breaks the pure cores in small ways, one at a time, and counts how many of these mutants their tests
// notice. Prints what they do not, and writes the scores into docs/evidence/mutation.md.

import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CORES } from "../test/mutation/cores.js";
import { strykerOptions } from "../test/mutation/options.js";
import { countsOf, scoreOf, withRow } from "./mutation-table.js";

/** Least score of a core, per cent. */
const LEAST = 85;
/** What the longest tests do fewer of: a mutant meets them all. */
const BRIEF = { SIMKEY_KEYS: "1", SIMKEY_SCHEDULES: "40", SIMKEY_CUTS_EVERY: "37" };
const PAGE = new URL("../docs/evidence/mutation.md", import.meta.url);

/** Stryker, in an install of its own. */
const STRYKER = new URL("../test/mutation/stryker/", import.meta.url);
/** What npm writes last. */
const INSTALLED = new URL("node_modules/.package-lock.json", STRYKER);

const HELP = `npm run mutation [-- [options] [core | core/file …]]

  core        ${Object.keys(CORES).join(", ")}: all by default
  core/file   one file of it, e.g. mqtt/state: prints what survives, and leaves the table of docs/evidence/mutation.md alone

  --jobs N    test processes at a time (1 by default)
  --help

The exit code is 1 when a score is below ${LEAST} %. All mutants of a run, with the tests that noticed them, are in build/mutation/.`;

/** Stryker's class; the first time npm brings it. @throws Error that says what is missing */
async function stryker() {
  if (!existsSync(INSTALLED)) {
    console.log("Fetching Stryker (npm ci in test/mutation/stryker, some 50 MB, once) …");
    try {
      execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], {
        cwd: fileURLToPath(STRYKER),
        stdio: ["ignore", "ignore", "inherit"],
      });
    } catch {
      throw new Error("npm could not fetch Stryker: is the registry to be reached? Then run the same command again");
    }
  }
  const { Stryker } = await import(new URL("node_modules/@stryker-mutator/core/dist/src/index.js", STRYKER).href);
  return Stryker;
}

/** RSA key pairs by the names under which test/firmware/jwt/samples.ts looks for them: made once, not for each mutant. */
function rsaKeys() {
  const keyOf = (modulusLength) =>
    generateKeyPairSync("rsa", { modulusLength }).privateKey.export({ type: "pkcs8", format: "pem" });
  return Object.fromEntries([2048, 3072, 4096].map((bits) => [`SIMKEY_RSA_${bits}`, keyOf(bits)]));
}

/** What to run for one argument. */
function targetOf(argument) {
  const [name, file] = argument.split("/");
  const core = CORES[name];
  if (!core) throw new Error(`no core is called ${name}; there are: ${Object.keys(CORES).join(", ")}`);
  if (file === undefined) return { ...core, name, core: name };
  const files = core.files.map((glob) => glob.replace(/[^/]+$/, `${file}.ts`)).filter((path) => existsSync(path));
  if (files.length === 0) throw new Error(`the core ${name} has no ${file}.ts`);
  return { ...core, name: `${name}-${file}`, files, core: undefined };
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { jobs: { type: "string", default: "1" }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error("--jobs is a number of processes, 1 or more");
  const targets = (positionals.length > 0 ? positionals : Object.keys(CORES)).map(targetOf);
  Object.assign(process.env, BRIEF, rsaKeys());
  const Stryker = await stryker();
  let good = true;
  for (const { name, files, tests, core } of targets) {
    const mutants = await new Stryker(strykerOptions(name, files, tests, jobs)).runMutationTest();
    const counts = countsOf(mutants);
    good &&= scoreOf(counts) >= LEAST;
    console.log(`${name}: ${JSON.stringify(counts)}: ${scoreOf(counts).toFixed(1)} %`);
    if (core) writeFileSync(PAGE, withRow(readFileSync(PAGE, "utf8"), core, counts));
  }
  if (!good) console.error(`less than ${LEAST} % of a core's mutants were noticed`);
  process.exitCode = good ? 0 : 1;
}

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
