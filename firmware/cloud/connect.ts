// Stacks what a Plan asks for over a TCP class: TCP → TLS. The result is an ECMA-419 class that is already bound to its host, so that
// mqtt/ and http/ get a socket class and never see the modem, a certificate or a host name.

import type { Clock } from "../platform/clock.js";
import type { ByteStream, StreamCallbacks, TcpClass } from "../platform/io.js";
import type { TlsClass } from "../platform/tls.js";
import type { Plan } from "./plan.js";

/** What a plan is stacked on. */
export interface ConnectIo {
  TCP: TcpClass;
  TLS: TlsClass;
  clock: Clock;
}

/** A byte stream class that knows where to dial. */
export type BoundStream = new (callbacks: StreamCallbacks) => ByteStream;

/**
 * The class for a plan's connection. Each `new` dials once; `onWritable` comes when every layer is up and has verified its peer.
 * @param plan where to dial and whom to trust
 * @param io the classes to stack and the clock that certificate dates are checked against
 */
export function connect(plan: Pick<Plan, "host" | "port" | "tls">, io: ConnectIo): BoundStream {
  const { host, port, tls } = plan;
  if (!tls) {
    return class extends io.TCP {
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
    clock: io.clock,
  };
  return class extends io.TLS {
    constructor(callbacks: StreamCallbacks) {
      super({ ...callbacks, host, port, TCP: { io: io.TCP }, secure });
    }
  };
}
