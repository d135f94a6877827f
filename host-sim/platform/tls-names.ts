// Name constraints (RFC 5280 §4.2.1.10) as the chip judges them (firmware/platform/native/tls/tls-names.c), more strictly than
// OpenSSL. DNS names, addresses and permitted directory names are compared; what cannot be judged so is not let through.

import { context, DerReader, SEQUENCE } from "../../firmware/bytes/der.js";

/** Tags of a GeneralName (RFC 5280 §4.2.1.6). */
const MAIL = 0x81;
const DNS = 0x82;
const DIRECTORY = 0xa4;
const ADDRESS = 0x87;
/** otherName, x400Address, ediPartyName, uniformResourceIdentifier, registeredID */
const KINDS: readonly number[] = [MAIL, DNS, DIRECTORY, ADDRESS, 0xa0, 0xa3, 0xa5, 0x86, 0x88];
/** emailAddress of PKCS #9 (1.2.840.113549.1.9.1), a mail address within a subject. */
const MAIL_ATTRIBUTE = Buffer.from("06092a864886f70d010901", "hex");

interface Name {
  kind: number;
  value: Uint8Array;
}

interface Subtree extends Name {
  excluded: boolean;
}

/** A name constraints extension: its subtrees. @throws RangeError where it is malformed, or has depths */
export function readConstraints(value: Uint8Array): Subtree[] {
  const reader = new DerReader(value);
  const lists = reader.enter(SEQUENCE);
  reader.end();
  const subtrees: Subtree[] = [];
  while (lists.next !== undefined) {
    const excluded = lists.next === context(1);
    const list = lists.enter(excluded ? context(1) : context(0));
    while (list.next !== undefined) {
      const subtree = list.enter(SEQUENCE);
      subtrees.push({ excluded, ...readName(subtree) });
      subtree.end();
    }
  }
  return subtrees;
}

/** The names of a certificate: its alternative ones, and its subject. @throws RangeError where they are malformed */
export function readNames(alternatives: Uint8Array | undefined, subject: Uint8Array): Name[] {
  const names: Name[] = [];
  if (alternatives !== undefined) {
    const reader = new DerReader(alternatives);
    const list = reader.enter(SEQUENCE);
    reader.end();
    while (list.next !== undefined) names.push(readName(list));
  }
  const hasParts = new DerReader(subject).read(SEQUENCE).length > 0;
  if (hasParts) names.push({ kind: DIRECTORY, value: subject });
  if (Buffer.from(subject).includes(MAIL_ATTRIBUTE)) names.push({ kind: MAIL, value: subject });
  return names;
}

/** A host as a name. */
export function hostName(host: string): Name {
  return { kind: DNS, value: new TextEncoder().encode(host) };
}

/** Whether a name is within a permitted subtree, or there is none of its kind, and within no excluded one. */
export function permits(subtrees: readonly Subtree[], name: Name): boolean {
  const ofKind = subtrees.filter(({ kind }) => kind === name.kind);
  const permitted = ofKind.filter(({ excluded }) => !excluded);
  const held = ofKind.map((subtree) => isWithin(subtree, name.value));
  if (held.includes(undefined)) return false;
  if (ofKind.some(({ excluded }, i) => excluded && held[i])) return false;
  return permitted.length === 0 || ofKind.some(({ excluded }, i) => !excluded && held[i]);
}

function readName(from: DerReader): Name {
  const kind = from.next;
  if (kind === undefined || !KINDS.includes(kind)) throw new RangeError("no kind of name");
  return { kind, value: from.read(kind) };
}

/** @returns undefined where it cannot be told */
function isWithin({ kind, value, excluded }: Subtree, name: Uint8Array): boolean | undefined {
  if (kind === DNS) return inDomain(text(value), text(name));
  if (kind === ADDRESS) return inRange(value, name);
  return kind === DIRECTORY && !excluded ? inDirectory(value, name) : undefined;
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1").toLowerCase();

function inDomain(base: string, name: string): boolean {
  return base === "" || name === base || name.endsWith(base.startsWith(".") ? base : `.${base}`);
}

/** The base is an address and a mask. */
function inRange(base: Uint8Array, name: Uint8Array): boolean | undefined {
  const known = [4, 16];
  if (!known.includes(base.length / 2) || !known.includes(name.length)) return undefined;
  return name.length * 2 === base.length && name.every((byte, i) => ((byte ^ base[i]!) & base[name.length + i]!) === 0);
}

/** Compares as bytes: case, blanks and kinds of strings are not made equal (RFC 5280 §7.1). */
function inDirectory(base: Uint8Array, name: Uint8Array): boolean {
  const wanted = new DerReader(base).enter(SEQUENCE);
  const parts = new DerReader(name).enter(SEQUENCE);
  while (wanted.next !== undefined) {
    const tag = wanted.next;
    if (parts.next !== tag || Buffer.compare(wanted.read(tag), parts.read(tag)) !== 0) return false;
  }
  return true;
}
