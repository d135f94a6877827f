import { randomFillSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { ProfileIo } from "../../../firmware/cloud/profile.js";
import { storedKeySigner } from "../../../firmware/cloud/stored-key.js";
import { DEVICE_KEY } from "../../../firmware/jwt/key-store.js";
import { RFC6979_A25 } from "../jwt/samples.js";
import { profileIo } from "./profile-io.js";

/** Bytes that blind one multiplication, and one inversion, in noble 2: nothing less hides the scalar. */
const BLINDING_BYTES = 16 + 48;

function signer() {
  const drawn: number[] = [];
  const io: ProfileIo = {
    ...profileIo().io,
    random: (into) => {
      drawn.push(into.length);
      randomFillSync(into);
    },
  };
  io.keyValue.write(DEVICE_KEY, RFC6979_A25.d.slice());
  return { io, drawn, signs: storedKeySigner(io) };
}

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
    const { io, signs } = signer();
    signs.wipe();
    expect(() => signs.sign(Buffer.from("sample"))).toThrow(/wiped/);
    expect(io.keyValue.read(DEVICE_KEY)).toEqual(RFC6979_A25.d);
  });
});
