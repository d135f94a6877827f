import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { projectIn } from "../../../../host-sim/cli/parts/project.js";
import { CertificateAuthority } from "../../../../host-sim/cloud/node/ca.js";

const { x, y } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
const KEY = { kid: "release-1", x, y };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simkey-project-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const updateOf = (update: unknown) => {
  writeFileSync(join(folder, "simkey.json"), JSON.stringify({ update }));
  return projectIn(folder)!.update;
};

test("a release is told to the image in one text, keys as JWKs, roots as DER", async () => {
  const authority = await CertificateAuthority.create("Test root CA", Date.now(), "p256");
  writeFileSync(join(folder, "ca.pem"), authority.rootPem);
  expect(updateOf({ seq: 7, version: "1.4.0", keys: [KEY], roots: ["ca.pem"] })).toEqual({
    ...{ release: "simkey-release 7 1.4.0", keys: [KEY] },
    roots: [Buffer.from(authority.rootDer).toString("base64")],
  });
});

test("a project that says nothing of updates takes none", () => {
  writeFileSync(join(folder, "simkey.json"), "{}");
  expect(projectIn(folder)!.update).toBeUndefined();
});

test.each<[what: string, update: unknown, said: RegExp]>([
  ["a number without a version", { seq: 7, keys: [KEY] }, /update\.release: /],
  ["a version with a space", { seq: 7, version: "1 0", keys: [KEY] }, /update\.release: /],
  ["three keys", { keys: [KEY, KEY, KEY] }, /update\.keys: there may be 2/],
  ["a key of another curve", { keys: [{ ...KEY, x: "AAAA" }] }, /update\.keys: of release-1, x and y/],
  ["keys that are no list", { keys: KEY }, /"keys" and "roots" of "update" must be lists/],
  ["roots that are not there", { keys: [KEY], roots: ["no.pem"] }, /"roots": .*no\.pem/],
  ["a member that there is not", { key: KEY }, /"update" has no member "key"/],
])("%s: refused in one line", (_what, update, said) => {
  expect(() => updateOf(update)).toThrow(said);
});
