import { Buffer } from "node:buffer";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { asFailure } from "../../../firmware/platform/failure.js";
import type { TlsClass, TlsOptions, TlsStream } from "../../../firmware/platform/tls.js";
import type { CertificateAuthority } from "../../../host-sim/cloud/ca.js";
import "../../../host-sim/cloud/reflect-metadata.js";
import { nodeClock } from "../../../host-sim/platform/clock.js";
import { nodeTcp } from "../../../host-sim/platform/tcp.js";
import { NodeTLS } from "../../../host-sim/platform/tls.js";
import { SERVER_NAME, TLS_TABLE, type TlsRow } from "./tls-table.js";

const now = Date.now();
const TCP = nodeTcp();
let authority: CertificateAuthority;
let stranger: CertificateAuthority;
const servers: Server[] = [];

beforeAll(async () => {
  const { CertificateAuthority } = await import("../../../host-sim/cloud/ca.js");
  authority = await CertificateAuthority.create("Test root", now);
  stranger = await CertificateAuthority.create("Another root", now);
});

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
});

/** Listens on a free port of loopback. */
async function listen<T extends Server>(server: T): Promise<number> {
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return (server.address() as AddressInfo).port;
}

/** A server that sends back what it gets. */
async function serve({ server }: TlsRow): Promise<number> {
  const { raw } = server;
  if (raw !== undefined) {
    return listen(
      createServer((socket) =>
        socket
          .on("error", () => {})
          .resume()
          .end(raw),
      ),
    );
  }
  const validity = { notBefore: now + (server.from ?? -86_400_000), notAfter: now + (server.to ?? 9e9) };
  const by = server.stranger ? stranger : authority;
  const identity = await by.serverIdentity(server.names ?? [SERVER_NAME], { validity });
  const version = `TLSv${server.highest ?? "1.3"}` as const;
  const tls = createTlsServer({
    cert: identity.chainPem,
    key: identity.keyPem,
    minVersion: version === "TLSv1.1" ? "TLSv1.1" : "TLSv1.2",
    maxVersion: version,
    ...(version === "TLSv1.1" && { ciphers: "DEFAULT:@SECLEVEL=0" }),
    ...(server.alpn && { ALPNProtocols: [...server.alpn] }),
  });
  tls.on("secureConnection", (socket) => socket.on("error", () => {}).pipe(socket));
  return listen(tls);
}

function clockAt(offset: number | "unset"): TlsOptions["secure"]["clock"] {
  const clock = nodeClock();
  if (offset !== "unset") clock.setWall(now + offset);
  return clock;
}

/** What a client makes of the server: `ok` and the protocol once bytes have passed both ways, or the failure's code. */
function attempt(TLS: TlsClass, port: number, row: TlsRow): Promise<{ verdict: string; alpn: string | undefined }> {
  const { client } = row;
  return new Promise((resolve) => {
    const stream: TlsStream = new TLS({
      host: "127.0.0.1",
      port,
      TCP: { io: TCP },
      secure: {
        serverName: SERVER_NAME,
        applicationLayerProtocolNegotiation: client.alpn,
        requireAlpn: client.requireAlpn,
        roots: client.roots === "none" ? [] : [authority.rootDer],
        clock: clockAt(client.clock ?? 0),
      },
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

describe("Node's TLS class", () => {
  test.each(TLS_TABLE)("$name: $verdict", async (row) => {
    const port = await serve(row);
    expect(await attempt(NodeTLS, port, row)).toEqual({ verdict: row.verdict, alpn: row.alpn });
  });

  test("trust ends at the first known key, though the root sent last is cross-signed by an unknown one", async () => {
    const extra = [await authority.crossSigned(stranger)];
    const identity = await authority.serverIdentity([SERVER_NAME], { extra });
    const tls = createTlsServer({ cert: identity.chainPem, key: identity.keyPem });
    tls.on("secureConnection", (socket) => socket.pipe(socket));
    const port = await listen(tls);
    expect(await attempt(NodeTLS, port, { name: "", server: {}, client: {}, verdict: "ok" })).toMatchObject({
      verdict: "ok",
    });
  });
});
