// The Moddable SDK on this machine: where it is, and what is missing if it is not. Nothing here fetches or builds it.

import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isOnPath, missingTool } from "./build-tools.js";
import { forget, recipeOf } from "./leftovers.js";
import { Missing, run } from "./tool-run.js";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What can be built: the SDK's platform, the manifest, and whether ESP-IDF is needed. */
export const TARGETS = {
  lin: { platform: "lin", manifest: "moddable.json", idf: false },
  esp32: { platform: "esp32", manifest: "moddable.json", idf: true },
  esp32c3: { platform: "esp32/esp32c3", manifest: "moddable.json", idf: true },
  "lilygo-t-sim7080g-s3": { platform: "esp32/esp32s3", manifest: "moddable.json", idf: true },
  "m5stack-catm": { platform: "esp32", manifest: "manifests/boards/m5stack-catm/manifest.json", idf: true },
};

/** The SDK's word for the machine that it runs on. */
const HOST = process.platform === "darwin" ? "mac" : "lin";
const SDK_HINT =
  "install the Moddable SDK (https://github.com/Moddable-OpenSource/moddable, or `xs-dev setup`), build its tools, and set MODDABLE to its folder";

/**
 * The environment to run the SDK's tools in.
 * @param target what is to be built, see TARGETS
 * @throws Missing
 */
export function sdkEnvironment(env, { platform, idf }) {
  const { MODDABLE, IDF_PATH } = env;
  if (!MODDABLE) throw new Missing(`MODDABLE is not set: ${SDK_HINT}`);
  const tools = join(MODDABLE, "build/bin", HOST, "release");
  if (!existsSync(join(MODDABLE, "xs")))
    throw new Missing(`MODDABLE is ${MODDABLE}, where no Moddable SDK is: ${SDK_HINT}`);
  if (!existsSync(join(tools, "mcconfig"))) {
    throw new Missing(`the SDK's tools are not built (${join(tools, "mcconfig")}): see its Getting Started`);
  }
  if (idf && !IDF_PATH) {
    throw new Missing(
      "IDF_PATH is not set: install ESP-IDF v6.0 as the SDK's guide for ESP32 says, and run its export.sh",
    );
  }
  if (idf && !existsSync(join(IDF_PATH, "components/mbedtls/mbedtls/include"))) {
    throw new Missing(`IDF_PATH is ${IDF_PATH}, where no whole ESP-IDF is: its submodules are needed too`);
  }
  if (idf && !isOnPath("idf.py", env.PATH) && !existsSync(join(IDF_PATH, "export.sh"))) {
    throw new Missing(`IDF_PATH is ${IDF_PATH}, where no export.sh is: idf.py cannot be found`);
  }
  const missing = missingTool(platform, env.PATH);
  if (missing !== undefined) throw new Missing(missing);
  // mcconfig calls the TypeScript compiler by its name.
  const path = [join(ROOT, "node_modules/.bin"), tools, env.PATH].join(delimiter);
  return { ...env, PATH: path };
}

/**
 * Day of the build in UTC, which the firmware takes for the earliest time there can be.
 * @param env where SOURCE_DATE_EPOCH, seconds since 1970, may name another
 */
export function buildDay({ SOURCE_DATE_EPOCH }, now = Date.now()) {
  if (SOURCE_DATE_EPOCH === undefined) return dayOf(now);
  if (!/^\d{1,11}$/.test(SOURCE_DATE_EPOCH)) throw new Error("SOURCE_DATE_EPOCH is not a number of seconds since 1970");
  return dayOf(Number(SOURCE_DATE_EPOCH) * 1000);
}

const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);

/** Goals of mcconfig that make an image. */
const BUILDS = ["build", "all"];
/** The image, in the folder of the result. */
const imageOf = (platform) => (platform === "lin" ? "mc.so" : "xs_esp32.bin");

/** The app of a chip's image, where people and `simkey release` look for it. */
export const appOf = (root, name) => join(root, `build/${name}.bin`);

/**
 * Runs mcconfig for a target: to build it, which touches neither a board nor another simulator, unless `flags` say otherwise.
 * What it prints while it builds is kept in `build.log`, for what the tools warn of is mostly the SDK's own.
 * @param options.flags for mcconfig, such as `-d`, or `-t deploy`
 * @param options.verbose shows what it prints instead, on standard error
 * @param options.progress is told what it is at
 * @param options.project builds that instead: `root`, its folder, and `manifest`, the path of its manifest from there
 * @returns the folder of the result; the image in it is what the manifest says, whatever was built before. A chip's, as
 * a fleet gets it, is at `appOf` too
 * @throws Missing, Error; then no image is there
 */
export async function buildTarget(
  name,
  env,
  { flags = [], verbose = false, progress, root: own = ROOT, project } = {},
) {
  const target = TARGETS[name];
  const { platform } = target;
  const { root, manifest } = project ?? { root: own, manifest: target.manifest };
  const environment = sdkEnvironment(env, target);
  const out = join(root, "build/moddable", name);
  await makeNoble(own);
  const kind = flags.includes("-d") ? "debug" : flags.includes("-i") ? "instrument" : "release";
  const folderOf = (what, last) => join(out, what, platform === "lin" ? "lin/mc" : platform, kind, last);
  const bin = folderOf("bin", "simkey");
  const goal = flags.includes("-t") ? flags[flags.indexOf("-t") + 1] : "build";
  const args = ["-m", "-t", goal, "-p", platform, "-o", out, ...withoutGoal(flags), `builtOn=${buildDay(env)}`];
  args.push(join(root, manifest));
  const options = { env: environment, cwd: root };
  if (!BUILDS.includes(goal)) {
    await run("mcconfig", args, options);
    return bin;
  }
  // mcconfig does not make it.
  mkdirSync(out, { recursive: true });
  const kindOf = withoutGoal(flags).filter((flag) => flag !== "-v");
  const recipe = recipeOf(root, manifest, platform, kindOf, env);
  forget({ bin, tmp: folderOf("tmp", "simkey"), engine: folderOf("tmp", "lib") }, recipe);
  const log = join(out, "build.log");
  rmSync(log, { force: true });
  const app = platform !== "lin" && kind === "release" ? appOf(root, name) : undefined;
  if (app !== undefined) rmSync(app, { force: true });
  if (verbose) await run("mcconfig", args, { ...options, stdio: ["inherit", 2, 2] });
  else await run("mcconfig", args, { ...options, log, progress });
  if (!existsSync(join(bin, imageOf(platform)))) {
    const where = verbose ? "what it said is above" : `what it said is in ${log}`;
    throw new Error(`mcconfig made no ${imageOf(platform)}; ${where}`);
  }
  if (app !== undefined) copyFileSync(join(bin, imageOf(platform)), app);
  return bin;
}

/** noble's modules for flash. In a package they are made, and what makes them is not there. */
async function makeNoble(root) {
  try {
    const { writeNoble } = await import("./noble-for-flash.js");
    writeNoble(root);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !existsSync(join(root, "build/noble"))) throw error;
  }
}

/** Flags but the goal. */
function withoutGoal(flags) {
  const at = flags.indexOf("-t");
  return at < 0 ? flags : flags.toSpliced(at, 2);
}

/** Ends a script: its work's errors as one line on standard error. */
export async function finish(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    console.error(`simkey: ${error.message}`);
    process.exitCode = 1;
  }
}
