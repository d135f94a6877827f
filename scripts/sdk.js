// The Moddable SDK on this machine: where it is, and what is missing if it is not. Nothing here fetches or builds it.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeNoble } from "./noble-for-flash.js";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What can be built: the SDK's platform, the manifest, and whether ESP-IDF is needed. */
export const TARGETS = {
  lin: { platform: "lin", manifest: "moddable.json", idf: false },
  esp32: { platform: "esp32", manifest: "moddable.json", idf: true },
  esp32c3: { platform: "esp32/esp32c3", manifest: "moddable.json", idf: true },
  "lilygo-t-sim7080g-s3": { platform: "esp32/esp32s3", manifest: "moddable.json", idf: true },
  "m5stack-catm": { platform: "esp32", manifest: "manifests/boards/m5stack-catm/manifest.json", idf: true },
};

/** Something that the user has to install or set. */
export class Missing extends Error {}

/** The SDK's word for the machine that it runs on. */
const HOST = process.platform === "darwin" ? "mac" : "lin";
const SDK_HINT =
  "install the Moddable SDK (https://github.com/Moddable-OpenSource/moddable, or `xs-dev setup`), build its tools, and set MODDABLE to its folder";

/**
 * The environment to run the SDK's tools in.
 * @throws Missing
 */
export function sdkEnvironment(env, idf) {
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
  // mcconfig calls the TypeScript compiler by its name.
  const path = [join(ROOT, "node_modules/.bin"), tools, env.PATH].join(delimiter);
  return { ...env, PATH: path };
}

/** Runs a program to its end. @throws Missing when there is none of that name, Error when it fails */
export function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit", cwd: ROOT, ...options });
    child.on("error", (error) => reject(error.code === "ENOENT" ? new Missing(`${command} is not installed`) : error));
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with code ${code}`))));
  });
}

/** Day of the build in UTC, which the firmware takes for the earliest time there can be. @param env where SOURCE_DATE_EPOCH, seconds since 1970, may name another */
export function buildDay({ SOURCE_DATE_EPOCH }, now = Date.now()) {
  if (SOURCE_DATE_EPOCH === undefined) return dayOf(now);
  if (!/^\d{1,11}$/.test(SOURCE_DATE_EPOCH)) throw new Error("SOURCE_DATE_EPOCH is not a number of seconds since 1970");
  return dayOf(Number(SOURCE_DATE_EPOCH) * 1000);
}

const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);

/**
 * Runs mcconfig for a target: to build it, which touches neither a board nor another simulator, unless `flags` say otherwise.
 * @param flags for mcconfig, such as `-d`, or `-t deploy`
 * @returns the folder of the result
 * @throws Missing, Error
 */
export async function buildTarget(name, env, flags = [], stdio = "inherit") {
  const { platform, manifest, idf } = TARGETS[name];
  const environment = sdkEnvironment(env, idf);
  const out = join(ROOT, "build/moddable", name);
  writeNoble(ROOT);
  // mcconfig does not make it.
  mkdirSync(out, { recursive: true });
  const kind = flags.includes("-d") ? "debug" : flags.includes("-i") ? "instrument" : "release";
  const goal = flags.includes("-t") ? [] : ["-t", "build"];
  const args = ["-m", ...goal, "-p", platform, "-o", out, ...flags, `builtOn=${buildDay(env)}`, join(ROOT, manifest)];
  await run("mcconfig", args, { env: environment, stdio });
  return join(out, "bin", platform === "lin" ? "lin/mc" : platform, kind, "simkey");
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
