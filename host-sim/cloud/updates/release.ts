// Signs manifests on the desk, with keys that a name determines: a run repeats to the byte.

import { sha256 } from "@noble/hashes/sha2.js";
import { encodeBase64Url } from "../../../firmware/bytes/base64.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import type { ImageIdentity, UpdateKey } from "../../../firmware/platform/update.js";

/** A pair that signs releases. */
export interface SimulatedKey extends UpdateKey {
  sign(message: Uint8Array): Uint8Array;
}

/** The pair of that name: for simulations only, as anybody can make it. */
export function simulatedKey(kid: string): SimulatedKey {
  const curve = es256();
  const scalar = sha256(encodeUtf8(`simulated release key ${kid}`));
  return { kid, point: curve.publicKeyOf(scalar), sign: (message) => curve.sign(message, scalar) };
}

/** What a manifest says besides what an image's bytes tell. */
export interface Release extends ImageIdentity {
  url: string;
}

/** A manifest for a full image. */
export function manifestFor(image: Uint8Array, release: Release, key: SimulatedKey): string {
  return signedBy(key, { sha256: digestText(image), size: image.length, ...release });
}

/** A SHA-256 as a manifest has it. */
export const digestText = (bytes: Uint8Array) => encodeBase64Url(sha256(bytes));

/** Bytes as a deflate stream that packs nothing (RFC 1951 §3.2.4): what a simulation needs of the format. */
export function stored(bytes: Uint8Array): Uint8Array {
  const parts: number[] = [];
  for (let at = 0; at < bytes.length || at === 0; at += STORED_MAX) {
    const piece = bytes.subarray(at, at + STORED_MAX);
    const isLast = at + STORED_MAX >= bytes.length ? 1 : 0;
    const { length } = piece;
    parts.push(isLast, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff, ...piece);
  }
  return Uint8Array.from(parts);
}
const STORED_MAX = 32_768;

/** A compact JWS over any payload (RFC 7515 §3.1). */
export function signedBy(key: SimulatedKey, payload: object, header: object = { alg: "ES256", kid: key.kid }): string {
  const part = (value: object) => encodeBase64Url(encodeUtf8(JSON.stringify(value)));
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${encodeBase64Url(key.sign(encodeUtf8(input)))}`;
}
