// What the module's own TLS is asked for: a context of AT+CSSLCFG, and the certificates by name (SIM7080 AT V1.07 §11).

import type { ModemTls } from "../world/core.js";
import type { Machine } from "./machine.js";
import type { TlsChoice } from "./state.js";

/** Result codes of a TLS connection (CAOPEN's). */
export const TLS_RESULT = { expired: 24, name: 25, failed: 27 } as const;

/**
 * What the carrier needs for the handshake.
 * @returns a result code where it cannot begin: a file that was never converted, or a clock that was never set
 */
export function tlsFor(m: Machine, { context, roots, certificate }: TlsChoice): ModemTls | number {
  const { version, ignoreTime, protocol, sni } = m.session.tls[context]!;
  // DTLS is not carried.
  if (protocol === DTLS) return TLS_RESULT.failed;
  const trusted = roots === "" ? undefined : m.settings.files.converted(roots);
  const own = certificate === "" ? undefined : m.settings.files.converted(certificate);
  if ((roots !== "" && !trusted) || (certificate !== "" && !own)) return TLS_RESULT.failed;
  if (trusted && ignoreTime === 0 && !m.clock.known) return TLS_RESULT.expired;
  return {
    version,
    ignoreTime: ignoreTime === 1,
    ...(sni !== "" && { sni }),
    ...(trusted && { roots: trusted.bytes }),
    ...(own && { certificate: own.bytes, key: own.key, passphrase: own.passphrase }),
  };
}

const DTLS = 2;
