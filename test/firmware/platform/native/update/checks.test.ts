// The C of the checks on the mbedTLS of this machine, by PSA as on the chip. The oracle is node:crypto.

import { execFileSync } from "node:child_process";
import { createHash, createSign, generateKeyPairSync, sign } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { pointOf } from "../../../../../host-sim/update/release.js";
import { describeWhere, isInstalled } from "../../../../support/peers.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const fake = join(root, "test/support/fake-idf");
const update = join(root, "firmware/platform/native/update");
const program = join(root, "build/update-checks-test");
const CHECKED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const canRun = isInstalled("cc") && existsSync("/usr/include/psa/crypto.h");

if (canRun) {
  mkdirSync(join(root, "build"), { recursive: true });
  const sources = [join(fake, "update-checks-test.c"), join(update, "update-checks.c")];
  const flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", `-I${update}`];
  execFileSync("cc", [...sources, ...flags, ...CHECKED, "-lmbedcrypto", "-o", program], { stdio: "inherit" });
}

const ordered = (...lines: string[]) =>
  execFileSync(program, { input: `${lines.join("\n")}\n`, encoding: "utf8" })
    .trim()
    .split("\n");
const hex = (bytes: Uint8Array) => (bytes.length === 0 ? "-" : Buffer.from(bytes).toString("hex"));

describeWhere(canRun, "libmbedtls-dev", "what an update is checked by", () => {
  test("a digest is that of its pieces, however they are cut", () => {
    const bytes = Buffer.from("an image in pieces, some of them empty ".repeat(30));
    const right = createHash("sha256").update(bytes).digest("hex");
    const cut = (...at: number[]) => at.map((from, i) => hex(bytes.subarray(from, at[i + 1]))).join(" ");
    expect(
      ordered(`sha256 ${hex(bytes)}`, `sha256 ${cut(0, 1, 63, 64, 64, 128, 500)} -`, "sha256", "sha256 -"),
    ).toEqual([right, right, ...Array(2).fill(createHash("sha256").digest("hex"))]);
  });

  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const point = pointOf(publicKey);
  const message = Buffer.from("eyJhbGciOiJFUzI1NiJ9.eyJzZXEiOjd9");
  const signature = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
  const verdict = (...parts: Uint8Array[]) => ordered(`verify ${parts.map(hex).join(" ")}`)[0];
  const changed = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

  test("a signature of the key holds, time and again", () => {
    const line = `verify ${[message, signature, point].map(hex).join(" ")}`;
    expect(ordered(line, line, line)).toEqual(["yes", "yes", "yes"]);
  });

  const other = pointOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey);
  const p384 = pointOf(generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey);
  const der = createSign("sha256").update(message).sign(privateKey);
  const zero = new Uint8Array(64);
  // R of 1 and S of the group's order: S is out of its range.
  const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
  const outOfRange = Buffer.concat([Buffer.alloc(31), Buffer.of(1), order]);
  test.each<[what: string, parts: Uint8Array[]]>([
    ["another message", [changed(message, 3), signature, point]],
    ["no message", [new Uint8Array(0), signature, point]],
    ["another R", [message, changed(signature, 31), point]],
    ["another S", [message, changed(signature, 63), point]],
    ["another key", [message, signature, other]],
    ["a signature in DER", [message, der, point]],
    ["a signature that is cut off", [message, signature.subarray(0, 63), point]],
    ["a signature with a byte more", [message, Buffer.concat([signature, Buffer.of(0)]), point]],
    ["R and S of zero", [message, zero, point]],
    ["an S that is the group's order", [message, outOfRange, point]],
    ["a point that is not on the curve", [message, signature, changed(point, 40)]],
    ["a point that is compressed", [message, signature, point.subarray(0, 33)]],
    ["a point of another form", [message, signature, changed(point, 0)]],
    ["a point of P-384", [message, signature, p384]],
    ["no point", [message, signature, new Uint8Array(0)]],
  ])("%s: refused", (_what, parts) => {
    expect(verdict(...parts)).toBe("no");
  });
});

test("what an update is checked by is compiled wherever tests may not be left out", () => {
  if (process.env.SIMKEY_REQUIRE_PEERS) expect(canRun).toBe(true);
});
