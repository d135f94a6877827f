import { Buffer } from "node:buffer";
import { createServer } from "node:net";
import { setImmediate } from "node:timers";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { asFailure, storyOf } from "../../../../../firmware/platform/failure.js";
import type { BufferLike, TcpClass, TcpOptions } from "../../../../../firmware/platform/io.js";
import { nativeTls } from "../../../../../firmware/platform/native/tls/stream.js";
import "../../../../../host-sim/cloud/node/reflect-metadata.js";
import { nodeTcp } from "../../../../../host-sim/platform/tcp.js";
import { SERVER_NAME } from "../../../../host-sim/platform/tls-table.js";
import { BROKEN, brokenCarrier, REFUSED } from "../../../../support/broken-carrier.js";
import { withNativeTls } from "../../../../support/tls-addon/require.js";
import { attempt, TlsLoopback } from "../../../../support/tls-loopback.js";
import { encodeRecord, HANDSHAKE, recordProxy, split } from "../../../../support/tls-proxy.js";

/** A TCP class that gives and takes at most `most` bytes at a time. */
function narrow(most: number): TcpClass {
  const TCP = nodeTcp();
  return class Narrow extends TCP {
    readonly #options: TcpOptions;
    constructor(options: TcpOptions) {
      super({ ...options, onWritable: (room) => options.onWritable?.(Math.min(room, most)) });
      this.#options = options;
    }
    override read(byteLength = most): ArrayBuffer | undefined {
      return super.read(Math.min(byteLength, most));
    }
    override write(bytes: BufferLike): number {
      const room = super.write(bytes);
      // Each write uses the room up; more is told later, as a modem does.
      setImmediate(() => this.#options.onWritable?.(Math.min(room, most)));
      return 0;
    }
  };
}

withNativeTls((Session) => {
  let lab: TlsLoopback;

  beforeAll(async () => {
    lab = await TlsLoopback.create();
  });
  afterEach(() => lab.close());

  const identity = () => lab.authority.serverIdentity([SERVER_NAME]);

  describe("a stream of the native TLS class", () => {
    test.each([
      { length: 1_000_000, most: 100_000 },
      { length: 20_000, most: 7 },
    ])(
      "carries $length bytes both ways, $most at a time, past a reader that takes its time",
      async ({ length, most }) => {
        const port = await lab.serve(await identity());
        const sent = Buffer.alloc(length, "0123456789abcdef~");
        const heard: Uint8Array[] = [];
        let at = 0;
        const TLS = nativeTls(Session);
        await new Promise<void>((done, failed) => {
          let count = 0;
          const take = () => {
            const bytes = stream.read(300);
            if (bytes === undefined) return;
            heard.push(new Uint8Array(bytes));
            count += bytes.byteLength;
            if (count === length) done();
            else setImmediate(take);
          };
          const stream = new TLS({
            ...lab.client(port, {}, narrow(most)),
            onWritable: (room) => {
              for (let left = room; left > 0 && at < length; ) {
                const part = sent.subarray(at, at + left);
                at += part.length;
                left = stream.write(part);
              }
            },
            onReadable: () => setImmediate(take),
            onError: failed,
          });
        });
        expect(Buffer.concat(heard).equals(sent)).toBe(true);
      },
    );

    test("holds the server back while nobody reads", async () => {
      let written = 0;
      const port = await lab.serve(await identity(), {}, (socket) => {
        const chunk = Buffer.alloc(100_000);
        const more = () => {
          while (written < 100_000_000 && socket.write(chunk)) written += chunk.length;
        };
        socket.on("drain", more);
        more();
      });
      let offered = 0;
      const TLS = nativeTls(Session);
      const stream = new TLS({
        ...lab.client(port),
        onReadable: (count) => {
          offered += count;
        },
      });
      for (let before = -1; before !== written || offered === 0; ) {
        before = written;
        await new Promise((pause) => setTimeout(pause, 50));
      }
      expect(offered).toBeLessThanOrEqual(16_384);
      expect(written).toBeLessThan(50_000_000);
      stream.close();
    });

    test.each([
      { how: "says goodbye first", code: "closed", orderly: true },
      { how: "just hangs up", code: "tls-closed", orderly: false },
    ])("a server that $how ends it with $code, after its last words", async ({ code, orderly }) => {
      const port = await lab.serve(await identity(), {}, (socket) => {
        // Not at once: a server of TLS 1.3 that still has tickets to send says no goodbye.
        socket.on("data", () => {
          if (orderly) socket.end("last words");
          else socket.write("last words", () => setImmediate(() => lab.hangUp()));
        });
      });
      const seen: string[] = [];
      const TLS = nativeTls(Session);
      await new Promise<void>((done) => {
        const stream = new TLS({
          ...lab.client(port),
          onWritable: () => stream.write(Buffer.from("hello")),
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

    test("hands on why its carrier failed within the handshake, and what that asks for", async () => {
      const TLS = nativeTls(Session);
      const failure = await new Promise<Error | undefined>((done) => {
        new TLS({ ...lab.client(1, {}, brokenCarrier), onError: done });
      });
      expect(failure).toMatchObject({ code: "tls-closed", cause: BROKEN, advice: BROKEN.advice });
      expect(storyOf(failure)).toContain(REFUSED.message);
    });

    test("what was written before close arrives, with a goodbye behind it", async () => {
      let text = "";
      const TLS = nativeTls(Session);
      await new Promise<void>((done) => {
        identity()
          .then((server) =>
            lab.serve(server, {}, (socket) => {
              socket.on("data", (bytes) => {
                text += bytes;
              });
              socket.on("end", () => done());
            }),
          )
          .then((port) => {
            const stream = new TLS({
              ...lab.client(port),
              onWritable: () => {
                stream.write(Buffer.from("DISCONNECT"));
                stream.close();
                stream.close();
              },
            });
          });
      });
      expect(text).toBe("DISCONNECT");
    });

    test("refuses more than there is room for, other formats, and writes after its end", async () => {
      const port = await lab.serve(await identity(), {}, (socket) => socket.end());
      const TLS = nativeTls(Session);
      await new Promise<void>((done) => {
        const stream = new TLS({
          ...lab.client(port),
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
            expect(stream.read()).toBeUndefined();
            done();
          },
        });
        expect(() => stream.write(Buffer.from("x"))).toThrow(expect.objectContaining({ code: "output-full" }));
      });
    });

    test("a connection that cannot be made fails with the TCP class's own failure", async () => {
      const nowhere = nodeTcp({ names: { lookup: () => undefined } });
      expect(await attempt(nativeTls(Session), lab.client(1, {}, nowhere))).toMatchObject({ verdict: "tcp-dns" });
    });

    test("the message of a failure has mbedTLS's error and the certificate's flags", async () => {
      const port = await lab.serve(await lab.authority.serverIdentity(["other.example"]));
      const TLS = nativeTls(Session);
      const error = await new Promise<Error | undefined>((resolve) => {
        new TLS({ ...lab.client(port), onError: resolve });
      });
      expect(error?.message).toBe(
        "the server's certificate is for another name (mbedTLS -0x2700, certificate flags 0x4)",
      );
    });
  });

  describe("a handshake", () => {
    // mbedTLS from 3.6.3 on wants at least a message's header, 4 bytes, in one record.
    test.each([4, 5, 100, 512])(
      "is understood when the server splits its messages into records of %d bytes",
      async (size) => {
        const port = await lab.serve(await identity(), { maxVersion: "TLSv1.2" });
        const proxy = await lab.listen(recordProxy(port, (record) => split(record, size)));
        expect(await attempt(nativeTls(Session), lab.client(proxy))).toMatchObject({ verdict: "ok" });
      },
    );

    test("that announces a message longer than a record can hold is refused", async () => {
      const payload = Buffer.from([2, 0xff, 0xff, 0xff, 0, 0]);
      const record = encodeRecord({ type: HANDSHAKE, version: 0x0303, payload });
      const port = await lab.listen(createServer((socket) => void socket.resume().end(record)));
      const { verdict } = await attempt(nativeTls(Session), lab.client(port));
      // A library that would wait for the rest hears of the end first.
      expect(["tls-protocol", "tls-closed"]).toContain(verdict);
    });
  });

  describe("a session", () => {
    test.each(["TLSv1.2", "TLSv1.3"] as const)("is resumed where a server of %s gives it", async (maxVersion) => {
      const seen: boolean[] = [];
      const TLS = nativeTls(Session, ({ resumed }) => seen.push(resumed));
      const port = await lab.serve(await identity(), { maxVersion });
      for (let i = 0; i < 3; i++) await attempt(TLS, lab.client(port));
      expect(seen).toEqual([false, true, true]);
    });

    test("is not offered to a server of another name, nor with other roots or protocols", async () => {
      const seen: boolean[] = [];
      const TLS = nativeTls(Session, ({ resumed }) => seen.push(resumed));
      const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME, "b.example"]), {
        ALPNProtocols: ["mqtt"],
      });
      await attempt(TLS, lab.client(port));
      const named = lab.client(port);
      named.secure.serverName = "b.example";
      await attempt(TLS, named);
      await attempt(TLS, lab.client(port, { alpn: ["mqtt"] }));
      const trusting = lab.client(port);
      trusting.secure.roots = [lab.authority.rootDer, lab.stranger.rootDer];
      await attempt(TLS, trusting);
      expect(seen).toEqual([false, false, false, false]);
    });

    test("is not gone on from once a certificate behind it has expired", async () => {
      const validity = { notBefore: lab.now - 86_400_000, notAfter: lab.now + 3_600_000 };
      const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME], { validity }));
      const TLS = nativeTls(Session);
      expect(await attempt(TLS, lab.client(port))).toMatchObject({ verdict: "ok" });
      expect(await attempt(TLS, lab.client(port, { clock: 7_200_000 }))).toMatchObject({ verdict: "tls-expired" });
    });

    test("is forgotten after a failure", async () => {
      const seen: boolean[] = [];
      const TLS = nativeTls(Session, ({ resumed }) => seen.push(resumed));
      const server = await identity();
      const port = await lab.serve(server);
      await attempt(TLS, lab.client(port));
      const wrong = await lab.serve(await lab.stranger.serverIdentity([SERVER_NAME]));
      expect(await attempt(TLS, lab.client(wrong))).toMatchObject({ verdict: "tls-untrusted" });
      await attempt(TLS, lab.client(port));
      expect(seen).toEqual([false, false]);
    });
  });
});
