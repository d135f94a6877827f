import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isCertificate } from "../../../firmware/bytes/certificate.js";
import {
  BIT_STRING,
  context,
  DerReader,
  der,
  derUnsigned,
  INTEGER,
  OCTET_STRING,
  SEQUENCE,
} from "../../../firmware/bytes/der.js";

const reader = (...bytes: number[]) => new DerReader(Uint8Array.from(bytes));

describe("DER", () => {
  test("what is written is read again, whatever its length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000, size: "max" }), (content) => {
        if (content.length > 0xffff) return;
        const outer = new DerReader(der(SEQUENCE, der(OCTET_STRING, content), der(context(1))));
        const body = outer.enter(SEQUENCE);
        outer.end();
        expect(body.optional(INTEGER)).toBeUndefined();
        expect(Buffer.from(content).equals(body.read(OCTET_STRING))).toBe(true);
        expect(body.optional(context(1))).toHaveLength(0);
        body.end();
        expect(body.next).toBeUndefined();
      }),
      {
        numRuns: 60,
        examples: [[new Uint8Array(127)], [new Uint8Array(128)], [new Uint8Array(255)], [new Uint8Array(256)]],
      },
    );
  });

  test.each<[string, number[]]>([
    ["another tag", [0x05, 0x00]],
    ["an end within the value", [0x04, 0x02, 0x01]],
    ["no length", [0x04]],
    ["an indefinite length", [0x04, 0x80, 0x00, 0x00]],
    ["a long form for a short length", [0x04, 0x81, 0x01, 0x00]],
    ["two octets for a length of one", [0x04, 0x82, 0x00, 0x80]],
    ["a length of three octets", [0x04, 0x83, 0x01, 0x00, 0x00]],
    ["an end within the length", [0x04, 0x82, 0x01]],
    ["an indefinite length that would be empty", [0x04, 0x80]],
    ["a length of no octets left", [0x04, 0x81]],
  ])("refuses %s", (_, bytes) => {
    expect(() => reader(...bytes).read(OCTET_STRING)).toThrow(RangeError);
  });

  test("integers: shortest form, not negative", () => {
    expect([...reader(2, 2, 0, 0x80).unsigned()]).toEqual([0x80]);
    expect([...reader(2, 1, 0).unsigned()]).toEqual([0]);
    expect(reader(2, 1, 5).version()).toBe(5);
    expect([reader(2, 1, 0x7f).version(), ...reader(2, 1, 0x7f).unsigned()]).toEqual([0x7f, 0x7f]);
    expect([...derUnsigned(Uint8Array.of(0x7f))]).toEqual([INTEGER, 1, 0x7f]);
    for (const bytes of [
      [2, 0],
      [2, 1, 0x80],
      [2, 2, 0, 0x7f],
    ])
      expect(() => reader(...bytes).unsigned()).toThrow(RangeError);
    for (const bytes of [
      [2, 1, 0x80],
      [2, 2, 0, 0x80],
    ])
      expect(() => reader(...bytes).version()).toThrow(RangeError);
    expect([...derUnsigned(Uint8Array.of(0, 0, 0x80, 1))]).toEqual([INTEGER, 3, 0, 0x80, 1]);
    expect([...derUnsigned(Uint8Array.of(0, 0))]).toEqual([INTEGER, 1, 0]);
  });

  test("bit strings of whole bytes only", () => {
    expect([...reader(BIT_STRING, 2, 0, 7).bits()]).toEqual([7]);
    expect(() => reader(BIT_STRING, 2, 1, 6).bits()).toThrow(RangeError);
    expect(() => reader(BIT_STRING, 0).bits()).toThrow(RangeError);
  });
});

describe("a certificate's outline", () => {
  const root = new Uint8Array(new X509Certificate(rootCertificates[0]!).raw);

  test("is that of every root in Node's store", () => {
    for (const pem of rootCertificates) expect(isCertificate(new Uint8Array(new X509Certificate(pem).raw))).toBe(true);
  });

  test("is not that of keys, pieces, or certificates with something behind them", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(isCertificate(new Uint8Array(publicKey.export({ type: "spki", format: "der" })))).toBe(false);
    expect(isCertificate(new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })))).toBe(false);
    expect(isCertificate(root.subarray(0, -1))).toBe(false);
    expect(isCertificate(Uint8Array.of(...root, 0))).toBe(false);
    expect(isCertificate(new Uint8Array(0))).toBe(false);
    expect(isCertificate(der(SEQUENCE, der(SEQUENCE), der(SEQUENCE), der(BIT_STRING)))).toBe(false);
  });
});
