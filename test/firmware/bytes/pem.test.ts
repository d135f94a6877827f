import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodePem, encodePem } from "../../../firmware/bytes/pem.js";
import { PemReader } from "../../../firmware/bytes/pem-reader.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";
import { cuts, pieces, singly } from "../../support/pieces.js";

const root = rootCertificates[0]!;
const rootDer = new Uint8Array(new X509Certificate(root).raw);

function read(text: string, limit = 4096): Uint8Array {
  const reader = new PemReader(limit);
  reader.push(encodeUtf8(text));
  return reader.end();
}

describe("PEM as a whole", () => {
  test("gives Node's DER for all of Node's roots", () => {
    for (const pem of rootCertificates.slice(0, 40)) {
      expect(decodePem(pem)).toEqual([
        { label: "CERTIFICATE", der: new Uint8Array(new X509Certificate(pem).raw), encrypted: false },
      ]);
    }
  });

  test("writes what Node reads", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const der = new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" }));
    const pem = encodePem("PRIVATE KEY", der);
    expect(pem).toBe(privateKey.export({ type: "pkcs8", format: "pem" }));
    expect(createPrivateKey(pem).export({ type: "pkcs8", format: "der" })).toEqual(Buffer.from(der));
  });

  test("gives several blocks in order and skips text between them", () => {
    const text = `first\n${encodePem("A", Uint8Array.of(1))}then\r\n${encodePem("B C", Uint8Array.of(2, 3))}`;
    expect(decodePem(text).map(({ label, der }) => [label, [...der]])).toEqual([
      ["A", [1]],
      ["B C", [2, 3]],
    ]);
  });

  test("marks a block with headers as encrypted and does not decode it", () => {
    const text = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END EC PRIVATE KEY-----\n";
    expect(decodePem(text)).toEqual([{ label: "EC PRIVATE KEY", der: new Uint8Array(0), encrypted: true }]);
  });

  test("looks for an END once, however many BEGINs want one", () => {
    // The square of this length is minutes.
    expect(decodePem("-----BEGIN A-----".repeat(100_000))).toEqual([]);
    expect(decodePem("-----BEGIN A-----\n".repeat(3))).toEqual([]);
  });

  test("refuses another END and a body that is not base64", () => {
    expect(() => decodePem("-----BEGIN A-----\nAAAA\n-----END B-----")).toThrow(RangeError);
    expect(() => decodePem("-----BEGIN A-----\nAA\n-----END A-----")).toThrow(RangeError);
  });
});

describe("PEM as it arrives", () => {
  test("agrees with the reader of whole texts for any bytes, label, line ends and split", () => {
    const label = fc.constantFrom("CERTIFICATE", "X", "EC PRIVATE KEY", "X509 CRL");
    const lineEnd = fc.constantFrom("\n", "\r\n", "\r", "");
    const before = fc.constantFrom("", "-", "------", "text\n", "-----BEGI", "-----BEGIN-----BEGIN");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), label, lineEnd, before, cuts, (der, name, end, text, at) => {
        const pem = `${text}${encodePem(name, der).replaceAll("\n", end)}`;
        const reader = new PemReader(200);
        for (const piece of pieces(encodeUtf8(pem), at)) reader.push(piece);
        expect(reader.end()).toEqual(der);
        expect(reader.label).toBe(name);
      }),
      { numRuns: 500 },
    );
  });

  test("reads a real root byte by byte and ignores what follows", () => {
    const reader = new PemReader(4096);
    for (const byte of singly(encodeUtf8(`${root}\nanything -----BEGIN`))) reader.push(byte);
    expect(reader.end()).toEqual(rootDer);
  });

  test("holds no more than its limit", () => {
    expect(read(root, rootDer.length)).toEqual(rootDer);
    expect(() => read(root, rootDer.length - 1)).toThrow(/longer than/);
  });

  test.each([
    ["nothing", ""],
    ["no BEGIN", "MIIB"],
    ["no END", "-----BEGIN A-----\nAAAA\n"],
    ["another END", "-----BEGIN A-----\nAAAA\n-----END B-----"],
    ["an empty label", "-----BEGIN -----\nAAAA\n-----END -----"],
    ["a label in lower case", "-----BEGIN a-----\nAAAA\n-----END a-----"],
    ["a label without end", `-----BEGIN ${"A".repeat(41)}-----`],
    ["too few dashes", "-----BEGIN A---\nAAAA\n-----END A-----"],
    ["a body of a wrong length", "-----BEGIN A-----\nAAA\n-----END A-----"],
    ["stray bits", "-----BEGIN A-----\nAB==\n-----END A-----"],
    ["too much padding", "-----BEGIN A-----\nA===\n-----END A-----"],
    ["text behind the padding", "-----BEGIN A-----\nAA==AAAA\n-----END A-----"],
    ["headers", "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END A-----"],
  ])("refuses %s", (_, text) => {
    expect(() => read(text)).toThrow(RangeError);
  });
});
