// The names under which a carrier keeps server certificates: a host's good one, and the bad ones that faults ask for.

import type { CloudFaultName, CloudFaults } from "./faults.js";

/** What is wrong with a certificate. */
export type Flaw = Extract<CloudFaultName, "wrong-ca" | "wrong-name" | "expired-certificate" | "early-certificate">;

const FLAWS: readonly Flaw[] = ["wrong-ca", "wrong-name", "expired-certificate", "early-certificate"];

/** The certificate that `host` shows in one handshake: its own name, or `NAME FLAW` while a fault strikes. */
export function identityOf(host: "broker" | "onboarding", faults: CloudFaults): string {
  const flaw = FLAWS.find((name) => faults.strikeAt(name, host));
  return flaw === undefined ? host : `${host} ${flaw}`;
}

/** Takes an identity's name apart. */
export function flawOf(identity: string): { host: string; flaw: Flaw | undefined } {
  const [host = "", flaw] = identity.split(" ");
  return { host, flaw: FLAWS.find((name) => name === flaw) };
}
