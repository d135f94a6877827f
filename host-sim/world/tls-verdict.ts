// What a TLS client makes of a modelled server certificate: the same verdicts, by the same codes, as the real classes give.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { type TlsCode, TlsError, type TlsOptions } from "../../firmware/platform/tls.js";
import type { AlertName, ModelCertificate, ServerFlight } from "./tls-wire.js";

type Secure = TlsOptions["secure"];

/** A reason to refuse, and the alert that tells the server. */
export interface Refusal {
  error: TlsError;
  alert: AlertName;
}

/** SHA-256 of a certificate's DER, as ModelCertificate.rootFingerprint has it. */
export function fingerprint(der: Uint8Array): string {
  const known = FINGERPRINTS.get(der);
  if (known !== undefined) return known;
  const made = bytesToHex(sha256(der));
  FINGERPRINTS.set(der, made);
  return made;
}

/** The roots are the same few objects at each handshake. */
const FINGERPRINTS = new WeakMap<Uint8Array, string>();

/** The checks in order; the first that finds something decides. */
const CHECKS: readonly {
  code: TlsCode;
  alert: AlertName;
  finds: (certificate: ModelCertificate, secure: Secure, wallMs: number) => string | undefined;
}[] = [
  {
    code: "tls-untrusted",
    alert: "unknown_ca",
    finds: (certificate, { roots }) =>
      roots.some((der) => fingerprint(der) === certificate.rootFingerprint)
        ? undefined
        : "the server's certificate leads to none of the given roots",
  },
  {
    code: "tls-not-yet-valid",
    alert: "bad_certificate",
    finds: ({ notBefore }, _, wallMs) =>
      wallMs < notBefore ? "a certificate of the server's chain is not valid yet" : undefined,
  },
  {
    code: "tls-expired",
    alert: "certificate_expired",
    finds: ({ notAfter }, _, wallMs) =>
      wallMs > notAfter ? "a certificate of the server's chain has expired" : undefined,
  },
  {
    code: "tls-name",
    alert: "bad_certificate",
    finds: ({ names }, { serverName }) =>
      names.some((name) => matchesName(serverName, name)) ? undefined : `the certificate is not for ${serverName}`,
  },
];

/**
 * Judges the server's first flight. A server that goes on from a session shows no certificate: what is behind the session was
 * judged then, see tls-sessions.ts.
 * @param isOffered whether a session was offered to it
 * @returns undefined when all is well
 */
export function judge(flight: ServerFlight, secure: Secure, isOffered = false): Refusal | undefined {
  if (flight.version === "1.1") {
    return { alert: "protocol_version", error: new TlsError("tls-version", "the server speaks only TLS 1.1") };
  }
  const wallMs = secure.clock.wall();
  if (wallMs === undefined) return { alert: "bad_certificate", error: clockUnset() };
  const { certificate } = flight;
  if (certificate === undefined && !isOffered) {
    const error = new TlsError("tls-protocol", "the server goes on from a session that it was not offered");
    return { alert: "unexpected_message", error };
  }
  for (const { code, alert, finds } of certificate === undefined ? [] : CHECKS) {
    const found = finds(certificate!, secure, wallMs);
    if (found !== undefined) return { alert, error: new TlsError(code, found) };
  }
  const found = alpnFault(flight.alpn, secure);
  return found === undefined ? undefined : { alert: "no_application_protocol", error: new TlsError("tls-alpn", found) };
}

/** What is wrong with the protocol that the server selected (RFC 7301 §3.1), for every TLS class of host-sim/. */
export function alpnFault(selected: string | undefined, secure: Secure): string | undefined {
  if (selected === undefined) return secure.requireAlpn ? "the server selected no application protocol" : undefined;
  const offered = secure.applicationLayerProtocolNegotiation ?? [];
  return offered.includes(selected) ? undefined : "the server selected a protocol that was not offered";
}

/** The failure of a device that does not know the time. */
export function clockUnset(): TlsError {
  return new TlsError("tls-clock", "the clock is not set, so certificate dates cannot be checked");
}

/** RFC 9525 §6.3: case does not matter, `*` stands for exactly one whole first label. */
export function matchesName(host: string, pattern: string): boolean {
  const name = host.toLowerCase();
  const wanted = pattern.toLowerCase();
  if (!wanted.startsWith("*.")) return name === wanted;
  const dot = name.indexOf(".");
  return dot > 0 && name.slice(dot) === wanted.slice(1) && wanted.indexOf(".", 2) > 0;
}
