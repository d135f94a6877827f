// `simkey release IMAGE`: what a fleet is updated with: the image's files, and a signed manifest for each. A manifest is read
// as a device reads it before it is written.

import { createPublicKey, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../firmware/platform/failure.js";
import { FORMAT_NAMES, type FormatName, readManifest } from "../../../firmware/update/manifest.js";
import { verifierBy } from "../../jwt/verify.js";
import { chipOf, type ReleaseMark, releaseMarkIn } from "../../update/image.js";
import { LAYOUTS, RELEASE_BOARDS } from "../../update/layouts.js";
import { type Fit, rehearse } from "../../update/rehearse.js";
import { manifestFor, type Packed, packAll, pointOf } from "../../update/release.js";
import { readNamedBytes, UsageError } from "../output/errors.js";
import { makeFolder } from "../parts/folder.js";
import { privateKeyIn } from "../parts/key-file.js";
import type { Surroundings } from "../parts/surroundings.js";

export { FORMAT_NAMES as RELEASE_FORMATS };

export interface ReleaseOptions {
  key: string;
  kid: string;
  seq?: number;
  board: keyof typeof RELEASE_BOARDS;
  url: string;
  base?: string;
  out: string;
  minBase?: number;
  notBefore?: string;
  spread?: number;
  /** None: all that fit. */
  format: FormatName[];
  json: boolean;
}

/** Volume of a SIM: 1NCE's, in bytes. A share of it says what an update costs. */
const SIM_BYTES = 500_000_000;

/** A release was not made, or not all of what was asked for. */
class ReleaseError extends Error {}

/** @throws UsageError for an image, key or address that no device would take; ReleaseError for what does not fit */
export function releaseCommand(imagePath: string, options: ReleaseOptions, around: Surroundings): void {
  const image = new Uint8Array(readNamedBytes(imagePath, "IMAGE"));
  const base = options.base === undefined ? undefined : new Uint8Array(readNamedBytes(options.base, "--base"));
  if (options.format.includes("delta") && base === undefined) {
    throw new UsageError("--format delta needs the image that runs: give it with --base");
  }
  const { chip, layout } = RELEASE_BOARDS[options.board];
  checkChip(image, chip, "IMAGE");
  const { seq, version } = markOf(image, options.seq);
  if (base !== undefined) checkBase(base, chip, seq);
  if (options.minBase !== undefined && options.minBase >= seq)
    throw new UsageError(`--min-base ${options.minBase}: no image before release ${seq} has that number`);
  const key = releaseKey(readNamedBytes(options.key, "--key"));
  const facts = {
    ...{ seq, version, board: options.board, chip, layout },
    ...{ minBase: options.minBase, notBefore: secondsOf(options.notBefore), spreadS: options.spread },
  };
  const slot = LAYOUTS[layout];
  const name = `${options.board}-${seq}`;
  const rows = packAll(image, base).map((each): Row => {
    const file = `${name}.${each.format === "image" ? "bin" : each.format}`;
    const jws = manifestFor(each, { image, base }, addressOf(options.url, file), facts, { kid: options.kid, key });
    check(jws, key, options.kid);
    const isWanted = options.format.length === 0 || options.format.includes(each.format);
    return { ...each, name: file, jws, fit: rehearse(each, { image, base }, slot), isWanted };
  });
  const missing = keyMissing(base ?? image, key, options.kid);
  if (missing) around.stderr(`simkey: ${base ? "--base" : "IMAGE"} ${missing}\n`);
  const written = rows.filter(({ fit, isWanted }) => fit !== "too-large" && isWanted);
  makeFolder(options.out, "--out");
  for (const { file, name: fileName, jws } of written) {
    writeFileSync(join(options.out, fileName), file);
    writeFileSync(join(options.out, `${fileName}.jws`), jws);
  }
  around.stdout(options.json ? jsonOf(rows) : tableOf(rows, image, options.out));
  const refused = rows.find(
    ({ fit, isWanted, format }) => fit === "too-large" && (options.format.length > 0 ? isWanted : format === "image"),
  );
  if (refused)
    throw new ReleaseError(`${refused.format} does not fit into a slot of ${slot.slotBytes} bytes: not written`);
}

interface Row extends Packed {
  name: string;
  jws: string;
  fit: Fit;
  isWanted: boolean;
}

/** @throws UsageError for an image of another chip */
function checkChip(image: Uint8Array, chip: string, option: string): void {
  const found = chipOf(image);
  if (found === undefined)
    throw new UsageError(`${option}: no image of an ESP32; give the app's .bin, not the ELF file`);
  if (found !== chip) throw new UsageError(`${option}: an image for ${found}; the board has ${chip}`);
}

/** @throws UsageError for an image that this one is no release after */
function checkBase(base: Uint8Array, chip: string, seq: number): void {
  checkChip(base, chip, "--base");
  const mark = markIn(base, "--base");
  if (mark !== undefined && mark.seq >= seq)
    throw new UsageError(`--base is release ${mark.seq}: a device that runs it takes no release ${seq}`);
}

/** What a device that runs this image would find wrong with the key; undefined: nothing. */
function keyMissing(image: Uint8Array, key: KeyObject, kid: string): string | undefined {
  const { x } = createPublicKey(key.export({ type: "pkcs8", format: "pem" })).export({ format: "jwk" });
  const has = (text: string) => Buffer.from(image).includes(text);
  if (has(x!) && has(kid)) return undefined;
  const what = has(x!) ? `has no key that is called ${kid}` : "has not this key built in";
  return `${what}: a device that runs it says update-key and fetches nothing; see "keys" in simkey.json`;
}

/** @throws UsageError for an image that says it is two releases */
function markIn(image: Uint8Array, option: string): ReleaseMark | undefined {
  try {
    return releaseMarkIn(image);
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}

/** What the image says it is: a device undoes one that says another than was signed. @throws UsageError */
function markOf(image: Uint8Array, seq: number | undefined): ReleaseMark {
  const mark = markIn(image, "IMAGE");
  if (mark === undefined) {
    throw new UsageError(
      'IMAGE does not say which release it is: build it with "update" in simkey.json, see docs/updates.md',
    );
  }
  if (seq !== undefined && seq !== mark.seq) {
    throw new UsageError(`--seq ${seq}: the image says that it is release ${mark.seq}`);
  }
  return mark;
}

/** @throws UsageError for another key than a P-256 one */
function releaseKey(file: Buffer): KeyObject {
  const { key } = privateKeyIn(file);
  if (key.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
  throw new UsageError("--key: releases are signed by a P-256 key: make one with simkey keygen");
}

/** A time and its zone (RFC 3339): what else Date reads, it reads in this machine's zone, or as a day of another month. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/;

/** Unix seconds. @throws UsageError */
function secondsOf(time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const ms = TIME.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(ms)) throw new UsageError("--not-before must be a time such as 2027-01-31T08:00:00Z");
  return Math.floor(ms / 1000);
}

const addressOf = (url: string, file: string) => `${url.replace(/\/$/, "")}/${file}`;

/** A device's own reader says what is wrong. @throws UsageError */
function check(jws: string, key: KeyObject, kid: string): void {
  const publicKey = createPublicKey(key.export({ type: "pkcs8", format: "pem" }));
  const { verify } = verifierBy(publicKey, "ES256");
  try {
    readManifest(Buffer.from(jws), [{ kid, point: pointOf(publicKey) }], (message, signature) =>
      verify(signature, message),
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new UsageError(`a device would refuse it: ${error.message}`);
  }
}

const FITS: Readonly<Record<Fit, string>> = {
  fits: "written",
  over: "written; the image grows over it: a power cut then costs another fetch",
  "too-large": "does not fit into the slot: not written",
};

function tableOf(rows: readonly Row[], image: Uint8Array, out: string): string {
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(2)} %`;
  const cells = rows.map((row) => [
    row.name,
    String(row.file.length),
    percent(row.file.length, image.length),
    percent(row.file.length, SIM_BYTES),
    row.fit !== "too-large" && !row.isWanted ? "not asked for" : FITS[row.fit],
  ]);
  const head = ["file", "bytes", "of the image", "of 500 MB", ""];
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 || i === 4 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd();
  const best = rows.find(({ fit, isWanted }) => fit !== "too-large" && isWanted);
  const next =
    best === undefined
      ? ""
      : `\nPut the files where their addresses lead; then: simkey rollout ${join(out, `${best.name}.jws`)} --devices FILE --broker URL\n`;
  return `${[head, ...cells].map(line).join("\n")}\n${next}`;
}

const jsonOf = (rows: readonly Row[]) =>
  rows
    .map(({ format, name, file, fit, isWanted, jws }) =>
      JSON.stringify({ format, file: name, bytes: file.length, fit, written: fit !== "too-large" && isWanted, jws }),
    )
    .map((text) => `${text}\n`)
    .join("");
