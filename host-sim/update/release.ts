// Makes a release of an image: its files, and for each a manifest that is signed. Knows no disk.

import { createHash, type KeyObject, sign } from "node:crypto";
import { type FormatName, MANIFEST_BYTES } from "../../firmware/update/manifest.js";
import { deflated, delta } from "./files.js";

/** What a release says besides its image. */
export interface ReleaseFacts {
  seq: number;
  version: string;
  board: string;
  chip: string;
  layout: string;
  /** Left out: any image may be followed. */
  minBase?: number | undefined;
  /** Unix seconds before which nothing is fetched. */
  notBefore?: number | undefined;
  spreadS?: number | undefined;
}

export interface Signer {
  kid: string;
  /** P-256, private. */
  key: KeyObject;
}

/** An image as one format has it. */
export interface Packed {
  format: FormatName;
  file: Uint8Array;
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("base64url");

/**
 * The image in every format that there is for it, the smallest file first.
 * @param base the image that a patch is for; left out: no patch
 */
export function packAll(image: Uint8Array, base?: Uint8Array | undefined): Packed[] {
  const packed: Packed[] = [
    { format: "image", file: image },
    { format: "deflate", file: deflated(image) },
  ];
  if (base !== undefined) packed.push({ format: "delta", file: delta(base, image) });
  return packed.sort((a, b) => a.file.length - b.file.length);
}

/**
 * A manifest, signed: a compact JWS.
 * @param url where the file will lie
 * @throws RangeError when it is longer than a device takes
 */
export function manifestFor(
  packed: Packed,
  { image, base }: { image: Uint8Array; base?: Uint8Array | undefined },
  url: string,
  facts: ReleaseFacts,
  { kid, key }: Signer,
): string {
  const { format, file } = packed;
  const payload = {
    ...facts,
    ...{ url, sha256: digest(image), size: image.length },
    ...(format !== "image" && { format, fileSha256: digest(file), length: file.length }),
    ...(format === "delta" && base && { baseSha256: digest(base), baseSize: base.length }),
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part({ alg: "ES256", kid })}.${part(payload)}`;
  const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  const jws = `${input}.${signature.toString("base64url")}`;
  if (jws.length > MANIFEST_BYTES) {
    throw new RangeError(
      `the manifest has ${jws.length} bytes, and may have ${MANIFEST_BYTES}: take a shorter address`,
    );
  }
  return jws;
}

/** The public key as a manifest names it and an image has it built in: an uncompressed point. */
export function pointOf(publicKey: KeyObject): Uint8Array {
  const { x, y } = publicKey.export({ format: "jwk" });
  return Buffer.concat([Buffer.of(4), Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]);
}
