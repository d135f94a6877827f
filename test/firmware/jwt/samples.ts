// Key containers made with node:crypto, and vectors from the RFCs.

import { createECDH, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { der, INTEGER, OCTET_STRING, OID, SEQUENCE } from "../../../firmware/bytes/der.js";
import { PRIME256V1 } from "../../../firmware/jwt/ec-key.js";
import { EC_PUBLIC_KEY } from "../../../firmware/jwt/pkcs8.js";

export const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
export const bytes = (buffer: Buffer) => new Uint8Array(buffer);

/** A P-256 key pair in all the forms of it that a device meets. */
export interface EcSample {
  d: Uint8Array;
  /** Uncompressed. */
  point: Uint8Array;
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** Private-key containers by name. */
  containers: Record<string, string | Uint8Array>;
}

export function ecSample(d: Uint8Array): EcSample {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(d);
  const point = bytes(ecdh.getPublicKey());
  const x = Buffer.from(point.subarray(1, 33)).toString("base64url");
  const y = Buffer.from(point.subarray(33)).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x, y, d: Buffer.from(d).toString("base64url") };
  const privateKey = createPrivateKey({ key: jwk, format: "jwk" });
  const sec1Pem = privateKey.export({ type: "sec1", format: "pem" }) as string;
  const pkcs8Pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const version = der(INTEGER, Uint8Array.of(1));
  const parameters = der(0xa0, der(OID, PRIME256V1));
  const secret = der(OCTET_STRING, d);
  const algorithm = der(SEQUENCE, der(OID, EC_PUBLIC_KEY), der(OID, PRIME256V1));
  const wrap = (inner: Uint8Array) =>
    der(SEQUENCE, der(INTEGER, Uint8Array.of(0)), algorithm, der(OCTET_STRING, inner));
  const parametersPem = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  const sec1 = bytes(privateKey.export({ type: "sec1", format: "der" }) as Buffer);
  return {
    d,
    point,
    privateKey,
    publicKey: createPublicKey(privateKey),
    containers: {
      "SEC1 PEM": sec1Pem,
      "SEC1 PEM behind EC PARAMETERS": parametersPem + sec1Pem,
      "SEC1 PEM with CRLF, as bytes": bytes(Buffer.from(sec1Pem.replaceAll("\n", "\r\n"))),
      "SEC1 DER": sec1,
      "SEC1 DER without public key": der(SEQUENCE, version, secret, parameters),
      "PKCS#8 PEM": pkcs8Pem,
      "PKCS#8 PEM behind text": `Bag Attributes: none\n${pkcs8Pem}`,
      "PKCS#8 DER": bytes(privateKey.export({ type: "pkcs8", format: "der" }) as Buffer),
      "PKCS#8 DER with inner parameters": wrap(sec1),
      "PKCS#8 DER without public key": wrap(der(SEQUENCE, version, secret)),
      JWK: JSON.stringify(jwk),
      "JWK without public key, as bytes": bytes(Buffer.from(JSON.stringify({ ...jwk, x: undefined, y: undefined }))),
      "raw scalar": d,
    },
  };
}

/** RFC 7515 appendix A.3. */
export const RFC7515_A3 = {
  jwk: {
    kty: "EC",
    crv: "P-256",
    x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
  },
  input:
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
  /** With a random nonce: for verifying only. */
  signature: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
  /** Of RFC 6979 for the same key and input. */
  deterministic: "e4ZrhZdbFQ7630Tq51E6RQiJaae9bFNGJszIhtusEwzvO21rzH76Wer6yRn2Zb34VjIm3cVRl0iQctbf4uBY3w",
};

/** RFC 6979 appendix A.2.5, SHA-256. */
export const RFC6979_A25 = {
  d: hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"),
  point: hex(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
  ),
  signatures: {
    sample:
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    test: "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
  },
};

/** The token of cloud.google.com/iot/docs/how-tos/credentials/jwts, whose exp lies before its iat. */
export const GOOGLE_SAMPLE =
  "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJteS1wcm9qZWN0IiwiZXhwIjoxNTA5NjUwODAxLCJpYXQiOjE1MDk2NTQ0MDF9." +
  "F4iKO0R0wvHkpCcQoyrYttdGxE5FLAgDhbTJQLEHIBPsbL2WkLxXB9IGbDESn9rE7oxn89PJFRtcLn7kJwvdQkQcsPxn2RQorvDAnvAi1w3k8gpx" +
  "YWo2DYJlnsi7mxXDqSUCNm1UCLRCW68ssYJxYLSg7B1xGMgDADGyYPaIx1EdN4dDbh-WeDyLLa7a8iWVBXdbmy1H3fEuiAyxiZpk2ll7DcQ6ryyM" +
  "rU2XadwEr9PDqbLe5SrlaJsQbFi8RIdlQJSo_DZGOoAlA5bYTDYXb-skm7qvoaH5uMtOUb0rjijYuuxhNZvZDaBerEaxgmmlO0nQgtn12KVKjmKl" +
  "isG79Q";

/** RSA key pairs are slow to make: one of each size for all tests of a file, and for all mutants of the mutation check. */
export function rsaPair(modulusLength: number): { privateKey: KeyObject; publicKey: KeyObject } {
  const pem = process.env[`SIMKEY_RSA_${modulusLength}`];
  if (pem === undefined) return generateKeyPairSync("rsa", { modulusLength });
  return { privateKey: createPrivateKey(pem), publicKey: createPublicKey(pem) };
}
