// The shape of an X.509 certificate (RFC 5280 §4.1), for telling one from other DER. Nothing is verified here.

import { BIT_STRING, context, DerReader, INTEGER, SEQUENCE } from "./der.js";

/** True when `bytes` are the DER of one certificate by its outline, with nothing behind it. */
export function isCertificate(bytes: Uint8Array): boolean {
  try {
    const outer = new DerReader(bytes);
    const certificate = outer.enter(SEQUENCE);
    outer.end();
    const signed = certificate.enter(SEQUENCE);
    signed.optional(context(0)); // version
    signed.read(INTEGER); // serial number
    for (let i = 0; i < 5; i++) signed.read(SEQUENCE); // signature, issuer, validity, subject, public key
    certificate.read(SEQUENCE); // signature algorithm
    certificate.read(BIT_STRING);
    certificate.end();
    return true;
  } catch {
    return false;
  }
}
