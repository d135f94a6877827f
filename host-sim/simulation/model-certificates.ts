// Modelled certificates of a simulated cloud: each host's good one and its flawed ones.

import type { flawOf } from "../cloud/identities.js";
import { fingerprint } from "../world/tls-verdict.js";
import type { ModelCertificate } from "../world/tls-wire.js";

const YEAR_MS = 365 * 86_400_000;

/**
 * Certificates by the names that a policy decides with (cloud/identities.ts).
 * @param hosts host names by identity
 * @param root what they lead to, DER
 * @param now milliseconds since 1970; they are valid for a year around it
 */
export function modelCertificates(
  hosts: Readonly<Record<string, readonly string[]>>,
  root: Uint8Array,
  now: number,
): Record<string, ModelCertificate> {
  const good = { notBefore: now - YEAR_MS, notAfter: now + YEAR_MS, rootFingerprint: fingerprint(root) };
  const flaws: Record<NonNullable<ReturnType<typeof flawOf>["flaw"]>, Partial<ModelCertificate>> = {
    "wrong-ca": { rootFingerprint: "of another root" },
    "wrong-name": { names: ["somebody-else.example"] },
    "expired-certificate": { notAfter: now - 1 },
    "early-certificate": { notBefore: now + YEAR_MS / 2 },
  };
  const certificates: Record<string, ModelCertificate> = {};
  for (const [identity, names] of Object.entries(hosts)) {
    certificates[identity] = { ...good, names };
    for (const [flaw, change] of Object.entries(flaws)) {
      certificates[`${identity} ${flaw}`] = { ...good, names, ...change };
    }
  }
  return certificates;
}
