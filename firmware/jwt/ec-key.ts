// P-256 private keys out of every container a device meets: SEC1 (RFC 5915) and PKCS#8, as PEM or DER; JWK (RFC 7518 §6.2);
// the raw scalar. The structures are walked, never read at fixed offsets. Whether the public half fits is for es256.ts.

import { decodeBase64Url } from "../bytes/base64.js";
import { context, DerReader, OCTET_STRING, OID, SEQUENCE } from "../bytes/der.js";
import { sameBytes } from "../bytes/equal.js";
import { type JsonRead, readJson } from "../bytes/json.js";
import { encodeUtf8 } from "../bytes/utf8.js";
import { JwtError } from "./errors.js";
import { checkJwkUse, JWK_USE } from "./jwk-use.js";
import { EC_PUBLIC_KEY, keyBlock, keyErrors, keyText, unwrapPkcs8 } from "./pkcs8.js";

/** 1.2.840.10045.3.1.7, prime256v1 (RFC 5480 §2.1.1.1) */
export const PRIME256V1 = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07);

/** Bytes of a scalar, of a coordinate, and of an uncompressed point. */
export const SCALAR_LENGTH = 32;
const POINT_LENGTH = 65;

/** Group order n of P-256 (SEC 2 §2.4.2), big-endian words. */
const ORDER = [0xffffffff, 0x00000000, 0xffffffff, 0xffffffff, 0xbce6faad, 0xa7179e84, 0xf3b9cac2, 0xfc632551];

/** A private key as it was found. */
export interface EcPrivateKey {
  /** The scalar, 32 bytes big-endian, 1 <= d < n. The caller wipes it. */
  d: Uint8Array;
  /** The public point beside it, uncompressed, 65 bytes; not yet compared. */
  publicKey?: Uint8Array | undefined;
}

/**
 * Reads a private key in whatever container it comes.
 * @param source PEM or JWK text (also as its bytes), DER, or the 32 bytes of the scalar
 * @throws JwtError `jwt-key`, `jwt-key-encrypted`, `jwt-key-curve` or `jwt-key-use`
 */
export function readEcPrivateKey(source: string | Uint8Array): EcPrivateKey {
  const key = keyErrors(() => readAny(source));
  if (!isScalar(key.d)) {
    key.d.fill(0);
    throw new JwtError("jwt-key", "the private key is not within 1 to n-1");
  }
  return key;
}

/** True for 1 <= d < n. */
export function isScalar(d: Uint8Array): boolean {
  if (d.length !== SCALAR_LENGTH || d.every((byte) => byte === 0)) return false;
  const view = new DataView(d.buffer, d.byteOffset, d.byteLength);
  for (let i = 0; i < ORDER.length; i++) {
    const word = view.getUint32(4 * i);
    if (word !== ORDER[i]) return word < ORDER[i]!;
  }
  return false;
}

function readAny(source: string | Uint8Array): EcPrivateKey {
  const text = keyText(source);
  if (text === undefined) {
    const bytes = source as Uint8Array;
    return bytes.length === SCALAR_LENGTH ? { d: bytes.slice() } : readDer(bytes);
  }
  if (text.trimStart().startsWith("{")) return readJwk(text);
  const block = keyBlock(text);
  if (block.label !== "EC PRIVATE KEY" && block.label !== "PRIVATE KEY") {
    throw new JwtError("jwt-key", `the text holds no private EC key but: ${block.label}`);
  }
  const key = readDer(block.der);
  block.der.fill(0);
  return key;
}

/** DER of PKCS#8 or SEC1. */
function readDer(der: Uint8Array): EcPrivateKey {
  const wrapped = unwrapPkcs8(der, EC_PUBLIC_KEY, "an EC key");
  if (wrapped === undefined) return readSec1(der, true);
  checkCurve(wrapped.parameters);
  return readSec1(wrapped.key, false);
}

/**
 * ECPrivateKey (RFC 5915 §3). The curve must be named, here or in the wrapper.
 * @param alone true when no wrapper names the curve
 */
function readSec1(der: Uint8Array, alone: boolean): EcPrivateKey {
  const outer = new DerReader(der);
  const body = outer.enter(SEQUENCE);
  outer.end();
  if (body.version() !== 1) throw new JwtError("jwt-key", "an EC key of an unknown version");
  const d = body.read(OCTET_STRING);
  if (body.next === context(0)) checkCurve(body.enter(context(0)));
  else if (alone) throw new JwtError("jwt-key-curve", "the key names no curve");
  const publicKey = body.next === context(1) ? readPoint(body.enter(context(1))) : undefined;
  body.end();
  if (d.length !== SCALAR_LENGTH) throw new JwtError("jwt-key", "the private key is not 32 bytes long");
  return { d: d.slice(), publicKey };
}

function readPoint(reader: DerReader): Uint8Array {
  const point = reader.bits();
  reader.end();
  if (!isUncompressed(point)) throw new JwtError("jwt-key", "the public key is not an uncompressed point");
  return point.slice();
}

/** True for the form 04 ‖ X ‖ Y (SEC 1 §2.3.3). */
function isUncompressed(point: Uint8Array): boolean {
  return point.length === POINT_LENGTH && point[0] === 4;
}

/** ECParameters: the name of P-256 and nothing else (RFC 5480 §2.1.1). @throws JwtError `jwt-key-curve` */
function checkCurve(parameters: DerReader): void {
  if (parameters.next !== OID) {
    throw new JwtError("jwt-key-curve", "the key describes its curve by parameters; it must name it");
  }
  if (!sameBytes(parameters.read(OID), PRIME256V1)) {
    throw new JwtError("jwt-key-curve", "the key is of another curve than P-256 (prime256v1)");
  }
  parameters.end();
}

function readJwk(text: string): EcPrivateKey {
  const jwk = jwkOf(text);
  const d = coordinate(jwk, "d");
  if (d === undefined) throw new JwtError("jwt-key", "the JWK has no private key");
  return { d, publicKey: pointOfJwk(jwk) };
}

/** Members of a JWK that are looked at (RFC 7517 §4, RFC 7518 §6.2). */
const JWK = { ...JWK_USE, kty: "plain", crv: "plain", x: "plain", y: "plain", d: "plain" } as const;
type Jwk = JsonRead<typeof JWK>;

/** The JWK in a text, checked to be of P-256 and to sign. @throws JwtError `jwt-key`, `jwt-key-curve` or `jwt-key-use` */
function jwkOf(text: string): Jwk {
  let jwk: Jwk;
  try {
    jwk = readJson(encodeUtf8(text), JWK);
  } catch (error) {
    throw new JwtError("jwt-key", "the key is malformed JSON", error);
  }
  if (jwk.kty !== "EC") throw new JwtError("jwt-key", "the JWK is not an EC key");
  if (jwk.crv !== "P-256") throw new JwtError("jwt-key-curve", "the JWK is of another curve than P-256");
  checkJwkUse(jwk, "sign", "ES256");
  return jwk;
}

/** The point of a JWK, or undefined when it has neither coordinate. */
function pointOfJwk(jwk: Jwk): Uint8Array | undefined {
  const x = coordinate(jwk, "x");
  const y = coordinate(jwk, "y");
  if (x === undefined && y === undefined) return undefined;
  if (x === undefined || y === undefined) throw new JwtError("jwt-key", "the JWK has only one coordinate");
  const point = new Uint8Array(POINT_LENGTH);
  point[0] = 4;
  point.set(x, 1);
  point.set(y, 1 + SCALAR_LENGTH);
  return point;
}

function coordinate(jwk: Jwk, name: "d" | "x" | "y"): Uint8Array | undefined {
  const text = jwk[name];
  if (text === undefined) return undefined;
  let bytes: Uint8Array | undefined;
  if (typeof text === "string") {
    try {
      bytes = decodeBase64Url(text);
    } catch {
      bytes = undefined;
    }
  }
  if (bytes?.length !== SCALAR_LENGTH) throw new JwtError("jwt-key", `the JWK's ${name} is not 32 bytes of base64url`);
  return bytes;
}
