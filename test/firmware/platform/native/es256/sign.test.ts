// The C that signs with the device's own key on the mbedTLS of this machine, by PSA as on the chip. The oracles are noble, to the
// byte, and node:crypto; what is around it is the firmware's own.

import { execFileSync } from "node:child_process";
import { createPublicKey, randomFillSync, verify } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { encodeUtf8 } from "../../../../../firmware/bytes/utf8.js";
import { nativeKey } from "../../../../../firmware/cloud/own-key/native-key.js";
import type { ProfileMeans } from "../../../../../firmware/cloud/profile.js";
import { DEVICE_KEY } from "../../../../../firmware/jwt/device-key.js";
import { generateScalar } from "../../../../../firmware/jwt/es256.js";
import { es256 } from "../../../../../firmware/jwt/p256.js";
import { MemoryKeyValue } from "../../../../../host-sim/world/key-value.js";
import { describeWhere, isInstalled } from "../../../../support/peers.js";
import { RFC6979_A25 } from "../../../jwt/samples.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const native = join(root, "firmware/platform/native/es256");
const program = join(root, "build/es256-sign-test");
const CHECKED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const canRun = isInstalled("cc") && existsSync("/usr/include/psa/crypto.h");

if (canRun) {
  mkdirSync(join(root, "build"), { recursive: true });
  const sources = [join(root, "test/support/fake-idf/es256-sign-test.c"), join(native, "es256-sign.c")];
  const flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", `-I${native}`];
  execFileSync("cc", [...sources, ...flags, ...CHECKED, "-lmbedcrypto", "-o", program], { stdio: "inherit" });
}

const ordered = (...lines: string[]) =>
  execFileSync(program, { input: `${lines.join("\n")}\n`, encoding: "utf8" })
    .trim()
    .split("\n");
const hex = (bytes: Uint8Array) => (bytes.length === 0 ? "-" : Buffer.from(bytes).toString("hex"));
const random = (into: Uint8Array) => {
  randomFillSync(into);
};
const made = (answer: string | undefined) =>
  answer === "no" || answer === undefined ? undefined : new Uint8Array(Buffer.from(answer, "hex")).buffer;

/** The C in the firmware's hands. */
const { signer, console: consoleOf } = nativeKey({
  sign: (message, d) => made(ordered(`sign ${hex(message)} ${hex(d)}`)[0]),
  publicKeyOf: (d) => made(ordered(`public ${hex(d)}`)[0]),
});
const meansWith = (keyValue: MemoryKeyValue) => ({ keyValue, random }) as unknown as ProfileMeans;

describeWhere(canRun, "libmbedtls-dev", "ES256 by mbedTLS", () => {
  const { d, point, signatures } = RFC6979_A25;

  test.each(["sample", "test"] as const)("RFC 6979 A.2.5: signs %j exactly", (message) => {
    expect(ordered(`sign ${hex(encodeUtf8(message))} ${hex(d)}`)).toEqual([signatures[message]]);
  });

  test("RFC 6979 A.2.5: the public key", () => {
    expect(ordered(`public ${hex(d)}`)).toEqual([hex(point)]);
  });

  test("200 random keys and messages: the same as noble, to the byte", () => {
    const noble = es256(random);
    const cases = Array.from({ length: 200 }, (_, i) => {
      const message = new Uint8Array(i * 3);
      random(message);
      return { message, scalar: generateScalar(random) };
    });
    const lines = cases.flatMap(({ message, scalar }) => [
      `sign ${hex(message)} ${hex(scalar)}`,
      `public ${hex(scalar)}`,
    ]);
    const expected = cases.flatMap(({ message, scalar }) => [
      hex(noble.sign(message, scalar)),
      hex(noble.publicKeyOf(scalar)),
    ]);
    expect(ordered(...lines)).toEqual(expected);
  });

  const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
  test.each<[what: string, scalar: Uint8Array]>([
    ["zero", new Uint8Array(32)],
    ["the group's order", order],
    ["all ones", new Uint8Array(32).fill(0xff)],
    ["a scalar that is cut off", d.subarray(0, 31)],
    ["a scalar with a byte more", Buffer.concat([d, Buffer.of(0)])],
    ["no scalar", new Uint8Array(0)],
  ])("%s: refused", (_what, scalar) => {
    expect(ordered(`sign 00 ${hex(scalar)}`, `public ${hex(scalar)}`)).toEqual(["no", "no"]);
  });

  test("a key that the console makes signs for the profile, and its public half is a key to Node", () => {
    const keyValue = new MemoryKeyValue();
    const keys = consoleOf!({ keyValue, random });
    expect(keys.exists).toBe(false);
    const { pem } = keys.generate!();
    expect(keys.publicHalf()!.pem).toBe(pem);
    const held = signer(meansWith(keyValue));
    const message = encodeUtf8("a token's first two parts");
    const signature = held.sign(message);
    held.wipe();
    const key = createPublicKey(pem);
    expect(verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
    expect(() => held.sign(message)).toThrow(expect.objectContaining({ code: "jwt-key" }));
  });
});

test("a library that fails is an error by name, and no key is no key", () => {
  const failing = nativeKey({ sign: () => undefined, publicKeyOf: () => undefined });
  const keyValue = new MemoryKeyValue();
  const named = expect.objectContaining({ code: "jwt-key" });
  expect(() => failing.signer(meansWith(keyValue))).toThrow(named);
  expect(() => failing.console!({ keyValue, random }).generate!()).toThrow(named);
  expect(keyValue.read(DEVICE_KEY)).toBeUndefined();
  keyValue.write(DEVICE_KEY, RFC6979_A25.d);
  expect(() => failing.signer(meansWith(keyValue)).sign(encodeUtf8("x"))).toThrow(named);
});

test("what signs by mbedTLS is compiled wherever tests may not be left out", () => {
  if (process.env.SIMKEY_REQUIRE_PEERS) expect(canRun).toBe(true);
});
