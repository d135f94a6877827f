// The handshake of the modem's own TLS, done by Node: what AT+CSSLCFG asked for, and why it failed in the module's terms.

import type { Socket } from "node:net";
import { type ConnectionOptions, checkServerIdentity, TLSSocket } from "node:tls";
import type { ModemTls, NetworkEvent } from "../world/core.js";

type FailureReason = (NetworkEvent & { event: "failed" })["reason"];

/** sslversion of AT+CSSLCFG; 0 leaves the choice to both sides, up to what the common firmware has. */
const VERSIONS = {
  0: ["TLSv1", "TLSv1.2"],
  1: ["TLSv1", "TLSv1"],
  2: ["TLSv1.1", "TLSv1.1"],
  3: ["TLSv1.2", "TLSv1.2"],
  6: ["TLSv1.3", "TLSv1.3"],
} as const;

const EXPIRED = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);

/** Options of the handshake. What the certificate is worth is judged afterwards, by `tlsFailure`. */
export function secureOptions(tls: ModemTls, host: string): ConnectionOptions {
  const [minVersion, maxVersion] = VERSIONS[tls.version as keyof typeof VERSIONS] ?? VERSIONS[3];
  return {
    // Without a name of its own the module sends none; Node takes none from an address.
    servername: tls.sni ?? "",
    host,
    minVersion,
    maxVersion,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(tls.roots && { ca: pem(tls.roots, "CERTIFICATE") }),
    ...(tls.certificate && { cert: pem(tls.certificate, "CERTIFICATE") }),
    ...(tls.key && { key: pem(tls.key, "PRIVATE KEY") }),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
  };
}

/** Why a finished handshake is no connection; undefined: it is one. Without roots every server is trusted (§12.2.2). */
export function tlsFailure(socket: Socket, tls: ModemTls): FailureReason | undefined {
  if (!(socket instanceof TLSSocket) || !tls.roots) return undefined;
  if (socket.authorized) {
    const named = tls.sni === undefined || checkServerIdentity(tls.sni, socket.getPeerCertificate()) === undefined;
    return named ? undefined : "tls-name";
  }
  const code = String(socket.authorizationError);
  if (!EXPIRED.has(code)) return "tls";
  return tls.ignoreTime ? undefined : "tls-expired";
}

/** PEM as it was uploaded; DER put into PEM. */
function pem(bytes: Uint8Array, label: string): string {
  const buffer = Buffer.from(bytes);
  if (buffer[0] !== 0x30) return buffer.toString("latin1");
  return `-----BEGIN ${label}-----\n${buffer.toString("base64")}\n-----END ${label}-----\n`;
}
