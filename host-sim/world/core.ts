// The shape of the simulated world's cores: no IO, no clock inside. Bytes and the time come in, actions go out.
// `now` is milliseconds since 1970-01-01 UTC everywhere in host-sim/: the real time, or the virtual scheduler's.
// A core is carried by node:net and node:tls over loopback, or by virtual links; it cannot tell which.

/** What a server knows of a connection besides its bytes. TLS has been ended in front of the core. */
export interface Hello {
  /** Address the connection came from: the SIM's identity inside the operator's network. */
  sourceAddress: string;
  /** Host name of the SNI extension, if the client sent one. */
  sni?: string | undefined;
  /** Protocol that the handshake selected, if any. */
  alpn?: string | undefined;
}

export type ServerAction =
  | { do: "send"; connection: number; bytes: Uint8Array }
  /** Ends the connection: in order (what was sent before arrives), or `abort`: a reset. */
  | { do: "close"; connection: number; abort?: boolean };

/** A simulated server. Connections are numbered by the carrier; no number is used twice. */
export interface ServerCore {
  open(connection: number, hello: Hello, now: number): ServerAction[];
  receive(connection: number, bytes: Uint8Array, now: number): ServerAction[];
  /** The peer ended the connection, or the carrier lost it. Not called after the core's own `close`. */
  closed(connection: number, now: number): ServerAction[];
  /** Does what has come due by `now`. */
  poll(now: number): ServerAction[];
  /** When `poll` next has something to do; undefined: nothing is waiting. */
  nextDeadline(): number | undefined;
}

/** What a client offers in its ClientHello. */
export interface TlsOffer {
  sni?: string | undefined;
  alpn: readonly string[];
}

/** TLS alerts by which a simulated server refuses a handshake (RFC 8446 §6.2). */
export type TlsAlertName = "no_application_protocol" | "unrecognized_name" | "handshake_failure" | "internal_error";

export type TlsDecision =
  | { alert: TlsAlertName }
  /** `certificate`: name of the identity in the carrier's certificate store. `alpn`: the protocol selected, if any. */
  | { certificate: string; alpn?: string | undefined };

/** A server's say in the handshake in front of it. */
export interface TlsPolicy {
  clientHello(offer: TlsOffer): TlsDecision;
}

/** What the modem's own TLS is to do; the carrier does the handshake. */
export interface ModemTls {
  /** sslversion of AT+CSSLCFG: 0 any up to 1.2, 1 to 3: TLS 1.0 to 1.2, 6: 1.3. */
  version: number;
  /** Dates of certificates do not matter. */
  ignoreTime: boolean;
  sni?: string | undefined;
  /** PEM or DER, as uploaded; left out: every server is trusted. */
  roots?: Uint8Array | undefined;
  certificate?: Uint8Array | undefined;
  key?: Uint8Array | undefined;
  passphrase?: string | undefined;
}

export type ModemAction =
  /** Bytes on the UART towards the host. The carrier paces them by the line speed. */
  | { do: "uart"; bytes: Uint8Array }
  | { do: "connect"; cid: number; host: string; port: number; udp?: true; tls?: ModemTls }
  /** Begins to take connections (or datagrams) on a port of the SIM's own address. */
  | { do: "listen"; cid: number; port: number; udp?: true }
  /** Takes an `incoming` connection as `cid`. One that is not taken at once is refused. */
  | { do: "accept"; cid: number; connection: number }
  | { do: "send"; cid: number; bytes: Uint8Array }
  /**
   * Ends the TCP connection of `cid` (also one still connecting); what was sent before still arrives. `silent`: the modem is
   * gone from the network, and the peer hears nothing of it (a carrier on real sockets can only reset).
   */
  | { do: "close"; cid: number; silent?: boolean }
  /**
   * The receive buffer of `cid` has room for `bytes` more than it told so far; it begins at 0. A carrier never delivers
   * beyond it (TCP's receive window): that is how a full buffer holds the peer back.
   */
  | { do: "window"; cid: number; bytes: number }
  /** The modem's own line speed from now on, in bits per second (AT+IPR); 0: it follows the host (autobaud). */
  | { do: "baud"; baud: number }
  /** A short message leaves for `to`. */
  | { do: "sms"; to: string; text: string };

/** What the network tells the modem. After the modem's own `close`, nothing more of that connection. */
export type NetworkEvent =
  /** `address`: the peer's, where the carrier knows it. */
  | { event: "connected"; cid: number; address?: string }
  | {
      event: "failed";
      cid: number;
      reason: "refused" | "timeout" | "dns" | "unreachable" | "bind" | "tls" | "tls-expired" | "tls-name";
    }
  /** A peer wants to connect to the listening `cid`; `connection` is the carrier's number of it. */
  | { event: "incoming"; cid: number; connection: number; address: string; port: number }
  | { event: "data"; cid: number; bytes: Uint8Array }
  /** The peer acknowledged `count` more of the bytes sent (TCP ACK). */
  | { event: "acked"; cid: number; count: number }
  | { event: "closed"; cid: number };

/** The simulated modem. */
export interface ModemCore {
  /** Bytes on the UART from the host. */
  uart(bytes: Uint8Array, now: number): ModemAction[];
  /** PWRKEY: 1 is pressed. */
  powerKey(level: 0 | 1, now: number): ModemAction[];
  network(event: NetworkEvent, now: number): ModemAction[];
  poll(now: number): ModemAction[];
  nextDeadline(): number | undefined;
}

/** The host's end of the modem's UART, as a carrier offers it to a Serial class. */
export interface UartEnd {
  /** Sends bytes towards the modem. */
  write(bytes: Uint8Array): void;
  /** Called with bytes from the modem. */
  onData: ((bytes: Uint8Array) => void) | undefined;
  /** The host's line speed, in bits per second. */
  setBaud(baud: number): void;
  /** Called once when the line is gone (a TCP or USB modem unplugged). */
  onClosed: ((reason: Error) => void) | undefined;
  close(): void;
}

/** Where the simulated network leads a host name and port. */
export interface NameTable {
  /** @returns the address to dial, or undefined: the name does not resolve */
  lookup(host: string, port: number): { host: string; port: number } | undefined;
}
