// The manifest of an update: a compact JWS (RFC 7515 §3.1), signed with ES256 by one of the keys that are built into the
// image that runs. Its signature is verified before anything of its payload is looked at.
//
//   header   {"alg":"ES256","kid":"release-1"}                                       these two, and no more
//   payload  {"seq":7,"version":"1.4.0",                                             of the image
//             "board":"lilygo-t-sim7080g-s3","chip":"esp32s3","layout":"8m",         what it is for
//             "sha256":"<base64url>","size":1198336,                                 the image itself
//             "url":"https://updates.example.com/7/simkey.bin",                      where the file lies
//             "format":"deflate","fileSha256":"<base64url>","length":608000,         the file, where it is not the image
//             "baseSha256":"<base64url>","baseSize":1197000,                         of a delta: the image that must run
//             "minBase":3,"notBefore":1790000000,"spreadS":3600}                     when, and for whom: each may be left out
//
// Members are `plain` values. One that is not known is refused: a condition that a device does not understand is not
// met. The address is a hint and may hold no query; one may be appended to the message behind a `?`, unsigned, so that
// whoever presigns addresses need not sign manifests: it leads to the same host and path.

import { decodeBase64Url } from "../bytes/base64.js";
import { type JsonNames, type JsonRead, readJson } from "../bytes/json.js";
import { knownKey } from "../bytes/known.js";
import { latin1 } from "../bytes/utf8.js";
import type { UpdateKey, UpdatePlatform } from "../platform/update.js";
import { isHost, isHostName } from "../settings/rules.js";
import { UpdateError } from "./error.js";

/** Most bytes of a manifest, and of the query behind it. */
export const MANIFEST_BYTES = 1_024;
export const QUERY_BYTES = 900;
/** Bytes of a SHA-256. */
export const SHA256_BYTES = 32;
/** Largest image, and largest file: what an ESP32 addresses of its flash. */
const SIZE_MAX = 16 * 1024 * 1024;
const SEQ_MAX = 0x7fff_ffff;
/** Longest time over which a fleet is spread: a week. */
const SPREAD_MAX_S = 7 * 86_400;
/** The last second that JavaScript's dates know. */
const TIME_MAX_S = 8_640_000_000_000;
const WORD_MAX = 32;
const PATH_MAX = 256;
const HEADER_BYTES = 128;

/** How an image can be packed. Which of these the image that runs knows, formats.ts says. */
export const FORMAT_NAMES = ["image", "deflate", "delta"] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** Where a file lies: HTTPS always. */
export interface FileAddress {
  readonly host: string;
  readonly port: number;
  /** Path without a query. */
  readonly path: string;
}

/** A manifest whose signature holds, and whose members are within their ranges. */
export interface Manifest {
  readonly kid: string;
  /** 1 to 2^31 - 1; only upwards. */
  readonly seq: number;
  /** For people, 1 to 32 characters. */
  readonly version: string;
  readonly board: string;
  readonly chip: string;
  readonly layout: string;
  /** The least `seq` that the running image must have; 0 when left out. */
  readonly minBase: number;
  readonly format: FormatName;
  readonly address: FileAddress;
  /** Query for the address: came beside the manifest, and is not signed. */
  readonly query: string;
  /** The image as it lies in its slot. */
  readonly sha256: Uint8Array;
  readonly size: number;
  /** The file as it is fetched; of the format `image` the image itself. */
  readonly fileSha256: Uint8Array;
  readonly length: number;
  /** Of a delta: the image that it is applied to. */
  readonly base?: { readonly sha256: Uint8Array; readonly size: number } | undefined;
  /** Wall milliseconds before which nothing is fetched; 0 when left out. */
  readonly notBeforeMs: number;
  /** Seconds over which a fleet is spread; 0 when left out. */
  readonly spreadS: number;
}

const HEADER = { alg: "plain", kid: "plain" } as const satisfies JsonNames;
/** Members of the payload. */
export const MANIFEST_MEMBERS = {
  seq: "plain",
  version: "plain",
  board: "plain",
  chip: "plain",
  layout: "plain",
  minBase: "plain",
  format: "plain",
  url: "plain",
  sha256: "plain",
  size: "plain",
  fileSha256: "plain",
  length: "plain",
  baseSha256: "plain",
  baseSize: "plain",
  notBefore: "plain",
  spreadS: "plain",
} as const satisfies JsonNames;
type Payload = JsonRead<typeof MANIFEST_MEMBERS>;

const isWord = (text: string) => text.length <= WORD_MAX && /^[A-Za-z0-9._-]+$/.test(text);
const isVersion = (text: string) => text !== "" && text.length <= WORD_MAX && !/[^\x20-\x7e]/.test(text);
const isQuery = (text: string) => !/[^\x21-\x7e]/.test(text);
const isPath = (text: string) => text.length <= PATH_MAX && text.startsWith("/") && !/[^\x21-\x7e]|[?#]/.test(text);

/**
 * Reads a manifest as it came.
 * @param message not trusted: the JWS, and a query behind it where there is one
 * @param keys those that are built in
 * @throws UpdateError `update-too-large`, `update-malformed`, `update-algorithm`, `update-key`, `update-signature`
 */
export function readManifest(
  message: Uint8Array,
  keys: readonly UpdateKey[],
  verify: UpdatePlatform["verify"],
): Manifest {
  if (message.length > MANIFEST_BYTES + 1 + QUERY_BYTES) throw tooLarge();
  const jws = jwsOf(message);
  const query = latin1(message.subarray(jws.length + 1));
  if (jws.length > MANIFEST_BYTES || query.length > QUERY_BYTES) throw tooLarge();
  if (!isQuery(query)) throw malformed("the query behind it holds a space, a control character or none but ASCII");
  const text = latin1(jws);
  const first = text.indexOf(".");
  const second = text.indexOf(".", first + 1);
  if (first < 0 || second < 0) throw malformed("it is no JWS in compact form");
  const kid = kidOf(bytesOf(text.slice(0, first)));
  const key = keys.find((known) => known.kid === kid);
  if (key === undefined) throw new UpdateError("update-key", "the manifest is signed by a key that is not built in");
  const signature = bytesOf(text.slice(second + 1));
  if (signature.length !== 64 || !verify(jws.subarray(0, second), signature, key.point)) {
    throw new UpdateError("update-signature", "the manifest's signature does not hold");
  }
  return manifestOf(bytesOf(text.slice(first + 1, second)), kid, query);
}

/** What is signed of a message: it, but for the query. */
export function jwsOf(message: Uint8Array): Uint8Array {
  const mark = message.indexOf(0x3f);
  return mark < 0 ? message : message.subarray(0, mark);
}

/** Part of the JWS. */
function bytesOf(part: string): Uint8Array {
  try {
    return decodeBase64Url(part);
  } catch (error) {
    throw malformed("it is not base64url", error);
  }
}

/** The key's name, of a header that asks for nothing else (RFC 7515 §4.1.11: what is critical is to be understood). */
function kidOf(header: Uint8Array): string {
  const { alg, kid } = membersOf(header, HEADER, HEADER_BYTES, () => {
    throw new UpdateError("update-algorithm", "the manifest's header has more than alg and kid");
  });
  if (alg !== "ES256") throw new UpdateError("update-algorithm", "the manifest is not signed with ES256");
  if (typeof kid !== "string" || !isWord(kid)) throw malformed("its header names no key");
  return kid;
}

function membersOf<const T extends JsonNames>(
  bytes: Uint8Array,
  names: T,
  limit: number,
  onOther: () => void,
): JsonRead<T> {
  try {
    return readJson(bytes, names, { bytes: limit, depth: 1 }, onOther);
  } catch (error) {
    if (error instanceof UpdateError) throw error;
    throw malformed("a part of it is no flat JSON object", error);
  }
}

/** What the payload of a manifest says. @throws UpdateError `update-malformed` */
function manifestOf(payload: Uint8Array, kid: string, query: string): Manifest {
  const said: Payload = membersOf(payload, MANIFEST_MEMBERS, MANIFEST_BYTES, () => {
    throw malformed("it has a member that is not known");
  });
  const format = formatOf(said.format ?? "image");
  const image = { sha256: digestOf(said, "sha256"), size: whole(said, "size", 1, SIZE_MAX) };
  const isImage = format === "image";
  const isDelta = format === "delta";
  absent(said, isImage, "fileSha256", "length");
  absent(said, !isDelta, "baseSha256", "baseSize");
  return {
    kid,
    seq: whole(said, "seq", 1, SEQ_MAX),
    version: word(said, "version", isVersion),
    board: word(said, "board", isWord),
    chip: word(said, "chip", isWord),
    layout: word(said, "layout", isWord),
    minBase: whole(said, "minBase", 0, SEQ_MAX, 0),
    format,
    address: addressOf(said.url),
    query,
    ...image,
    fileSha256: isImage ? image.sha256 : digestOf(said, "fileSha256"),
    length: isImage ? image.size : whole(said, "length", 1, SIZE_MAX),
    ...(isDelta && { base: { sha256: digestOf(said, "baseSha256"), size: whole(said, "baseSize", 1, SIZE_MAX) } }),
    notBeforeMs: 1_000 * whole(said, "notBefore", 0, TIME_MAX_S, 0),
    spreadS: whole(said, "spreadS", 0, SPREAD_MAX_S, 0),
  };
}

type Member = keyof typeof MANIFEST_MEMBERS;

function formatOf(said: unknown): FormatName {
  const name = FORMAT_NAMES.find((known) => known === said);
  if (name === undefined) throw new UpdateError("update-format", "the manifest names a format that is not known");
  return name;
}

function whole(said: Payload, name: Member, least: number, most: number, left?: number): number {
  const value = said[name] ?? left;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw malformed(`${name} must be a whole number from ${least} to ${most}`);
}

function word(said: Payload, name: Member, holds: (text: string) => boolean): string {
  const value = said[name];
  if (typeof value === "string" && holds(value)) return value;
  throw malformed(`${name} must be a word of at most ${WORD_MAX} characters`);
}

function digestOf(said: Payload, name: Member): Uint8Array {
  const value = said[name];
  if (typeof value === "string" && value.length === 43) {
    const bytes = bytesOf(value);
    if (bytes.length === SHA256_BYTES) return bytes;
  }
  throw malformed(`${name} must be a SHA-256 in base64url`);
}

function absent(said: Payload, mustBe: boolean, ...names: Member[]): void {
  const found = mustBe ? names.find((name) => knownKey(said, name) !== undefined) : undefined;
  if (found !== undefined) throw malformed(`${found} does not go with this format`);
}

/** An address by parts: no user, no query, no fragment; a name, so that a certificate can be for it. */
function addressOf(url: unknown): FileAddress {
  const rest = typeof url === "string" && url.startsWith("https://") ? url.slice(8) : "";
  const slash = rest.indexOf("/");
  const authority = slash < 0 ? "" : rest.slice(0, slash);
  const colon = authority.indexOf(":");
  const host = colon < 0 ? authority : authority.slice(0, colon);
  const port = colon < 0 ? 443 : portOf(authority.slice(colon + 1));
  const path = slash < 0 ? "" : rest.slice(slash);
  if (isHost(host) && isHostName(host) && port > 0 && isPath(path)) return { host, port, path };
  throw malformed("url must be an https address with a host name and a path, and without a query");
}

function portOf(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  return port <= 65_535 ? port : 0;
}

const tooLarge = () => new UpdateError("update-too-large", `a manifest has at most ${MANIFEST_BYTES} bytes`);
const malformed = (what: string, cause?: unknown) =>
  new UpdateError("update-malformed", `the manifest: ${what}`, cause);
