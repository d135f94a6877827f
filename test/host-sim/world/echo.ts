// Tiny cores for the world's tests.

import type {
  Hello,
  ServerAction,
  ServerCore,
  TlsDecision,
  TlsOffer,
  TlsPolicy,
} from "../../../host-sim/world/core.js";

/** Sends back what it gets, and remembers who said hello. */
export class EchoCore implements ServerCore {
  readonly hellos: Hello[] = [];
  readonly ended: number[] = [];

  open(_connection: number, hello: Hello): ServerAction[] {
    this.hellos.push(hello);
    return [];
  }

  receive(connection: number, bytes: Uint8Array): ServerAction[] {
    return [{ do: "send", connection, bytes }];
  }

  closed(connection: number): ServerAction[] {
    this.ended.push(connection);
    return [];
  }

  poll(): ServerAction[] {
    return [];
  }

  nextDeadline(): undefined {
    return undefined;
  }
}

/** Selects by the server's preference; with protocols of its own it refuses an offer without any of them. */
export function policy(alpn?: readonly string[]): TlsPolicy {
  return {
    clientHello: (offer: TlsOffer): TlsDecision => {
      if (alpn === undefined || offer.alpn.length === 0) return { certificate: "server" };
      const selected = alpn.find((protocol) => offer.alpn.includes(protocol));
      return selected === undefined ? { alert: "no_application_protocol" } : { certificate: "server", alpn: selected };
    },
  };
}
