// What a build says of updates: `config.simkey.update` of its manifest. What is wrong with it is said on the desk, too.

import { decodeBase64, decodeBase64Url } from "../bytes/base64.js";
import { Failure } from "../platform/failure.js";
import type { ImageIdentity, UpdateKey, UpdatePlatform } from "../platform/update.js";

export interface UpdateBuild {
  /**
   * `simkey-release NUMBER VERSION`: one text, so that `simkey release` finds it in the image. Left out: the image was never
   * released.
   */
  release?: string;
  /** Public keys that releases are signed by, as JWKs with a `kid`: at most two; none: no update is taken. */
  keys: readonly { kid: string; x: string; y: string }[];
  /** Trust anchors of the images' host, DER in base64, for `updateRoots` `build`. */
  roots?: readonly string[];
}

/** What stands before the number and the version. */
export const RELEASE_MARK = "simkey-release";
/** Keys that an image has built in at the most. */
const KEYS_MAX = 2;
const COORDINATE_BYTES = 32;
const SEQ_MAX = 0x7fff_ffff;

/** A build's word on updates, read. @throws Failure `config` */
export function readBuild(
  build: UpdateBuild,
): Pick<ImageIdentity, "seq" | "version"> & Required<Pick<UpdatePlatform, "keys" | "roots">> {
  return { ...releaseOf(build), keys: keysOf(build), roots: rootsOf(build) };
}

function releaseOf({ release }: UpdateBuild): { seq: number; version: string } {
  if (release === undefined) return { seq: 0, version: "" };
  const [mark, number, version = "", ...more] = release.split(" ");
  const seq = /^[0-9]{1,10}$/.test(number ?? "") ? Number(number) : 0;
  const isVersion = more.length === 0 && version.length <= 32 && /^[!-~]+$/.test(version);
  if (mark === RELEASE_MARK && seq >= 1 && seq <= SEQ_MAX && isVersion) return { seq, version };
  throw unusable("release", "needs a number from 1 on, and a version of at most 32 characters without a space");
}

function keysOf({ keys }: UpdateBuild): UpdateKey[] {
  if (keys.length > KEYS_MAX) throw unusable("keys", `there may be ${KEYS_MAX}`);
  return keys.map(({ kid, x, y }) => {
    if (typeof kid !== "string" || kid.length > 32 || !/^[A-Za-z0-9._-]+$/.test(kid)) {
      throw unusable("keys", "a kid is 1 to 32 letters, digits, dots, dashes");
    }
    const point = new Uint8Array(1 + 2 * COORDINATE_BYTES);
    point[0] = 4;
    point.set(coordinate(x, kid), 1);
    point.set(coordinate(y, kid), 1 + COORDINATE_BYTES);
    return { kid, point };
  });
}

function coordinate(text: string, kid: string): Uint8Array {
  try {
    const bytes = decodeBase64Url(text);
    if (bytes.length === COORDINATE_BYTES) return bytes;
  } catch {
    // Told below.
  }
  throw unusable("keys", `of ${kid}, x and y must be those of a JWK on P-256`);
}

function rootsOf({ roots = [] }: UpdateBuild): Uint8Array[] {
  try {
    return roots.map(decodeBase64);
  } catch (error) {
    throw unusable("roots", "must be DER in base64", error);
  }
}

const unusable = (what: string, why: string, cause?: unknown) =>
  new Failure("config", `update.${what}: ${why}`, "give-up", cause);
