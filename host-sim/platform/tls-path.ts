// The path from a server's certificate to an anchor, judged as the chip would. OpenSSL has verified the chain by then, by this
// machine's clock and more leniently; this finds the path again (RFC 5280 §6.1) and asks what the native class would say.

import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { TlsError } from "../../firmware/platform/tls.js";
import { EXTENSION, maySign, type Outline, outlineOf } from "./tls-certificate.js";
import { hostName, permits, readConstraints, readNames } from "./tls-names.js";

/** Longest path, leaf and anchor included: mbedTLS takes 8 certificates between them. */
const PATH_LIMIT = 10;
/** Most certificates that are looked at on the way: copies of one another could be put in any order. */
const STEPS_MAX = 1_000;
/** Smallest RSA modulus in bits, and the curves of keys: mbedtls_x509_crt_profile_next. */
const RSA_BITS_MIN = 2048;
const CURVES: readonly (string | undefined)[] = ["prime256v1", "secp384r1", "secp521r1"];
/** ECDSA (1.2.840.10045.4.3.n) and RSA (1.2.840.113549.1.1.n), each with SHA-256, SHA-384, SHA-512. */
const SIGNATURES: readonly string[] = [
  ...["02", "03", "04"].map((n) => `2a8648ce3d0403${n}`),
  ...["0b", "0c", "0d"].map((n) => `2a864886f70d0101${n}`),
];
/** Extensions that may be critical: those that mbedTLS reads, and in an anchor those that the native class judges besides. */
const READ: readonly string[] = [
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.alternativeNames,
];

interface Link {
  certificate: X509Certificate;
  outline: Outline;
  /** The server's own, or the anchor. */
  leaf: boolean;
  anchor: boolean;
}

/** What a path is judged by. */
export interface Judge {
  /** The name that the server's certificate was accepted for. */
  host: string;
  /** The device's clock, in milliseconds since 1970. */
  wallMs: number;
}

/**
 * Checks that there is a path from the server's certificate to an anchor all of whose certificates the chip would take.
 * @param sent the certificates that the server sent, its own first
 * @param anchors the trust anchors
 * @returns undefined, or why there is none
 */
export function checkPath(
  sent: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  judge: Judge,
): TlsError | undefined {
  try {
    return findPath(sent, anchors, judge);
  } catch (error) {
    // A key that OpenSSL has no name for, DER that it forgives.
    return new TlsError("tls-protocol", "a certificate of the server's chain cannot be read", error);
  }
}

function findPath(
  sent: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  judge: Judge,
): TlsError | undefined {
  const [leaf, ...others] = sent;
  if (leaf === undefined) return new TlsError("tls-untrusted", "the server showed no certificate");
  const failures: TlsError[] = [];
  const search: Search = { anchors, tooLong: false, steps: 0 };
  for (const path of paths(leaf, others, search, PATH_LIMIT)) {
    const failure = judgePath(path, judge);
    if (failure === undefined) return undefined;
    failures.push(failure);
  }
  if (search.tooLong) failures.push(new TlsError("tls-chain-length", "the server's chain has too many authorities"));
  return failures[0] ?? new TlsError("tls-untrusted", "the server's certificate leads to none of the given roots");
}

// ---------------------------------------------------------------- finding

interface Search {
  anchors: readonly X509Certificate[];
  /** A path was given up for its length. */
  tooLong: boolean;
  steps: number;
}

/** All ways from `certificate` to an anchor, shortest first where they branch; both ends included. */
function* paths(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  search: Search,
  limit: number,
): Generator<X509Certificate[]> {
  const { anchors } = search;
  if (++search.steps > STEPS_MAX) return;
  // An anchor is a name and a key (RFC 5280 §6.1.1 d), whoever else has signed for them; what it constrains is in the given one.
  if (limit === PATH_LIMIT && anchors.some(({ raw }) => raw.equals(certificate.raw))) yield [certificate];
  if (limit < 2) {
    search.tooLong = true;
    return;
  }
  for (const anchor of anchors) if (issued(anchor, certificate)) yield [certificate, anchor];
  for (const issuer of others) {
    if (!issuer.ca || !issued(issuer, certificate)) continue;
    const rest = others.filter((other) => other !== issuer);
    for (const path of paths(issuer, rest, search, limit - 1)) yield [certificate, ...path];
  }
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

// ---------------------------------------------------------------- judging

/** The checks of each certificate, the gravest first. */
const CHECKS: readonly ((link: Link, judge: Judge) => TlsError | undefined)[] = [
  checkCritical,
  checkKey,
  checkUsage,
  checkDates,
];

function judgePath(path: readonly X509Certificate[], judge: Judge): TlsError | undefined {
  const links = path.map((certificate, i) => ({
    certificate,
    outline: outlineOf(certificate),
    leaf: i === 0,
    anchor: i === path.length - 1,
  }));
  for (const check of CHECKS) {
    const failure = links.map((link) => check(link, judge)).find((found) => found !== undefined);
    if (failure !== undefined) return failure;
  }
  return checkConstraints(links, judge);
}

function checkCritical({ certificate, outline, anchor }: Link): TlsError | undefined {
  const read = anchor ? [...READ, EXTENSION.nameConstraints] : READ;
  const strange = [...outline.extensions].some(([id, { critical }]) => critical && !read.includes(id));
  if (!strange) return undefined;
  return new TlsError(
    "tls-critical-extension",
    `${nameOf(certificate)} has a critical extension that the chip cannot read`,
  );
}

function checkKey({ certificate, outline, anchor }: Link): TlsError | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  const good =
    type === "rsa"
      ? (details?.modulusLength ?? 0) >= RSA_BITS_MIN
      : type === "ec" && CURVES.includes(details?.namedCurve);
  if (!good) return new TlsError("tls-untrusted", `the key of ${nameOf(certificate)} is too weak, or of another kind`);
  // An anchor is believed without its signature.
  if (anchor || SIGNATURES.includes(outline.signature)) return undefined;
  return new TlsError("tls-untrusted", `the signature of ${nameOf(certificate)} is too weak, or of another kind`);
}

/** OpenSSL has looked at the rest. */
function checkUsage({ certificate, outline, leaf }: Link): TlsError | undefined {
  const usage = outline.extensions.get(EXTENSION.keyUsage);
  if (!leaf || usage === undefined || maySign(usage.value)) return undefined;
  return new TlsError("tls-usage", `the key of ${nameOf(certificate)} may not sign`);
}

function checkDates({ certificate }: Link, { wallMs }: Judge): TlsError | undefined {
  const name = nameOf(certificate);
  if (wallMs < Date.parse(certificate.validFrom)) {
    return new TlsError("tls-not-yet-valid", `by the device's clock, ${name} is valid from ${certificate.validFrom}`);
  }
  if (wallMs > Date.parse(certificate.validTo)) {
    return new TlsError("tls-expired", `by the device's clock, ${name} expired at ${certificate.validTo}`);
  }
  return undefined;
}

/** What each authority constrains, against all names below it. */
function checkConstraints(links: readonly Link[], { host }: Judge): TlsError | undefined {
  for (const [depth, { certificate, outline }] of links.entries()) {
    const constraints = outline.extensions.get(EXTENSION.nameConstraints);
    if (depth === 0 || constraints === undefined) continue;
    const refusal = new TlsError("tls-constraint", `${nameOf(certificate)} may not speak for this server's names`);
    try {
      const subtrees = readConstraints(constraints.value);
      const names = links
        .slice(0, depth)
        .flatMap(({ outline: { extensions, subject } }) =>
          readNames(extensions.get(EXTENSION.alternativeNames)?.value, subject),
        );
      // The certificate may bear it by a wildcard only.
      if (isIP(host) === 0) names.push(hostName(host));
      if (!names.every((name) => permits(subtrees, name))) return refusal;
    } catch {
      return refusal;
    }
  }
  return undefined;
}

function nameOf(certificate: X509Certificate): string {
  return certificate.subject?.split("\n").at(-1) ?? "a certificate";
}
