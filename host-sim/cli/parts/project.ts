// A project of one's own: the folder with `simkey.json`, which says what its device is made of. What is in it is checked here.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { encodeBase64 } from "../../../firmware/bytes/base64.js";
import { isJsonObject } from "../../../firmware/bytes/json.js";
import { type DeviceApp, tableOf } from "../../../firmware/compose.js";
import { BOARDS, type Board } from "../../../firmware/modem/boards.js";
import { RELEASE_MARK, readBuild, type UpdateBuild } from "../../../firmware/update/build.js";
import { checkApp } from "../../testing/app-check.js";
import { STANDARD_WORLD, type World } from "../../testing/world.js";
import { readNamedFile, UsageError } from "../output/errors.js";
import { rootsOf } from "./home.js";
import { readSettings } from "./settings.js";
import { missingTypeScript } from "./typescript.js";

export const PROJECT_FILE = "simkey.json";

/** The boards that can be built for, by the names of `manifests/boards/`, and the rows of firmware/modem/boards.ts. */
export const TARGET_BOARDS = {
  esp32: "esp32-breakout",
  esp32c3: "esp32c3-breakout",
  "lilygo-t-sim7080g-s3": "lilygo-t-sim7080g-s3",
  "m5stack-catm": "m5stack-unit-catm",
} as const satisfies Readonly<Record<string, keyof typeof BOARDS>>;
export type TargetBoard = keyof typeof TARGET_BOARDS;

/** What `simkey.json` says. */
export interface Project {
  folder: string;
  board: TargetBoard;
  /** Paths of modules. */
  app: string | undefined;
  world: string | undefined;
  /** As `config.simkey.cloud` of a manifest: its name, and what goes with it. Left out: 1NCE. */
  cloud: Readonly<Record<string, unknown>> | undefined;
  /** The release that is built, and whose updates it takes. Left out: none. */
  update: UpdateBuild | undefined;
  /** Of the device. */
  settings: Readonly<Record<string, unknown>>;
}

/** A member of `simkey.json`: what it must be, and whether a value is that. */
type Member = readonly [what: string, isGood: (value: unknown) => boolean];
const isText = (value: unknown) => typeof value === "string" && value !== "";
const MEMBERS: Readonly<Record<string, Member>> = {
  board: [
    `one of ${Object.keys(TARGET_BOARDS).join(", ")}`,
    (value) => isText(value) && Object.hasOwn(TARGET_BOARDS, value as string),
  ],
  app: ["the path of a module", isText],
  world: ["the path of a module", isText],
  cloud: ['an object such as {"name":"1nce"}', (value) => isJsonObject(value as never)],
  settings: ["an object of settings", (value) => isJsonObject(value as never)],
  update: ['an object such as {"seq":1,"version":"1.0.0","keys":[…]}', (value) => isJsonObject(value as never)],
};

/** The project in a folder; undefined: there is none. @throws UsageError for one that is wrong */
export function projectIn(folder: string): Project | undefined {
  const file = join(folder, PROJECT_FILE);
  if (!existsSync(file)) return undefined;
  const said = readSettings(file);
  for (const [name, value] of Object.entries(said)) {
    const member = Object.hasOwn(MEMBERS, name) ? MEMBERS[name]! : undefined;
    if (member === undefined) {
      throw new UsageError(`${file} has no member "${name}"; known: ${Object.keys(MEMBERS).join(", ")}`);
    }
    const [what, isGood] = member;
    if (!isGood(value)) throw new UsageError(`${file}: "${name}" must be ${what}`);
  }
  const { board = "esp32", app = "./app.ts", world, cloud, update, settings = {} } = said;
  return {
    folder,
    board: board as TargetBoard,
    app: resolve(folder, app as string),
    world: world === undefined ? undefined : resolve(folder, world as string),
    cloud: cloud as Project["cloud"],
    update: update === undefined ? undefined : updateOf(update as Readonly<Record<string, unknown>>, folder, file),
    settings: settings as Project["settings"],
  };
}

/** What stands under `update`, as an image has it; roots are PEM files. @throws UsageError */
function updateOf(said: Readonly<Record<string, unknown>>, folder: string, file: string): UpdateBuild {
  const { seq, version, keys = [], roots = [], ...others } = said;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new UsageError(`${file}: "update" has no member "${other}"`);
  if (!Array.isArray(keys) || !Array.isArray(roots)) {
    throw new UsageError(`${file}: "keys" and "roots" of "update" must be lists`);
  }
  const ders = roots.flatMap((path: unknown) =>
    rootsOf(readNamedFile(resolve(folder, String(path)), `${file}: "roots"`), String(path)).map(encodeBase64),
  );
  const build: UpdateBuild = {
    ...(seq !== undefined && { release: `${RELEASE_MARK} ${seq} ${version ?? ""}` }),
    keys: keys as UpdateBuild["keys"],
    ...(ders.length > 0 && { roots: ders }),
  };
  try {
    readBuild(build);
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
  return build;
}

/** The row of a project's board. */
export const rowOf = (project: Project | undefined): Board => BOARDS[TARGET_BOARDS[project?.board ?? "esp32"]];

/**
 * Loads an app.
 * @param path of its module
 * @throws UsageError when there is none, or when Node cannot read it; ConfigError for one that does not go with the device
 */
export async function loadApp(path: string): Promise<DeviceApp> {
  const app = (await load(path, "app")) as Partial<DeviceApp>;
  if (typeof app.start !== "function") {
    throw new UsageError(`${path} exports no \`start\`: export const { settings, commands, start } = defineApp({ … })`);
  }
  checkApp(app);
  tableOf(app as DeviceApp);
  return app as DeviceApp;
}

/** Loads a world, the default export of its module. @throws UsageError as `loadApp` */
export async function loadWorld(path: string | undefined): Promise<World> {
  if (path === undefined) return STANDARD_WORLD;
  const { default: world } = (await load(path, "world")) as { default?: Partial<World> };
  if (typeof world?.parts !== "function") throw new UsageError(`${path} must export default defineWorld({ parts: … })`);
  return world as World;
}

async function load(path: string, what: string): Promise<object> {
  if (!existsSync(path)) throw new UsageError(`the ${what} ${path} is not there; check the path`);
  try {
    return (await import(pathToFileURL(path).href)) as object;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = missingTypeScript();
    if (code === "ERR_UNKNOWN_FILE_EXTENSION" && path.endsWith("ts") && missing !== undefined) {
      throw new UsageError(`${missing}; ${path} is TypeScript`);
    }
    if (code === "ERR_MODULE_NOT_FOUND" && message.includes("simkey-firmware")) {
      throw new UsageError(`simkey-firmware is not installed in ${dirname(path)}: npm install`);
    }
    throw new Error(`the ${what} ${path} cannot be loaded: ${message}`);
  }
}
