// Keys and tokens in all their containers: only JwtErrors are thrown, no message quotes the input, and what is taken for a
// key is one.

import { isCertificate } from "../../firmware/bytes/certificate.js";
import { BIT_STRING, der, derUnsigned, OCTET_STRING, SEQUENCE } from "../../firmware/bytes/der.js";
import { decodePem } from "../../firmware/bytes/pem.js";
import { PemReader } from "../../firmware/bytes/pem-reader.js";
import { isScalar, readEcPrivateKey } from "../../firmware/jwt/ec-key.js";
import { JwtError } from "../../firmware/jwt/errors.js";
import { KEY_LIMIT } from "../../firmware/jwt/pkcs8.js";
import { readRsaPrivateKey } from "../../firmware/jwt/rsa-key.js";
import { decodeToken } from "../../host-sim/jwt/verify.js";
import { anySplit, ascii, attempt, cutSeeds, promise, type Target, words } from "../target.js";

/** An error's message quotes no key: it holds no run of characters as long as a piece of one. A PEM label is no secret. */
function quotesNothing(outcome: unknown): void {
  const { failed } = outcome as { failed?: string };
  if (failed === undefined) return;
  // Before the first colon stands the failure's code.
  const message = failed.replace(/^[a-z-]+: /, "").replace(/ but: [A-Z0-9 ]*$/, "");
  promise(!/[A-Za-z0-9+/=_-]{16}/.test(message), "a message that may quote the key");
}

const source = (input: Uint8Array): string | Uint8Array =>
  (input[0] ?? 0) % 2 === 0 ? input.subarray(1) : Buffer.from(input.subarray(1)).toString("latin1");

// Keys of fixed numbers, so that a seed of the fuzzer repeats to the byte. The EC key is the one of RFC 7515 §A.3.
const hex = (text: string) => Uint8Array.from(text.match(/../g)!, (two) => Number.parseInt(two, 16));
const D = "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2";
const X = "7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445";
const Y = "c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad";
const SEC1 = hex(`30770201010420${D}a00a06082a8648ce3d030107a14403420004${X}${Y}`);
const PKCS8 = hex(`308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420${D}a14403420004${X}${Y}`);
const SPKI = hex(`3059301306072a8648ce3d020106082a8648ce3d03010703420004${X}${Y}`);
const pem = (label: string, der: Uint8Array) =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64").replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
const url = (text: string) => Buffer.from(hex(text)).toString("base64url");
const JWK = `{"kty":"EC","crv":"P-256","d":"${url(D)}","x":"${url(X)}","y":"${url(Y)}"}`;

const tokens = words(
  ...[
    "-----BEGIN EC PRIVATE KEY-----\n",
    "-----END EC PRIVATE KEY-----",
    "-----BEGIN ",
    "-----END ",
    "-----",
    "PRIVATE KEY",
  ],
  ...[
    "RSA ",
    "ENCRYPTED ",
    "EC PARAMETERS",
    "Proc-Type: 4,ENCRYPTED\n",
    '"kty":"EC"',
    '"d":',
    '"crv":"P-256"',
    "AAAA",
    "==",
  ],
  ...[
    hex("06072a8648ce3d0201"),
    hex("06082a8648ce3d030107"),
    hex("020101"),
    hex("0420"),
    hex("3082"),
    hex("a144"),
    hex("0500"),
  ],
  hex("06092a864886f70d010101"),
);

export const ecPrivate: Target = {
  name: "keys-ec",
  seeds: cutSeeds(SEC1, pem("EC PRIVATE KEY", SEC1), PKCS8, pem("PRIVATE KEY", PKCS8), hex(D), JWK, SPKI),
  tokens,
  work: { base: 3000, perByte: 80 },
  run: (input) => {
    const key = attempt([JwtError], () => readEcPrivateKey(source(input)));
    quotesNothing(key);
    if (!("failed" in key)) {
      promise(isScalar(key.d), "a scalar out of range");
      promise(key.publicKey === undefined || (key.publicKey.length === 65 && key.publicKey[0] === 4), "no point");
    }
  },
};

/** Numbers of the lengths that those of an RSA key of 2048 bits have; they are none. */
const number = (length: number) => derUnsigned(new Uint8Array(length).fill(0xb7));
const E65537 = derUnsigned(Uint8Array.of(1, 0, 1));
const RSA = hex("300d06092a864886f70d0101010500");
const PKCS1 = der(
  SEQUENCE,
  hex("020100"),
  number(256),
  E65537,
  number(256),
  ...Array.from({ length: 5 }, () => number(128)),
);
const RSA_PKCS8 = der(SEQUENCE, hex("020100"), RSA, der(OCTET_STRING, PKCS1));
const RSA_SPKI = der(SEQUENCE, RSA, der(BIT_STRING, Uint8Array.of(0), der(SEQUENCE, number(256), E65537)));

export const rsaPrivate: Target = {
  name: "keys-rsa",
  seeds: cutSeeds(PKCS1, pem("RSA PRIVATE KEY", PKCS1), RSA_PKCS8, pem("PUBLIC KEY", RSA_SPKI), RSA_SPKI),
  tokens,
  work: { base: 3000, perByte: 80 },
  run: (input) => {
    const key = attempt([JwtError], () => readRsaPrivateKey(source(input)));
    quotesNothing(key);
    if ("n" in key) promise(key.n.length >= 256 && key.n.length <= 512, "a modulus out of range");
  },
};

function readPem(pieces: readonly Uint8Array[]) {
  const reader = new PemReader(KEY_LIMIT);
  const outcome = attempt([RangeError], () => {
    for (const piece of pieces) reader.push(piece);
    return [...reader.end()];
  });
  return { label: reader.label, outcome };
}

export const pemText: Target = {
  name: "pem",
  seeds: cutSeeds(
    pem("CERTIFICATE", SPKI),
    `text\n${pem("EC PARAMETERS", hex("06082a8648ce3d030107"))}${pem("EC PRIVATE KEY", SEC1)}`,
    pem("X", Uint8Array.of(1)).replaceAll("\n", "\r\n"),
  ),
  tokens,
  work: { base: 3000, perByte: 120 },
  run: (input) => {
    anySplit(input, readPem);
    const text = Buffer.from(input.subarray(1)).toString("latin1");
    const blocks = attempt([RangeError], () => decodePem(text));
    const { outcome } = readPem([input.subarray(1)]);
    // Where both understand the first block, they understand the same.
    if (Array.isArray(blocks) && Array.isArray(outcome) && blocks[0] && !blocks[0].encrypted) {
      promise(Buffer.from(outcome).equals(blocks[0].der), "two readers of PEM differ");
    }
    if (Array.isArray(outcome)) isCertificate(Uint8Array.from(outcome));
  },
  endless: () => {
    let reader = new PemReader(KEY_LIMIT);
    return (bytes) => {
      if (attempt([RangeError], () => reader.push(bytes))) reader = new PemReader(KEY_LIMIT);
    };
  },
};

export const jwt: Target = {
  name: "jwt",
  seeds: [
    ascii("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLCJleHAiOjEzMDA4MTkzODB9.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmU"),
    ascii("e30.e30."),
  ],
  tokens: words(".", "e30", "eyJhbGciOiJFUzI1NiJ9", "bnVsbA", "W10", "-_", "="),
  work: { base: 1000, perByte: 60 },
  run: (input) => {
    quotesNothing(attempt([JwtError], () => decodeToken(Buffer.from(input).toString("latin1"))));
  },
};
