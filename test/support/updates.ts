// Manifests for tests, signed by jose; verified by node:crypto.

import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { CompactSign } from "jose";
import { asFailure } from "../../firmware/platform/failure.js";
import type { UpdateKey, UpdatePlatform } from "../../firmware/platform/update.js";

/** A pair that signs releases. */
export interface ReleaseKey extends UpdateKey {
  readonly privateKey: KeyObject;
}

/** A fresh pair by its name. */
export function releaseKey(kid: string): ReleaseKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]);
  return { kid, privateKey, point: new Uint8Array(point) };
}

/** ES256 by node:crypto. */
export const verifyByNode: UpdatePlatform["verify"] = (message, signature, point) => {
  const coordinate = (from: number) => Buffer.from(point.subarray(from, from + 32)).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: coordinate(1), y: coordinate(33) };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
};

export const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
export const base64Url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");

/** The payload of a manifest for an image. */
export const payloadFor = (image: Uint8Array) => ({
  seq: 7,
  version: "1.4.0",
  board: "esp32-breakout",
  chip: "esp32",
  layout: "4m",
  sha256: base64Url(sha256(image)),
  size: image.length,
  url: "https://updates.test/7/image.bin",
});

/** Signs a payload of any kind: its text where it is one. */
export async function signed(payload: object | string, key: ReleaseKey, header: object = {}): Promise<string> {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const protectedHeader = { alg: "ES256", kid: key.kid, ...header };
  return new CompactSign(Buffer.from(text)).setProtectedHeader(protectedHeader).sign(key.privateKey);
}

/** The code of what a step of an update throws; `done` when it throws nothing. */
export function codeOf(work: () => void): string {
  try {
    work();
    return "done";
  } catch (error) {
    return asFailure(error).code;
  }
}
