import { connect as connectTcp, createServer, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import {
  alertRecord,
  ClientHelloError,
  MAX_CLIENT_HELLO_BYTES,
  readClientHello,
} from "../../../../host-sim/cloud/node/client-hello.js";

/** The first bytes that Node's TLS client sends. */
function helloOf(options: ConnectionOptions): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.once("data", (bytes) => {
        resolve(bytes);
        socket.destroy();
        server.close();
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      connectTls({ host: "127.0.0.1", port, ...options }).on("error", () => {});
    });
  });
}

describe("a ClientHello", () => {
  test.each<[string, ConnectionOptions, object]>([
    [
      "with SNI and ALPN",
      { servername: "a.example", ALPNProtocols: ["mqtt", "h2"] },
      { sni: "a.example", alpn: ["mqtt", "h2"] },
    ],
    ["with SNI", { servername: "a.example" }, { sni: "a.example", alpn: [] }],
    ["with neither", { servername: "" }, { sni: undefined, alpn: [] }],
    ["of TLS 1.2", { servername: "a.example", maxVersion: "TLSv1.2" }, { sni: "a.example", alpn: [] }],
  ])("of Node %s is read, and no beginning of it is", async (_, options, offer) => {
    const hello = await helloOf(options);
    expect(readClientHello(hello)).toEqual(offer);
    for (let length = 0; length < hello.length; length++) {
      expect(readClientHello(hello.subarray(0, length))).toBeUndefined();
    }
  });

  test("in several records is read", async () => {
    const hello = await helloOf({ servername: "a.example", ALPNProtocols: ["mqtt"] });
    const message = hello.subarray(5);
    const records: Buffer[] = [];
    for (let at = 0; at < message.length; at += 50) {
      const piece = message.subarray(at, at + 50);
      records.push(Buffer.from([22, 3, 1, piece.length >> 8, piece.length & 255]), piece);
    }
    expect(readClientHello(Buffer.concat(records))).toEqual({ sni: "a.example", alpn: ["mqtt"] });
  });

  test.each<[string, Buffer]>([
    ["no handshake", Buffer.from("GET / HTTP/1.1")],
    ["another handshake message", Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    [
      "lengths beyond its end",
      Buffer.concat([Buffer.from([22, 3, 1, 0, 39, 1, 0, 0, 35, 3, 3]), Buffer.alloc(32), Buffer.from([9])]),
    ],
  ])("that is %s is an error", (_, bytes) => {
    expect(() => readClientHello(bytes)).toThrow(ClientHelloError);
  });

  test("that never ends is an error at the limit", () => {
    const endless = Buffer.concat([
      Buffer.from([22, 3, 1, 255, 255, 1, 255, 255, 255]),
      Buffer.alloc(MAX_CLIENT_HELLO_BYTES),
    ]);
    expect(readClientHello(endless.subarray(0, MAX_CLIENT_HELLO_BYTES))).toBeUndefined();
    expect(() => readClientHello(endless)).toThrow(ClientHelloError);
  });
});

test("Node's TLS client understands the alerts", async () => {
  const server = createServer((socket: Socket) =>
    socket.once("data", () => socket.end(alertRecord("unrecognized_name"))),
  );
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  const error = await new Promise<NodeJS.ErrnoException>((resolve) =>
    connectTls({ socket: connectTcp(port, "127.0.0.1"), servername: "a.example" }).on("error", resolve),
  );
  expect(error.code).toBe("ERR_SSL_TLSV1_UNRECOGNIZED_NAME");
  server.close();
});
