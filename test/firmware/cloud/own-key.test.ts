import { createPrivateKey, randomFillSync, verify } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { storedKeySigner } from "../../../firmware/cloud/own-key/es256.js";
import { storedRsaSigner } from "../../../firmware/cloud/own-key/rs256.js";
import type { ProfileMeans } from "../../../firmware/cloud/profile.js";
import { DEVICE_KEY } from "../../../firmware/jwt/device-key.js";
import { RFC6979_A25, rsaPair } from "../jwt/samples.js";
import { profileMeans } from "./profile-means.js";

/** Bytes that blind one multiplication, and one inversion, in noble 2: nothing less hides the scalar. */
const BLINDING_BYTES = 16 + 48;

function signer() {
  const drawn: number[] = [];
  const means: ProfileMeans = {
    ...profileMeans().means,
    random: (into) => {
      drawn.push(into.length);
      randomFillSync(into);
    },
  };
  means.keyValue.write(DEVICE_KEY, RFC6979_A25.d.slice());
  return { means, drawn, signs: storedKeySigner(means) };
}

test.each(["der", "pem"] as const)(
  "an ES256 key that was provisioned as PKCS#8 in %s signs as its scalar does",
  (format) => {
    const { means, signs } = signer();
    const scalar = { kty: "EC", crv: "P-256", d: Buffer.from(RFC6979_A25.d).toString("base64url") };
    const point = Buffer.from(signs.publicKey);
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
    const key = createPrivateKey({ key: { ...scalar, x: x!, y: y! }, format: "jwk" });
    const stored = Buffer.from(key.export({ type: "pkcs8", format: format as "der" }) as Buffer | string);
    means.keyValue.write(DEVICE_KEY, new Uint8Array(stored));
    expect(storedKeySigner(means).sign(Buffer.from("sample"))).toEqual(signs.sign(Buffer.from("sample")));
  },
);

test("what is stored and is no key is refused", () => {
  const { means } = signer();
  for (const bytes of [new Uint8Array(32), new Uint8Array(31), Uint8Array.of(0x30, 0x82), new Uint8Array(0)]) {
    means.keyValue.write(DEVICE_KEY, bytes);
    expect(() => storedKeySigner(means)).toThrow(expect.objectContaining({ code: "jwt-key" }));
    expect(() => storedRsaSigner(means)).toThrow(expect.objectContaining({ code: "jwt-key" }));
  }
});

describe("the RSA key's signer", () => {
  const { privateKey, publicKey } = rsaPair(2048);
  const provisioned = () => {
    const { means, drawn } = signer();
    means.keyValue.write(DEVICE_KEY, new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })));
    return { means, drawn };
  };

  test("signs what node:crypto verifies, blinded with fresh random bytes", () => {
    const { means, drawn } = provisioned();
    const message = Buffer.from("sample");
    expect(verify("sha256", message, publicKey, storedRsaSigner(means).sign(message))).toBe(true);
    expect(drawn).toContain(256);
  });

  test("wants a key", () => {
    const { means } = provisioned();
    means.keyValue.delete(DEVICE_KEY);
    expect(() => storedRsaSigner(means)).toThrow(/no key/);
  });
});

describe("the stored key's signer", () => {
  test("blinds each signature with fresh random bytes, which do not show in it", () => {
    const { drawn, signs } = signer();
    const sample = Buffer.from("sample");
    const signatures = [0, 1].map(() => {
      drawn.length = 0;
      const signature = Buffer.from(signs.sign(sample)).toString("hex");
      expect(drawn.reduce((sum, length) => sum + length, 0)).toBeGreaterThanOrEqual(BLINDING_BYTES);
      return signature;
    });
    expect(signatures[0]).toBe(signatures[1]);
  });

  test("signs nothing once it is wiped, and leaves the stored key as it is", () => {
    const { means, signs } = signer();
    signs.wipe();
    expect(() => signs.sign(Buffer.from("sample"))).toThrow(/wiped/);
    expect(means.keyValue.read(DEVICE_KEY)).toEqual(RFC6979_A25.d);
  });
});
