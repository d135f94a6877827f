// What Node does not tell of a certificate: its extensions, its subject as bytes, how it was signed.

import type { X509Certificate } from "node:crypto";
import { BIT_STRING, context, DerReader, INTEGER, OCTET_STRING, OID, SEQUENCE } from "../../firmware/bytes/der.js";

const BOOLEAN = 0x01;

/** Extensions by their object identifiers' DER, in hexadecimal: 2.5.29.n. */
export const EXTENSION = {
  keyUsage: "551d0f",
  alternativeNames: "551d11",
  basicConstraints: "551d13",
  nameConstraints: "551d1e",
  extendedKeyUsage: "551d25",
} as const;

export interface Outline {
  /** Object identifier of the signature's algorithm, in hexadecimal. */
  signature: string;
  /** The subject, a Name in DER. */
  subject: Uint8Array;
  /** Values by object identifier, and which are critical. */
  extensions: Map<string, { value: Uint8Array; critical: boolean }>;
}

/** Reads a certificate's outline (RFC 5280 §4.1). @throws RangeError where it is malformed */
export function outlineOf({ raw }: X509Certificate): Outline {
  const certificate = new DerReader(raw).enter(SEQUENCE);
  const signed = certificate.enter(SEQUENCE);
  const signature = hex(certificate.enter(SEQUENCE).read(OID));
  signed.optional(context(0));
  signed.read(INTEGER);
  // Algorithm, issuer, validity; then the subject.
  for (let i = 0; i < 3; i++) signed.read(SEQUENCE);
  const subject = signed.read(SEQUENCE);
  const begin = subject.byteOffset - raw.byteOffset;
  const header = subject.length < 0x80 ? 2 : subject.length < 0x100 ? 3 : 4;
  signed.read(SEQUENCE);
  // Unique identifiers of issuer and subject, which nobody uses.
  signed.optional(0x81);
  signed.optional(0x82);
  const list = signed.optional(context(3));
  const extensions = list === undefined ? new Map() : extensionsOf(new DerReader(list).enter(SEQUENCE));
  return { signature, subject: raw.subarray(begin - header, begin + subject.length), extensions };
}

function extensionsOf(list: DerReader): Outline["extensions"] {
  const found: Outline["extensions"] = new Map();
  while (list.next !== undefined) {
    const one = list.enter(SEQUENCE);
    const id = hex(one.read(OID));
    const critical = (one.optional(BOOLEAN)?.[0] ?? 0) !== 0;
    if (found.has(id)) throw new RangeError("an extension is there twice");
    found.set(id, { critical, value: one.read(OCTET_STRING) });
  }
  return found;
}

/** Whether a key usage extension's value has digitalSignature, its first bit. @throws RangeError */
export function maySign(usage: Uint8Array): boolean {
  return ((new DerReader(usage).read(BIT_STRING)[1] ?? 0) & 0x80) !== 0;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
