// The dates of a verified certificate path against the device's own clock. OpenSSL has verified the chain by then, but by this
// machine's clock; this finds the path again (RFC 5280 §6.1) and asks what a device with its own idea of the time would say.

import type { X509Certificate } from "node:crypto";
import { TlsError } from "../../firmware/platform/tls.js";

/** Longest path, leaf and anchor included. */
const PATH_LIMIT = 10;

/**
 * Checks that at `wallMs` there is a path from the server's certificate to an anchor all of whose certificates are valid.
 * @param sent the certificates that the server sent, its own first
 * @param anchors the trust anchors
 * @returns undefined, or `tls-untrusted`, `tls-not-yet-valid`, `tls-expired`
 */
export function checkPath(
  sent: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  wallMs: number,
): TlsError | undefined {
  const [leaf, ...others] = sent;
  const failures: TlsError[] = [];
  for (const path of paths(leaf!, others, anchors, PATH_LIMIT)) {
    const failure = path.map((certificate) => checkDates(certificate, wallMs)).find((found) => found !== undefined);
    if (failure === undefined) return undefined;
    failures.push(failure);
  }
  return failures[0] ?? new TlsError("tls-untrusted", "the server's certificate leads to none of the given roots");
}

/** All ways from `certificate` to an anchor, shortest first where they branch; both ends included. */
function* paths(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  limit: number,
): Generator<X509Certificate[]> {
  if (limit === 0) return;
  if (anchors.some((anchor) => sameIdentity(anchor, certificate))) yield [certificate];
  for (const anchor of anchors) if (issued(anchor, certificate)) yield [certificate, anchor];
  for (const issuer of others) {
    if (!issuer.ca || !issued(issuer, certificate)) continue;
    const rest = others.filter((other) => other !== issuer);
    for (const path of paths(issuer, rest, anchors, limit - 1)) yield [certificate, ...path];
  }
}

/** An anchor is a name and a key (RFC 5280 §6.1.1 d), whoever else has signed for them. */
function sameIdentity(anchor: X509Certificate, certificate: X509Certificate): boolean {
  return anchor.subject === certificate.subject && anchor.publicKey.equals(certificate.publicKey);
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function checkDates(certificate: X509Certificate, wallMs: number): TlsError | undefined {
  const name = certificate.subject.split("\n").at(-1);
  if (wallMs < Date.parse(certificate.validFrom)) {
    return new TlsError("tls-not-yet-valid", `by the device's clock, ${name} is valid from ${certificate.validFrom}`);
  }
  if (wallMs > Date.parse(certificate.validTo)) {
    return new TlsError("tls-expired", `by the device's clock, ${name} expired at ${certificate.validTo}`);
  }
  return undefined;
}
