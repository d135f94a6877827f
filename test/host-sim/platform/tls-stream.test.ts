import { Buffer } from "node:buffer";
import { connect, createServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { asFailure } from "../../../firmware/platform/failure.js";
import type { TlsOptions } from "../../../firmware/platform/tls.js";
import "../../../host-sim/cloud/node/reflect-metadata.js";
import { nodeTcp } from "../../../host-sim/platform/tcp.js";
import { NodeTLS } from "../../../host-sim/platform/tls.js";
import { attempt, TlsLoopback } from "../../support/tls-loopback.js";
import { SERVER_NAME } from "./tls-table.js";

let lab: TlsLoopback;

beforeAll(async () => {
  lab = await TlsLoopback.create();
});
afterEach(() => lab.close());

type Callbacks = Pick<TlsOptions, "onReadable" | "onWritable" | "onError">;

/** Starts a server that treats each connection with `serve`; gives a maker of clients for it. */
async function start(serve: (socket: TLSSocket) => void): Promise<(callbacks: Callbacks) => NodeTLS> {
  const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME]), {}, serve);
  return (callbacks) => new NodeTLS({ ...lab.client(port), ...callbacks });
}

describe("a stream of Node's TLS class", () => {
  test("carries a megabyte both ways past a reader that takes its time", async () => {
    const client = await start((socket) => socket.pipe(socket));
    const sent = Buffer.alloc(1_000_000, "0123456789abcdef~");
    const heard: Uint8Array[] = [];
    let at = 0;
    await new Promise<void>((done) => {
      let length = 0;
      const take = () => {
        const bytes = stream.read(30_000);
        if (bytes === undefined) return;
        heard.push(new Uint8Array(bytes));
        length += bytes.byteLength;
        if (length === sent.length) {
          stream.close();
          done();
        } else setImmediate(take);
      };
      const stream = client({
        onWritable: (room) => {
          for (let left = room; left > 0 && at < sent.length; ) {
            const part = sent.subarray(at, at + left);
            at += part.length;
            left = stream.write(part);
          }
        },
        onReadable: () => setImmediate(take),
      });
    });
    expect(Buffer.concat(heard).equals(sent)).toBe(true);
  });

  test("holds the server back while nobody reads", async () => {
    let written = 0;
    const client = await start((socket) => {
      const chunk = Buffer.alloc(100_000);
      const more = () => {
        while (written < 100_000_000 && socket.write(chunk)) written += chunk.length;
      };
      socket.on("drain", more);
      more();
    });
    let offered = 0;
    const stream = client({
      onReadable: (count) => {
        offered = count;
      },
    });
    for (let still = 0, before = -1; still < 1000; still++) {
      if (before !== written || offered === 0) still = 0;
      before = written;
      await new Promise((turn) => setImmediate(turn));
    }
    expect(offered).toBeLessThan(200_000);
    expect(written).toBeLessThan(50_000_000);
    stream.close();
  });

  test.each([
    { how: "says goodbye first", code: "closed", end: (socket: TLSSocket) => socket.end("last words") },
    {
      how: "just hangs up",
      code: "tls-closed",
      end: (socket: TLSSocket) => socket.write("last words", () => lab.hangUp()),
    },
  ])("a server that $how ends it with $code, after its last words", async ({ end, code }) => {
    // Node's server sends no close_notify within the turn in which its handshake ends.
    const client = await start((socket) => void setImmediate(() => end(socket)));
    const seen: string[] = [];
    await new Promise<void>((done) => {
      const stream = client({
        onReadable: () => seen.push(Buffer.from(stream.read()!).toString()),
        onError: (error) => {
          seen.push(asFailure(error).code);
          stream.close();
          done();
        },
      });
    });
    expect(seen).toEqual(["last words", code]);
  });

  test("what was written before close arrives, with a goodbye behind it", async () => {
    const heard = new Promise<string>((resolve) => {
      start((socket) => {
        let text = "";
        socket.on("data", (bytes) => {
          text += bytes;
        });
        socket.on("end", () => resolve(text));
      }).then((client) => {
        const stream = client({
          onWritable: () => {
            stream.write(Buffer.from("DISCONNECT"));
            stream.close();
          },
        });
      });
    });
    expect(await heard).toBe("DISCONNECT");
  });

  test("the goodbye is a close_notify", async () => {
    const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME]), { maxVersion: "TLSv1.2" });
    const records: number[] = [];
    let held = Buffer.alloc(0);
    const proxy = createServer((client) => {
      const server = connect(port, "127.0.0.1");
      client.on("data", (bytes) => {
        held = Buffer.concat([held, bytes]);
        while (held.length >= 5 && held.length >= 5 + held.readUInt16BE(3)) {
          records.push(held[0]!);
          held = held.subarray(5 + held.readUInt16BE(3));
        }
      });
      client.pipe(server).pipe(client);
    });
    const proxyPort = await lab.listen(proxy);
    const ended = new Promise<void>((done) => proxy.on("connection", (socket) => socket.on("end", done)));
    expect(await attempt(NodeTLS, lab.client(proxyPort))).toMatchObject({ verdict: "ok" });
    await ended;
    const ALERT = 21;
    expect(records.at(-1)).toBe(ALERT);
  });

  test("refuses more than there is room for, other formats, and writes after its end", async () => {
    const client = await start((socket) => socket.end());
    await new Promise<void>((done) => {
      const stream = client({
        onWritable: (room) => {
          expect(() => stream.write(new Uint8Array(room + 1))).toThrow(
            expect.objectContaining({ code: "output-full" }),
          );
          expect(() => {
            stream.format = "number";
          }).toThrow(RangeError);
        },
        onError: () => {
          expect(() => stream.write(Buffer.from("x"))).toThrow(expect.objectContaining({ code: "closed" }));
          stream.close();
          stream.close();
          done();
        },
      });
    });
  });

  test("a connection that cannot be made fails with the TCP class's own failure", async () => {
    const nowhere = nodeTcp({ names: { lookup: () => undefined } });
    expect(await attempt(NodeTLS, lab.client(1, {}, nowhere))).toMatchObject({ verdict: "tcp-dns" });
  });
});
