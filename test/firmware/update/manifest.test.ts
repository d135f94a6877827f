import { describe, expect, test } from "@jest/globals";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import { UpdateError } from "../../../firmware/update/error.js";
import { MANIFEST_BYTES, type Manifest, QUERY_BYTES, readManifest } from "../../../firmware/update/manifest.js";
import {
  base64Url,
  payloadFor,
  type ReleaseKey,
  releaseKey,
  sha256,
  signed,
  verifyByNode,
} from "../../support/updates.js";

const first = releaseKey("release-1");
const second = releaseKey("release-2");
const stranger = releaseKey("release-1");
const KEYS = [first, second];
const IMAGE = Buffer.alloc(40_000, "image");
const PAYLOAD = payloadFor(IMAGE);

const read = (text: string, verify = verifyByNode): Manifest => readManifest(encodeUtf8(text), KEYS, verify);
const refusal = (text: string): string => {
  try {
    read(text);
    return "taken";
  } catch (error) {
    if (error instanceof UpdateError) return error.code;
    throw error;
  }
};
const codeOf = async (payload: object | string, key: ReleaseKey = first, header: object = {}) =>
  refusal(await signed(payload, key, header));

describe("a manifest", () => {
  test("that jose signed with either key is read, by node:crypto and by noble alike", async () => {
    const noble = es256();
    for (const key of KEYS) {
      const text = await signed(PAYLOAD, key);
      const manifest = read(text);
      expect(read(text, (message, signature, point) => noble.verify(signature, message, point))).toEqual(manifest);
      expect(manifest).toMatchObject({
        kid: key.kid,
        seq: 7,
        version: "1.4.0",
        format: "image",
        minBase: 0,
        spreadS: 0,
      });
      expect(manifest.address).toEqual({ host: "updates.test", port: 443, path: "/7/image.bin" });
      expect(manifest.sha256).toEqual(sha256(IMAGE));
      expect(manifest.fileSha256).toEqual(sha256(IMAGE));
      expect(manifest.length).toBe(IMAGE.length);
    }
  });

  test("of a delta names file and base", async () => {
    const digest = base64Url(sha256(Buffer.from("patch")));
    const packed = { format: "delta", fileSha256: digest, length: 900, baseSha256: digest, baseSize: 39_000 };
    const when = { minBase: 3, notBefore: 1_790_000_000, spreadS: 3_600 };
    const manifest = read(await signed({ ...PAYLOAD, ...packed, ...when }, first));
    expect(manifest).toMatchObject({ format: "delta", length: 900, minBase: 3, spreadS: 3_600 });
    expect(manifest.notBeforeMs).toBe(1_790_000_000_000);
    expect(manifest.base).toEqual({ sha256: sha256(Buffer.from("patch")), size: 39_000 });
  });

  test("may have a fresh query behind it, which changes nothing that is signed", async () => {
    const jws = await signed(PAYLOAD, first);
    const query = "X-Amz-Expires=3600&X-Amz-Signature=00ff";
    expect(read(`${jws}?${query}`)).toEqual({ ...read(jws), query });
    expect(refusal(`${jws}?a b`)).toBe("update-malformed");
    expect(refusal(`${jws}?${"a".repeat(QUERY_BYTES + 1)}`)).toBe("update-too-large");
  });

  test("whose signature does not hold is refused before its payload is looked at", async () => {
    expect(await codeOf("no JSON", stranger)).toBe("update-signature");
    const [header, payload, signature] = (await signed(PAYLOAD, first)).split(".");
    const other = Buffer.from(JSON.stringify({ ...PAYLOAD, seq: 8 })).toString("base64url");
    expect(refusal(`${header}.${other}.${signature}`)).toBe("update-signature");
    expect(refusal(`${header}.${payload}.`)).toBe("update-signature");
    const short = Buffer.from(signature!, "base64url").subarray(0, 63).toString("base64url");
    expect(refusal(`${header}.${payload}.${short}`)).toBe("update-signature");
    const turned = Buffer.from(signature!, "base64url");
    turned[0]! ^= 1;
    expect(refusal(`${header}.${payload}.${turned.toString("base64url")}`)).toBe("update-signature");
    // Signed with the one key under the name of the other.
    expect(await codeOf(PAYLOAD, first, { kid: "release-2" })).toBe("update-signature");
    expect(await codeOf(PAYLOAD, first, { kid: "release-3" })).toBe("update-key");
  });

  test("with another algorithm, or a header that asks for more, is refused", async () => {
    const [, payload, signature] = (await signed(PAYLOAD, first)).split(".");
    const under = (header: object) =>
      refusal(`${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload}.${signature}`);
    expect(under({ alg: "none", kid: "release-1" })).toBe("update-algorithm");
    expect(under({ alg: "HS256", kid: "release-1" })).toBe("update-algorithm");
    expect(under({ alg: "ES256", kid: "release-1", crit: ["b64"], b64: false })).toBe("update-algorithm");
    expect(under({ alg: "ES256", kid: "release-1", jwk: "x" })).toBe("update-algorithm");
    expect(under({ alg: "ES256" })).toBe("update-malformed");
  });

  test("that is cut off, too large or no JWS is refused", async () => {
    const text = await signed(PAYLOAD, first);
    for (let length = 0; length < text.length; length++) {
      expect(["update-malformed", "update-signature"]).toContain(refusal(text.slice(0, length)));
    }
    expect(refusal("a".repeat(MANIFEST_BYTES + 1))).toBe("update-too-large");
    expect(refusal(`${"a".repeat(MANIFEST_BYTES * 2)}?`)).toBe("update-too-large");
    expect(refusal("..")).toBe("update-malformed");
    expect(refusal(`${text}.`)).toBe("update-malformed");
    expect(refusal(text.replace(".", "=."))).toBe("update-malformed");
    expect(await codeOf("[]")).toBe("update-malformed");
    expect(await codeOf(JSON.stringify(PAYLOAD).slice(0, -1))).toBe("update-malformed");
  });

  test("says each thing within its range, or is refused", async () => {
    const wrong: Record<string, unknown>[] = [
      { seq: 0 },
      { seq: 1.5 },
      { seq: "7" },
      { seq: 2 ** 31 },
      { seq: undefined },
      { version: "" },
      { version: "1\n" },
      { board: "esp32 breakout" },
      { chip: "c".repeat(33) },
      { layout: undefined },
      { sha256: PAYLOAD.sha256.slice(1) },
      { sha256: `${PAYLOAD.sha256}=` },
      { size: 0 },
      { size: 16 * 1024 * 1024 + 1 },
      { minBase: -1 },
      { notBefore: -1 },
      { spreadS: 7 * 86_400 + 1 },
      { length: 4 },
      { fileSha256: PAYLOAD.sha256 },
      { baseSha256: PAYLOAD.sha256 },
      { format: "deflate" },
      { format: "deflate", fileSha256: PAYLOAD.sha256, length: 5, baseSize: 1 },
      { format: "delta", fileSha256: PAYLOAD.sha256, length: 5 },
      { url: "http://updates.test/a" },
      { url: "https://updates.test" },
      { url: "https://10.0.0.1/a" },
      { url: "https://user@updates.test/a" },
      { url: "https://updates.test:0/a" },
      { url: "https://updates.test:65536/a" },
      { url: "https://updates.test/a?b" },
      { url: "https://updates.test/a b" },
      { url: `https://updates.test/${"a".repeat(256)}` },
      { mustReboot: true },
    ];
    for (const change of wrong) {
      expect([change, await codeOf({ ...PAYLOAD, ...change })]).toEqual([change, "update-malformed"]);
    }
    expect(await codeOf({ ...PAYLOAD, format: "zip" })).toBe("update-format");
  });
});
