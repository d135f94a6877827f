// What the TLS stream asks of the native session (tls-session.h): bytes in, bytes out, no IO, no callbacks.
// The chip, platform lin and a test in Node each wrap the same C in a class of this shape.

import { type TlsCode, TlsError } from "../../tls.js";

export const PHASE = { handshaking: 0, open: 1, ended: 2, failed: 3 } as const;

export interface TlsSessionOptions {
  /** SNI and the name that the certificate must bear, at most 255 characters. */
  serverName: string;
  /** Protocol names, each ended by a NUL; empty: none is offered. At most 4 names, 128 bytes. */
  alpn: ArrayBuffer;
  /** Trust anchors, DER or PEM; 1 to 8. */
  roots: readonly Uint8Array[];
  /** The device's clock, in seconds since 1970-01-01 UTC. */
  now: number;
  /** What `save` gave on an earlier connection; ignored unless it fits name, protocols and roots. A secret. */
  saved: Uint8Array | undefined;
}

export interface TlsSession {
  /** Bytes of ciphertext that `feed` takes now. */
  readonly room: number;
  /** Takes over ciphertext, at most `room` bytes. */
  feed(bytes: ArrayBuffer): void;
  /** Goes on as far as the ciphertext at hand allows. @returns a PHASE */
  step(): number;
  /** At most `most` bytes of ciphertext for the carrier; undefined when there are none. */
  take(most: number): ArrayBuffer | undefined;
  /** Decrypted bytes at hand; `step` reads the next record only when there are none. */
  readonly readable: number;
  /** At most `most` decrypted bytes; undefined when there are none. */
  read(most: number): ArrayBuffer | undefined;
  /** Bytes of plaintext that `write` takes now; 0 while an earlier record waits for the carrier. */
  readonly writable: number;
  /** Encrypts at most `writable` bytes. */
  write(bytes: Uint8Array): void;
  /** Queues close_notify. */
  end(): void;
  /** The protocol that the server selected. */
  readonly alpn: string | undefined;
  /** Why it failed: a TlsCode, mbedTLS's error, flags of certificates (its own and tls-verdict.h's), the server's alert or -1. */
  why(): [code: string, error: number, flags: number, alert: number];
  /** Version, suite, and whether it went on from a saved session; for a log. */
  about(): [version: string, suite: string, resumed: boolean];
  /**
   * A session for a later connection that has come since this was last asked, at most SIMKEY_TLS_SAVED_MAX bytes; else undefined.
   * A secret.
   */
  save(): ArrayBuffer | undefined;
  /** Frees what is held and wipes keys. Nothing else may be called after. */
  close(): void;
}

export type TlsSessionClass = new (options: TlsSessionOptions) => TlsSession;

const SENTENCES: Partial<Record<TlsCode, string>> = {
  "tls-untrusted": "the server's certificates lead to none of the given roots, or it does not hold its key",
  "tls-chain-length": "there are too many authorities between the server and the given roots",
  "tls-critical-extension": "a certificate has a critical extension that this device does not know",
  "tls-usage": "a certificate of the server's chain is meant for another purpose",
  "tls-constraint": "an authority of the server's chain may not speak for the server's names",
  "tls-name": "the server's certificate is for another name",
  "tls-expired": "a certificate of the server's chain has expired",
  "tls-not-yet-valid": "a certificate of the server's chain is not valid yet",
  "tls-clock": "the clock shows no time that a certificate could be checked by",
  "tls-alpn": "the server refused the protocols that were offered",
  "tls-version": "the server speaks neither TLS 1.2 nor 1.3",
  "tls-alert": "the server refused",
  "tls-local": "no memory or no random numbers for a TLS session, or a name that cannot be one",
};

/** The failure of a session in phase `failed`. */
export function failureOf(session: TlsSession): TlsError {
  const [code, error, flags, alert] = session.why();
  const details = [`mbedTLS -0x${(-error).toString(16)}`];
  if (flags !== 0) details.push(`certificate flags 0x${(flags >>> 0).toString(16)}`);
  if (alert >= 0) details.push(`alert ${alert}`);
  const sentence = SENTENCES[code as TlsCode] ?? "the server broke the protocol";
  return new TlsError(code as TlsCode, `${sentence} (${details.join(", ")})`);
}
