// What a cloud profile decides: where to connect, whom to trust, who we are.

import type { HeaderFields } from "../http/request.js";

/** A way to a broker, made anew for each connection. */
export interface Plan {
  host: string;
  /** 1–65535 */
  port: number;
  /** Left out: plain TCP, which only the `jwt` profile allows, and only towards loopback. */
  tls?: {
    /** SNI and certificate name. */
    serverName: string;
    /** The one protocol offered by ALPN; left out: none is offered. */
    alpn?: string;
    /** Refuse a server that selects no protocol. */
    requireAlpn: boolean;
    /** Trust anchors, DER. */
    roots: readonly Uint8Array[];
  };
  /** Left out: the broker is spoken to without a WebSocket between. */
  ws?: {
    /** Path and query, percent-encoded. */
    path: string;
    /** Sub-protocol, e.g. `mqtt`. */
    protocol: string;
    /** Headers of the upgrade; they may hold secrets. */
    headers?: HeaderFields;
  };
  credentials: Credentials;
  /** They have just come: no connection was made with them yet. */
  isFresh?: boolean;
}

/** Who the device is towards a broker (MQTT 3.1.1 §3.1.3). All but `clientId` are secrets. */
export interface Credentials {
  clientId: string;
  username?: string;
  password?: string;
  /** Wall time in milliseconds at which the broker stops accepting them. */
  expiresAt?: number;
  /** Wall time in milliseconds from which on the profile's `plan` gets new ones. Left out: at its end. */
  renewAt?: number;
}
