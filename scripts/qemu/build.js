// A desk's image for an emulated ESP32-C3: the board's, and what only a desk may have. It goes into a folder of its own,
// where no command that writes to a board looks.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { closureOf } from "../manifests.js";
import { buildTarget, ROOT } from "../sdk.js";
import { layOut } from "./flash.js";

const TARGET = "esp32c3";
const BOARD = "manifests/boards/esp32c3/manifest.json";
const DESK = "manifests/desk/manifest.json";
const UPDATE = "manifests/desk/update.json";
const REPORTS = { memory: "manifests/desk/memory.json" };
/** Where it is built, from the root. */
const MADE = "build/qemu";
/** Where else it is built: for tests. */
export const placeOf = (root, env) => env.SIMKEY_QEMU_BUILD ?? join(root, MADE);
/** What has no place beside a root whose key lies on a desk. */
const SIGNED = /^CONFIG_SECURE_(BOOT|SIGNED_APPS_NO_SECURE_BOOT|FLASH_ENC_ENABLED)=y$/m;

/** Reports that a build can have. */
export const REPORT_NAMES = Object.keys(REPORTS);

/** What an image includes for a cloud with a key of its own. */
const cloudManifests = ({ name, alg = "ES256" }) =>
  name === "1nce" ? [] : [`manifests/clouds/${name}.json`, `manifests/keys/${alg.toLowerCase()}.json`];

/** The manifest of a desk's image, as an object, its paths from `place`. */
export function deskManifest(place, root, { order, settings, report, release }) {
  const includes = [
    BOARD,
    DESK,
    ...(report ? [REPORTS[report]] : []),
    ...(release ? [UPDATE] : []),
    ...cloudManifests(order),
  ];
  return {
    include: includes.map((path) => relative(place, join(root, path))),
    config: { simkey: { settings, cloud: order, ...(report && { report }), ...release } },
  };
}

/**
 * Refuses an image whose settings belong to a device in the field.
 * @throws Error
 */
export function refuseSigned(root, manifest) {
  for (const [path, { build }] of closureOf(root, manifest)) {
    if (build?.SDKCONFIGPATH === undefined) continue;
    const file = join(root, dirname(path), build.SDKCONFIGPATH, "sdkconfig.defaults");
    const [line] = SIGNED.exec(readFileSync(file, "utf8")) ?? [];
    if (line === undefined) continue;
    throw new Error(
      `${relative(root, file)} has ${line}: a desk's build trusts a root whose key lies on this desk, and is not signed`,
    );
  }
}

/**
 * Builds it.
 * @param what `order` of the cloud, `settings`; `report`, one of REPORT_NAMES, and `release`, see `updateBuilds`, or none
 * @param options as of `buildTarget`
 * @returns the parts of its flash, see `layOut`
 * @throws Missing, Error
 */
export async function buildDesk(what, env, options = {}) {
  const { root = ROOT } = options;
  refuseSigned(root, BOARD);
  // Images that take updates have more in them: what was made is kept for both.
  const place = join(placeOf(root, env), `${what.order.name}${what.release ? "-update" : ""}`);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "manifest.json"), `${JSON.stringify(deskManifest(place, root, what), undefined, 2)}\n`);
  const project = { root: place, manifest: "manifest.json" };
  const bin = await buildTarget(TARGET, env, { ...options, project });
  return layOut({
    bootloader: partOf(bin, "bootloader.bin"),
    table: partOf(bin, "partition-table.bin"),
    app: partOf(bin, "xs_esp32.bin"),
    otadata: partOf(bin, "ota_data_initial.bin"),
  });
}

/** @throws Error that names what the build did not make */
function partOf(bin, name) {
  try {
    return readFileSync(join(bin, name));
  } catch {
    throw new Error(`the build made no ${name} in ${bin}`);
  }
}
