import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import { decodeBase64 } from "../../../firmware/bytes/base64.js";
import {
  AMAZON_ROOT_CA_1,
  AMAZON_ROOT_CA_3,
  builtInRoots,
  STARFIELD_SERVICES_ROOT_CA_G2,
} from "../../../firmware/cloud/roots.js";

const store = rootCertificates.map((pem) => new X509Certificate(pem));

describe("the built-in roots", () => {
  test.each([
    ["Amazon Root CA 1", AMAZON_ROOT_CA_1, 837],
    ["Amazon Root CA 3", AMAZON_ROOT_CA_3, 442],
    ["Starfield Services Root Certificate Authority - G2", STARFIELD_SERVICES_ROOT_CA_G2, 1011],
  ])("%s has the SHA-256 fingerprint of Node's root store", (name, base64, length) => {
    const der = decodeBase64(base64);
    const own = new X509Certificate(der);
    const trusted = store.find(({ subject }) => subject.includes(`CN=${name}`));
    expect(own.fingerprint256).toBe(trusted!.fingerprint256);
    expect(der).toHaveLength(length);
    expect(own.ca).toBe(true);
  });

  test("are these three, as DER", () => {
    expect(builtInRoots().map((der) => new X509Certificate(der).fingerprint256.slice(0, 11))).toEqual([
      "8E:CD:E6:88",
      "18:CE:6C:FE",
      "56:8D:69:05",
    ]);
  });
});
