// The handshake in front of an HTTPS service behind a load balancer: any name, or none; HTTP/1.1 if ALPN is asked for.

import type { TlsDecision, TlsOffer } from "../../world/core.js";

const HTTP_1_1 = "http/1.1";

/** @param certificate name of the identity to show */
export function httpsDecision(offer: TlsOffer, certificate: string): TlsDecision {
  if (offer.alpn.length === 0) return { certificate };
  return offer.alpn.includes(HTTP_1_1) ? { certificate, alpn: HTTP_1_1 } : { alert: "no_application_protocol" };
}
