import { createHash } from "node:crypto";
import { rootCertificates } from "node:tls";
import { expect, test } from "@jest/globals";
import { decodePem } from "../../../firmware/bytes/pem.js";
import { builtInRoots } from "../../../firmware/cloud/roots.js";
import { updateRoots } from "../../../firmware/update/roots.js";

const fingerprint = (der: Uint8Array) => createHash("sha256").update(der).digest("hex");
const known = new Set(rootCertificates.map((pem) => fingerprint(decodePem(pem)[0]!.der)));

test("the roots of hosts of images are those of Node's store, the default of the setting, or the build's", () => {
  const isrg = updateRoots("isrg", undefined);
  expect(isrg).toHaveLength(2);
  for (const der of isrg) expect(known.has(fingerprint(der))).toBe(true);
  expect(updateRoots("amazon", undefined)).toBe(builtInRoots());
  const own = [Uint8Array.of(1)];
  expect(updateRoots("build", own)).toBe(own);
  expect(updateRoots("build", undefined)).toEqual([]);
});
