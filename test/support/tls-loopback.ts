// TLS servers on loopback and clients that tell what they make of them, for any TLS class.

import { Buffer } from "node:buffer";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer, type TlsOptions as ServerOptions, type TLSSocket } from "node:tls";
import { asFailure } from "../../firmware/platform/failure.js";
import type { TcpClass } from "../../firmware/platform/io.js";
import type { TlsClass, TlsOptions, TlsStream } from "../../firmware/platform/tls.js";
import type { CertificateAuthority, ServerIdentity } from "../../host-sim/cloud/node/ca.js";
import { nodeClock } from "../../host-sim/platform/clock.js";
import { nodeTcp } from "../../host-sim/platform/tcp.js";
import { SERVER_NAME, type TlsRow } from "../host-sim/platform/tls-table.js";

/** The authority the clients trust, one they do not, and servers; `close` ends them all. */
export class TlsLoopback {
  readonly now = Date.now();
  readonly authority: CertificateAuthority;
  readonly stranger: CertificateAuthority;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(authority: CertificateAuthority, stranger: CertificateAuthority) {
    this.authority = authority;
    this.stranger = stranger;
  }

  static async create(kind: "p256" | "rsa2048" = "p256"): Promise<TlsLoopback> {
    const { CertificateAuthority } = await import("../../host-sim/cloud/node/ca.js");
    const now = Date.now();
    return new TlsLoopback(
      await CertificateAuthority.create("Test root", now, kind),
      await CertificateAuthority.create("Another root", now, kind),
    );
  }

  async listen(server: Server): Promise<number> {
    this.#servers.push(server);
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    return (server.address() as AddressInfo).port;
  }

  /** A TLS server. `serve` gets each connection with its handshake done; left out: what comes goes back. */
  async serve(
    identity: ServerIdentity,
    options: ServerOptions = {},
    serve: (socket: TLSSocket) => void = (socket) => void socket.pipe(socket),
  ): Promise<number> {
    const server = createServer({ cert: identity.chainPem, key: identity.keyPem, ...options });
    server.on("secureConnection", (socket) => {
      socket.on("error", () => {});
      serve(socket);
    });
    return this.listen(server);
  }

  /** The server of a row of the table. */
  async serveRow({ server }: TlsRow): Promise<number> {
    const { raw } = server;
    if (raw !== undefined) {
      return this.listen(
        createTcpServer(
          (socket) =>
            void socket
              .on("error", () => {})
              .resume()
              .end(raw),
        ),
      );
    }
    const validity = { notBefore: this.now + (server.from ?? -86_400_000), notAfter: this.now + (server.to ?? 9e9) };
    const by = server.stranger ? this.stranger : this.authority;
    const version = `TLSv${server.highest ?? "1.3"}` as const;
    return this.serve(await by.serverIdentity(server.names ?? [SERVER_NAME], { validity }), {
      minVersion: version === "TLSv1.1" ? "TLSv1.1" : "TLSv1.2",
      maxVersion: version,
      ...(version === "TLSv1.1" && { ciphers: "DEFAULT:@SECLEVEL=0" }),
      ...(server.alpn && { ALPNProtocols: [...server.alpn] }),
    });
  }

  /** Options of a client that trusts `authority`. */
  client(port: number, client: TlsRow["client"] = {}, TCP: TcpClass = nodeTcp()): TlsOptions {
    const clock = nodeClock();
    if (client.clock !== "unset") clock.setWall(this.now + (client.clock ?? 0));
    return {
      host: "127.0.0.1",
      port,
      TCP: { io: TCP },
      secure: {
        serverName: SERVER_NAME,
        applicationLayerProtocolNegotiation: client.alpn,
        requireAlpn: client.requireAlpn,
        roots: client.roots === "none" ? [] : [this.authority.rootDer],
        clock,
      },
    };
  }

  /** Ends every connection below TLS, without a goodbye; what was written before still goes out. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroySoon();
  }

  /** Ends every server and connection; the object stays usable. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers.splice(0)) await new Promise((done) => server.close(done));
  }
}

/** What a client makes of a server: `ok` and the protocol once bytes have passed both ways, or the failure's code. */
export function attempt(TLS: TlsClass, options: TlsOptions): Promise<{ verdict: string; alpn: string | undefined }> {
  return new Promise((resolve) => {
    const stream: TlsStream = new TLS({
      ...options,
      onWritable: () => stream.write(Buffer.from("ping")),
      onReadable: () => {
        const { alpn } = stream;
        stream.close();
        resolve({ verdict: "ok", alpn });
      },
      onError: (error) => {
        stream.close();
        resolve({ verdict: asFailure(error).code, alpn: undefined });
      },
    });
  });
}
