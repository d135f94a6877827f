// Stacks what a Plan asks for over a TCP class: TCP → TLS → WebSocket. The result is an ECMA-419 class that is
// already bound to its host, so that mqtt/ and http/ get a socket class and never see the modem, a certificate or a
// host name.

import type { Clock } from "../platform/clock.js";
import type { ByteStream, StreamCallbacks, TcpClass } from "../platform/io.js";
import type { Random } from "../platform/system.js";
import type { TlsClass, TlsSessions } from "../platform/tls.js";
import { webSocket } from "../ws/stream.js";
import type { Plan } from "./plan.js";

/** The port that a Host header does not name (RFC 9110 §4.2.2). */
const HTTPS_PORT = 443;

/** What a plan is stacked on. */
export interface Means {
  TCP: TcpClass;
  TLS: TlsClass;
  clock: Clock;
  /** For the masks of a WebSocket. */
  random: Random;
  /** Left out: each TLS handshake is a full one. */
  sessions?: TlsSessions | undefined;
}

/** A byte stream class that knows where to dial. */
export type BoundStream = new (callbacks: StreamCallbacks) => ByteStream;

/**
 * The class for a plan's connection. Each `new` dials once; `onWritable` comes when every layer is up and has verified its peer.
 * @param plan where to dial and whom to trust
 * @param means the classes to stack and the clock that certificate dates are checked against
 */
export function connect(plan: Pick<Plan, "host" | "port" | "tls" | "ws">, means: Means): BoundStream {
  const { host, port, ws } = plan;
  const below = secured(plan, means);
  if (!ws) return below;
  return webSocket(below, { ...ws, host: port === HTTPS_PORT ? host : `${host}:${port}` }, means.random, means.clock);
}

function secured({ host, port, tls }: Pick<Plan, "host" | "port" | "tls">, means: Means): BoundStream {
  // Not the means themselves: the connection would keep all that they hold.
  const { TCP, TLS } = means;
  if (!tls) {
    return class extends TCP {
      constructor(callbacks: StreamCallbacks) {
        super({ ...callbacks, host, port });
      }
    };
  }
  const secure = {
    serverName: tls.serverName,
    applicationLayerProtocolNegotiation: tls.alpn === undefined ? undefined : [tls.alpn],
    requireAlpn: tls.requireAlpn,
    roots: tls.roots,
    clock: means.clock,
    sessions: means.sessions,
  };
  return class extends TLS {
    constructor(callbacks: StreamCallbacks) {
      super({ ...callbacks, host, port, TCP: { io: TCP }, secure });
    }
  };
}
