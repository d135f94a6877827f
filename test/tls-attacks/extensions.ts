// Extensions that a careful authority would seldom sign.

import type { Extension, GeneralNameType } from "@peculiar/x509";
import { context, der, SEQUENCE } from "../../firmware/bytes/der.js";
import "../../host-sim/cloud/node/reflect-metadata.js";

// Not a static import: some loaders run a CommonJS package before any module that imports it, so before the polyfill.
const { Extension: Any, GeneralName } = await import("@peculiar/x509");

const NAME_CONSTRAINTS = "2.5.29.30";
/** Tag of an iPAddress among names (RFC 5280 §4.2.1.6). */
const IP_ADDRESS = 0x87;

/** Kind and value of a name; an `ip` is an address and a mask in hexadecimal. */
export type Subtree = readonly [kind: GeneralNameType, value: string];

export interface Constraints {
  permitted?: readonly Subtree[];
  excluded?: readonly Subtree[];
  critical?: boolean;
  /** Behind each subtree's base: where `minimum` and `maximum` stand. */
  behind?: Uint8Array;
}

/** Name constraints (RFC 5280 §4.2.1.10). */
export function nameConstraints({ permitted, excluded, critical = false, behind }: Constraints): Extension {
  const base = ([kind, value]: Subtree) =>
    kind === "ip" ? der(IP_ADDRESS, Buffer.from(value, "hex")) : new Uint8Array(new GeneralName(kind, value).rawData);
  const list = (n: number, subtrees: readonly Subtree[] | undefined) =>
    subtrees === undefined
      ? []
      : [der(context(n), ...subtrees.map((each) => der(SEQUENCE, base(each), ...(behind ? [behind] : []))))];
  return extension(NAME_CONSTRAINTS, critical, der(SEQUENCE, ...list(0, permitted), ...list(1, excluded)));
}

/** Any extension. */
export function extension(id: string, critical: boolean, value: Uint8Array): Extension {
  return new Any(id, critical, value.slice());
}
