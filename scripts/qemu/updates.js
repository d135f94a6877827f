// Updates of an emulated device: the desk's release key, the server of images behind the simulated modem, and what each scene is
// to come to. Images are released by `simkey release`, as anybody's are.

import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HTTPS_PORT } from "../../dist/host-sim/cloud/names.js";
import { makeCertificates, nameTableTo, serveHosts } from "../../dist/host-sim/cloud/node/hosts.js";
import { UPDATE_HOST, UpdateServer } from "../../dist/host-sim/cloud/updates/file-server.js";
import { ROOT } from "../sdk.js";

/**
 * By name: `act` of the new image (manifests/desk/update-app.js), `format` that it is sent in, `end`, the last word that must
 * come of it; `cutSectors`: when so many sectors of the file lie in flash the power goes, once; `timeoutS`, for one that
 * takes long.
 */
export const SCENES = {
  good: { help: "a good image, as a patch", act: "good", format: "delta", end: "confirmed" },
  bad: {
    ...{ help: "an image that ends the engine as it starts, as a patch: the boot loader brings the old one back" },
    ...{ act: "crash", format: "delta", end: "rolled-back" },
  },
  hang: {
    ...{ help: "an image that stands still as it starts, as a patch: the watchdog ends it after 11 minutes" },
    ...{ act: "hang", format: "delta", end: "rolled-back", timeoutS: 1500 },
  },
  sick: {
    ...{ help: "an image whose app says that it is not well, as a patch: it is undone" },
    ...{ act: "sick", format: "delta", end: "rolled-back" },
  },
  cut: {
    ...{ help: "a good image, deflated, and the power goes in the middle of its download" },
    ...{ act: "good", format: "deflate", end: "confirmed", cutSectors: 4 },
  },
};

/** Names and what they do, for --help. */
export const sceneList = () =>
  Object.entries(SCENES)
    .map(([name, { help }]) => `  ${name.padEnd(10)}${help}`)
    .join("\n");

/** Name of the board's row, as a manifest bears it (firmware/modem/boards.ts). */
const BOARD = "esp32c3-breakout";
const KID = "desk-release";
/** The images: the one that runs, and its update. */
const RELEASES = [
  { seq: 1, version: "1.0.0" },
  { seq: 2, version: "1.1.0" },
];
const KEPT = "release-key";

/** The key that a desk's releases are signed by, the same each time, PKCS#8 in PEM. @param keep see `openQemuDesk` */
export function releaseKey(keep) {
  const kept = keep.read(KEPT);
  if (kept !== undefined) return kept;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const made = privateKey.export({ type: "pkcs8", format: "pem" });
  keep.write(KEPT, made);
  return made;
}

/**
 * What a build is told of updates: that of the image that runs, and that of the one that follows.
 * @param images see `openImages`
 * @param act of the one that follows
 */
export function updateBuilds({ keyPem, caPem }, act) {
  const { x, y } = createPublicKey(keyPem).export({ format: "jwk" });
  const roots = [new X509Certificate(caPem).raw.toString("base64")];
  return RELEASES.map(({ seq, version }, i) => ({
    act: i === 0 ? "good" : act,
    update: { release: `simkey-release ${seq} ${version}`, keys: [{ kid: KID, x, y }], roots },
  }));
}

/** Settings that go with it: whom to trust for the images. */
export const UPDATE_SETTINGS = { updateRoots: "build" };

/**
 * Starts the server of images.
 * @param options.keep, options.keys, options.onEvent as of `openQemuDesk`
 * @returns `nameTable` that leads to it, `keyPem` and `caPem` for the builds, `put`, which serves a file
 */
export async function openImages({ keep, keys, onEvent }) {
  const server = new UpdateServer(onEvent);
  const certificates = await makeCertificates({ updates: [UPDATE_HOST] }, { keep, keys });
  const hosts = await serveHosts({ [UPDATE_HOST]: server }, certificates, {});
  return {
    nameTable: nameTableTo(hosts.address, [UPDATE_HOST], [HTTPS_PORT]),
    keyPem: releaseKey(keep),
    caPem: certificates.rootPem("updates"),
    put: (name, file) => server.put(`/${name}`, file),
    close: () => hosts.close(),
  };
}

/**
 * Releases an image by the command that everybody has, and serves its file.
 * @param images see `openImages`
 * @param made.image, made.base bytes
 * @param format of SCENES
 * @param folder for the files
 * @returns the signed manifest, and the bytes of the file
 * @throws Error with the command's own words
 */
export function releaseImage(images, { image, base }, format, folder) {
  mkdirSync(folder, { recursive: true });
  const file = (name, bytes) => {
    const path = join(folder, name);
    writeFileSync(path, bytes, { mode: 0o600 });
    return path;
  };
  const args = [
    ...["release", file("image.bin", image), "--base", file("base.bin", base), "--key", file("key.pem", images.keyPem)],
    ...[
      "--kid",
      KID,
      "--board",
      BOARD,
      "--url",
      `https://${UPDATE_HOST}`,
      "--out",
      folder,
      "--format",
      format,
      "--json",
    ],
  ];
  const lines = simkey(args)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { file: name, jws, bytes } = lines.find((line) => line.format === format);
  images.put(name, readFileSync(join(folder, name)));
  return { manifest: jws, bytes };
}

function simkey(args) {
  const main = join(ROOT, "dist/host-sim/cli/main.js");
  try {
    return execFileSync(process.execPath, [main, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    throw new Error(`simkey release: ${String(error.stderr).trim() || error.message}`);
  }
}
