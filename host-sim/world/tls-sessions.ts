// Sessions of the classes of host-sim/ as they are kept: bound to name, protocols, roots and the dates of the certificates that
// were judged, as the chip's class binds its own (firmware/platform/native/tls/tls-session.c).

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { decodeUtf8, encodeUtf8 } from "../../firmware/bytes/utf8.js";
import type { TlsOptions } from "../../firmware/platform/tls.js";

type Secure = TlsOptions["secure"];

/** What is kept. */
interface Kept {
  bound: string;
  /** Milliseconds since 1970: the first end of a certificate behind it. */
  validUntil: number;
  session: string;
}

/** A session that may be offered. */
export type Offer = Pick<Kept, "session" | "validUntil">;

/** What is handed to `TlsSessions.keep`. */
export function sealed(session: string, validUntil: number, secure: Secure): Uint8Array {
  return encodeUtf8(JSON.stringify({ bound: binding(secure), validUntil, session } satisfies Kept));
}

/** The session for this connection; undefined: there is none that may be offered. Asked once a connection: it is taken away. */
export function offerFor({ host, secure }: Pick<TlsOptions, "host" | "secure">): Offer | undefined {
  const bytes = secure.sessions?.take(host);
  if (bytes === undefined) return undefined;
  try {
    const { bound, validUntil, session } = JSON.parse(decodeUtf8(bytes)) as Kept;
    const isOwn = bound === binding(secure) && (secure.clock.wall() ?? Number.POSITIVE_INFINITY) <= validUntil;
    return isOwn ? { session, validUntil } : undefined;
  } catch {
    return undefined;
  }
}

function binding({ serverName, applicationLayerProtocolNegotiation = [], roots }: Secure): string {
  const hash = sha256.create().update(encodeUtf8(JSON.stringify([serverName, applicationLayerProtocolNegotiation])));
  for (const root of roots) hash.update(sha256(root));
  return bytesToHex(hash.digest());
}
