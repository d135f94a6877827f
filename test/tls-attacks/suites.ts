// Suites, groups and signatures that every TLS class of Simkey must refuse, though the server would speak them; and some that it
// takes.

import type { TlsOptions } from "node:tls";
import { SERVER_NAME } from "../host-sim/platform/tls-table.js";
import type { Attack } from "./attack.js";

/** A server with an RSA key that speaks TLS 1.2 by this only. It goes by the client's order, as most do. */
const by = (options: TlsOptions): Pick<Attack, "kind" | "serve"> => ({
  kind: "rsa2048",
  serve: async (lab) => {
    const { ciphers = "DEFAULT" } = options;
    const lax = {
      maxVersion: "TLSv1.2",
      honorCipherOrder: false,
      ...options,
      ciphers: `${ciphers}:@SECLEVEL=0`,
    } as const;
    return lab.serve(await lab.authority.serverIdentity([SERVER_NAME]), lax);
  },
});
const suite = (ciphers: string) => by({ ciphers });

export const SUITES: readonly Attack[] = [
  { name: "ECDHE with AES-GCM", verdict: ["ok"], ...suite("ECDHE-RSA-AES128-GCM-SHA256") },
  { name: "ECDHE with ChaCha20-Poly1305", verdict: ["ok"], ...suite("ECDHE-RSA-CHACHA20-POLY1305") },
  { name: "no forward secrecy", verdict: ["tls-alert"], ...suite("AES128-GCM-SHA256") },
  { name: "finite-field Diffie-Hellman", verdict: ["tls-alert"], ...suite("DHE-RSA-AES128-GCM-SHA256") },
  { name: "AES-CCM", verdict: ["tls-alert"], serve: suite("ECDHE-ECDSA-AES128-CCM").serve },
  { name: "CBC", verdict: ["tls-alert"], ...suite("ECDHE-RSA-AES128-SHA256") },
  { name: "CBC with SHA-1", verdict: ["tls-alert"], ...suite("ECDHE-RSA-AES256-SHA") },
  { name: "no encryption", verdict: ["tls-alert"], ...suite("NULL-SHA256") },
  { name: "no certificate", verdict: ["tls-alert"], ...suite("aNULL") },
  { name: "Curve25519", verdict: ["tls-alert"], ...by({ ecdhCurve: "X25519" }) },
  { name: "SHA-1 under the key exchange", verdict: ["tls-alert"], ...by({ sigalgs: "RSA+SHA1" }) },
  { name: "SHA-512 under the key exchange", verdict: ["tls-alert"], ...by({ sigalgs: "RSA+SHA512" }) },
];
