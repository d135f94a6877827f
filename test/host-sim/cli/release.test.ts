import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { compactVerify } from "jose";
import { decoder as delta } from "../../../firmware/update/formats/delta.js";
import { main } from "../../../host-sim/cli/main.js";
import { LAYOUTS } from "../../../host-sim/update/layouts.js";
import { sampleImage } from "../../../host-sim/update/sample-image.js";
import { Prng } from "../../../host-sim/world/prng.js";

const C3 = 5;

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
/** What a build makes of `keys` in simkey.json. */
const KEYS = `release-1\0${createPublicKey(privateKey.export({ type: "pkcs8", format: "pem" })).export({ format: "jwk" }).x}\0`;

/** An image for a chip, by its number, as ESP-IDF heads it. @param mark what it says of its release */
function imageOf(chip: number, body: Uint8Array, mark = "simkey-release 7 1.4.0"): Buffer {
  const head = Buffer.alloc(24);
  head[0] = 0xe9;
  head.writeUInt16LE(chip, 12);
  return Buffer.concat([head, Buffer.from(`${mark}\0${KEYS}`), body]);
}

const OLD = imageOf(C3, sampleImage(1, 60_000), "simkey-release 6 1.3.0");
const NEW = imageOf(C3, sampleImage(1, 60_000, [200]));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simkey-release-"));
  writeFileSync(join(folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(join(folder, "old.bin"), OLD);
  writeFileSync(join(folder, "new.bin"), NEW);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function release(image: string, ...more: string[]) {
  const said = { stdout: "", stderr: "" };
  const given = { key: "key.pem", kid: "release-1", board: "esp32c3-breakout", url: "https://u.test/7/" };
  const options = Object.entries(given).flatMap(([name, value]) =>
    more.includes(`--${name}`) ? [] : [`--${name}`, name === "key" ? join(folder, value) : value],
  );
  const code = await main(["release", join(folder, image), "--out", join(folder, "out"), ...options, ...more], {
    stdin: process.stdin,
    stdout: (text) => {
      said.stdout += text;
    },
    stderr: (text) => {
      said.stderr += text;
    },
    env: {},
    interrupted: new Promise(() => {}),
  });
  return { code, ...said };
}

const written = () => (existsSync(join(folder, "out")) ? readdirSync(join(folder, "out")).sort() : []);
const read = (name: string) => readFileSync(join(folder, "out", name));
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("base64url");

test("a release is the image, deflated and as a patch, each with a manifest that jose verifies", async () => {
  const { code, stdout, stderr } = await release("new.bin", "--base", join(folder, "old.bin"), "--min-base", "3");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const name = "esp32c3-breakout-7";
  expect(written()).toEqual(
    [".bin", ".bin.jws", ".deflate", ".deflate.jws", ".delta", ".delta.jws"].map((end) => name + end),
  );
  expect(stdout).toMatch(/esp32c3-breakout-7\.delta +\d+ +\d+\.\d\d % .* written\n/);
  const { payload, protectedHeader } = await compactVerify(
    read(`${name}.delta.jws`).toString(),
    createPublicKey(privateKey.export({ type: "pkcs8", format: "pem" })),
  );
  expect(protectedHeader).toEqual({ alg: "ES256", kid: "release-1" });
  const file = read(`${name}.delta`);
  expect(JSON.parse(Buffer.from(payload).toString())).toEqual({
    ...{ seq: 7, version: "1.4.0", board: "esp32c3-breakout", chip: "esp32c3", layout: "4m", minBase: 3 },
    ...{ format: "delta", url: `https://u.test/7/${name}.delta`, size: NEW.length, sha256: digest(NEW) },
    ...{ length: file.length, fileSha256: digest(file), baseSize: OLD.length, baseSha256: digest(OLD) },
  });
  const bytes = (from: Uint8Array) => ({
    length: from.length,
    read: (length: number, offset: number) => new Uint8Array(from.subarray(offset, offset + length)),
  });
  const made = new Uint8Array(NEW.length);
  expect(delta({ file: bytes(file), size: NEW.length, base: bytes(OLD) }).read(made)).toBe(NEW.length);
  expect(digest(made)).toBe(digest(NEW));
  expect(digest(read(`${name}.bin`))).toBe(digest(NEW));
});

test("a file that the slot does not hold beside its image is said to be grown over", async () => {
  // A million bytes that nothing packs.
  const noise = new Uint8Array(1_000_000);
  new Prng("noise").fill(noise);
  writeFileSync(join(folder, "large.bin"), imageOf(C3, noise));
  const { code, stdout } = await release("large.bin", "--json");
  expect(code).toBe(0);
  const rows = stdout.trim().split("\n");
  expect(rows.map((line) => JSON.parse(line))).toMatchObject([
    { format: "image", fit: "fits", written: true },
    { format: "deflate", fit: "over", written: true },
  ]);
  expect((await release("large.bin")).stdout).toMatch(/\.deflate .* written; the image grows over it/);
});

test("a file that the slot does not hold is not written", async () => {
  // As long as the slot, and nothing packs it: its file is longer.
  const image = imageOf(C3, new Uint8Array(LAYOUTS["4m"].slotBytes)).subarray(0, LAYOUTS["4m"].slotBytes);
  new Prng("noise").fill(image.subarray(100));
  writeFileSync(join(folder, "late.bin"), image);
  const { code, stdout } = await release("late.bin", "--json");
  expect(code).toBe(0);
  const rows = stdout.trim().split("\n");
  expect(rows.map((line) => JSON.parse(line))).toMatchObject([
    { format: "image", fit: "fits", written: true },
    { format: "deflate", fit: "too-large", written: false },
  ]);
  expect(written()).toEqual(["esp32c3-breakout-7.bin", "esp32c3-breakout-7.bin.jws"]);
  expect((await release("late.bin", "--format", "deflate")).stderr).toMatch(
    /deflate does not fit into a slot of 1835008/,
  );
});

test.each<[what: string, args: string[], code: number, said: RegExp]>([
  ["an image of another chip", ["--board", "esp32-breakout"], 2, /IMAGE: an image for esp32c3; the board has esp32/],
  ["an address without TLS", ["--url", "http://u.test"], 2, /a device would refuse it: .*https/],
  ["a name of a key that no manifest may have", ["--kid", "release 1"], 2, /a device would refuse it/],
  ["a patch without a base", ["--format", "delta"], 2, /--format delta needs the image that runs/],
  ["a board that there is not", ["--board", "toaster"], 2, /--board must be one of/],
  ["a least base above the release", ["--min-base", "7"], 2, /--min-base 7: no image before release 7 has that number/],
  ["a time that has no zone", ["--not-before", "2027-02-01 08:00"], 2, /--not-before must be a time such as/],
  ["a day by its parts", ["--not-before", "1.2.2027"], 2, /--not-before must be a time such as/],
  ["a time that is none", ["--not-before", "soon"], 2, /--not-before must be a time such as/],
  ["a number that is none", ["--seq", "0"], 2, /--seq must be a whole number from 1/],
  ["another number than the image's", ["--seq", "8"], 2, /--seq 8: the image says that it is release 7/],
])("%s is refused in one line, and nothing is written", async (_what, args, code, said) => {
  const result = await release("new.bin", ...args);
  expect(result.code).toBe(code);
  expect(result.stderr).toMatch(said);
  expect(result.stderr.trim().split("\n")).toHaveLength(1);
  expect(written()).toEqual([]);
});

test("a base that is no release before this one is refused", async () => {
  for (const [name, mark] of [
    ["same.bin", "simkey-release 7 1.4.0"],
    ["later.bin", "simkey-release 9 2.0.0"],
  ]) {
    writeFileSync(join(folder, name!), imageOf(C3, sampleImage(1, 1_000), mark));
    const { code, stderr } = await release("new.bin", "--base", join(folder, name!));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/--base is release [79]: a device that runs it takes no release 7/),
    });
  }
  expect(written()).toEqual([]);
});

test("a key that the devices have not, or under another name, is told: they would fetch nothing", async () => {
  const { privateKey: strange } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(join(folder, "strange.pem"), strange.export({ type: "pkcs8", format: "pem" }));
  const base = ["--base", join(folder, "old.bin")];
  const stranger = await release("new.bin", "--key", join(folder, "strange.pem"), ...base);
  expect(stranger.stderr).toMatch(/^simkey: --base has not this key built in: a device that runs it says update-key/);
  const renamed = await release("new.bin", "--kid", "release-9");
  expect(renamed.stderr).toMatch(/^simkey: IMAGE has no key that is called release-9: /);
  // The next key may be in the next image alone: whoever signs decides.
  expect([stranger.code, renamed.code]).toEqual([0, 0]);
});

test("what is no image is refused", async () => {
  writeFileSync(join(folder, "elf.bin"), "\x7fELF and so on");
  const { code, stderr } = await release("elf.bin");
  expect(code).toBe(2);
  expect(stderr).toMatch(/no image of an ESP32/);
});

test("an image that does not say which release it is, or says two, is refused: a device would undo it", async () => {
  writeFileSync(join(folder, "none.bin"), imageOf(C3, new Uint8Array(100), "no mark"));
  expect((await release("none.bin")).stderr).toMatch(/IMAGE does not say which release it is/);
  const twice = imageOf(C3, Buffer.from("\0simkey-release 8 1.5.0\0"));
  writeFileSync(join(folder, "twice.bin"), twice);
  expect((await release("twice.bin")).stderr).toMatch(/it says that it is two releases: simkey-release 7 1\.4\.0, /);
});

test("an image that does not fit into the slot at all is an error", async () => {
  writeFileSync(join(folder, "huge.bin"), imageOf(C3, new Uint8Array(LAYOUTS["4m"].slotBytes)));
  const { code, stderr } = await release("huge.bin");
  expect(code).toBe(1);
  expect(stderr).toMatch(/image does not fit into a slot of 1835008 bytes/);
});

test("a key that is not P-256 signs no release", async () => {
  const { privateKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(join(folder, "rsa.pem"), rsa.export({ type: "pkcs8", format: "pem" }));
  const { code, stderr } = await release("new.bin", "--key", join(folder, "rsa.pem"));
  expect(code).toBe(2);
  expect(stderr).toMatch(/--key: releases are signed by a P-256 key/);
});
