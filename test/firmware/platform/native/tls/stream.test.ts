import { Buffer } from "node:buffer";
import { constants } from "node:crypto";
import { createServer } from "node:net";
import process from "node:process";
import { setImmediate } from "node:timers";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { KeptSessions } from "../../../../../firmware/device/tls-sessions.js";
import { asFailure, storyOf } from "../../../../../firmware/platform/failure.js";
import type { BufferLike, TcpClass, TcpOptions } from "../../../../../firmware/platform/io.js";
import { nativeTls } from "../../../../../firmware/platform/native/tls/stream.js";
import type { TlsSessions } from "../../../../../firmware/platform/tls.js";
import "../../../../../host-sim/cloud/node/reflect-metadata.js";
import { BoardMemory } from "../../../../../host-sim/platform/reset-memory.js";
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
    /** Kept sessions, and whether each handshake went on from one. */
    const keeper = () => {
      const seen: boolean[] = [];
      const slots = new BoardMemory().slots(() => true);
      const kept = new KeptSessions(slots, { resumed: () => {} });
      const sessions: TlsSessions = {
        take: (host) => kept.take(host),
        keep: (host, session) => kept.keep(host, session),
        opened: (resumed) => {
          seen.push(resumed);
          kept.opened(resumed);
        },
      };
      const client = (
        port: number,
        ...more: Parameters<typeof lab.client> extends [number, ...infer R] ? R : never
      ) => {
        const options = lab.client(port, ...more);
        options.secure.sessions = sessions;
        return options;
      };
      return { seen, sessions, slots, client };
    };

    test.each(["TLSv1.2", "TLSv1.3"] as const)("is resumed where a server of %s gives it", async (maxVersion) => {
      const { seen, client } = keeper();
      const told: boolean[] = [];
      const TLS = nativeTls(Session, ({ resumed }) => told.push(resumed));
      const reused: boolean[] = [];
      const port = await lab.serve(await identity(), { maxVersion }, (socket) => {
        reused.push(socket.isSessionReused());
        socket.pipe(socket);
      });
      for (let i = 0; i < 3; i++) await attempt(TLS, client(port));
      expect(seen).toEqual([false, true, true]);
      expect(told).toEqual(seen);
      expect(reused).toEqual(seen);
    });

    test("is there as soon as the server has given it, though the connection ends in a bad way", async () => {
      const { slots, client } = keeper();
      const port = await lab.serve(await identity());
      const options = client(port);
      await new Promise<void>((done) => {
        const stream = new (nativeTls(Session))({
          ...options,
          onWritable: () => stream.write(Buffer.from("ping")),
          onReadable: () => done(),
        });
      });
      expect(slots.read(0)).toBeDefined();
      lab.hangUp();
    });

    test("is refused by a server that has other keys by now: a full handshake in the same connection", async () => {
      const { seen, client } = keeper();
      const TLS = nativeTls(Session);
      const server = await identity();
      const first = await lab.serve(server, { ticketKeys: Buffer.alloc(48, 1) });
      await attempt(TLS, client(first));
      let connections = 0;
      const second = await lab.serve(server, { ticketKeys: Buffer.alloc(48, 2) }, (socket) => {
        connections++;
        socket.pipe(socket);
      });
      expect(await attempt(TLS, client(second))).toMatchObject({ verdict: "ok" });
      expect(seen).toEqual([false, false]);
      expect(connections).toBe(1);
      expect(await attempt(TLS, client(second))).toMatchObject({ verdict: "ok" });
      expect(seen).toEqual([false, false, true]);
    });

    test("by which the server does not go on, though it gave it a name, costs a full handshake and no more", async () => {
      const { seen, client } = keeper();
      const port = await lab.serve(await identity(), {
        maxVersion: "TLSv1.2",
        secureOptions: constants.SSL_OP_NO_TICKET,
        sessionTimeout: 1,
      });
      for (let i = 0; i < 2; i++) await attempt(nativeTls(Session), client(port));
      expect(seen).toEqual([false, false]);
    });

    test("is not offered to a server of another name, nor with other roots or protocols", async () => {
      const { seen, client } = keeper();
      const TLS = nativeTls(Session);
      const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME, "b.example"]), {
        ALPNProtocols: ["mqtt"],
      });
      await attempt(TLS, client(port));
      const named = client(port);
      named.secure.serverName = "b.example";
      await attempt(TLS, named);
      await attempt(TLS, client(port, { alpn: ["mqtt"] }));
      const trusting = client(port);
      trusting.secure.roots = [lab.authority.rootDer, lab.stranger.rootDer];
      await attempt(TLS, trusting);
      expect(seen).toEqual([false, false, false, false]);
    });

    test("is not gone on from once a certificate behind it has expired", async () => {
      const validity = { notBefore: lab.now - 86_400_000, notAfter: lab.now + 3_600_000 };
      const port = await lab.serve(await lab.authority.serverIdentity([SERVER_NAME], { validity }));
      const TLS = nativeTls(Session);
      const { client } = keeper();
      expect(await attempt(TLS, client(port))).toMatchObject({ verdict: "ok" });
      expect(await attempt(TLS, client(port, { clock: 7_200_000 }))).toMatchObject({ verdict: "tls-expired" });
    });

    test("is not offered again behind a failure: the next handshake is a full one", async () => {
      const { seen, client } = keeper();
      const TLS = nativeTls(Session);
      const server = await identity();
      const port = await lab.serve(server);
      await attempt(TLS, client(port));
      const wrong = await lab.serve(await lab.stranger.serverIdentity([SERVER_NAME]));
      expect(await attempt(TLS, client(wrong))).toMatchObject({ verdict: "tls-untrusted" });
      await attempt(TLS, client(port));
      expect(seen).toEqual([false, false]);
    });

    test("goes on though the library's own time has begun anew since, as it does with the chip", async () => {
      const { seen, sessions, client } = keeper();
      const TLS = nativeTls(Session);
      const port = await lab.serve(await identity());
      await attempt(TLS, client(port));
      const session = Buffer.from(sessions.take("127.0.0.1")!);
      // From 3.6 on mbedTLS keeps when the ticket came, in milliseconds of its monotonic clock.
      const monotonic = process.hrtime.bigint() / 1_000_000n;
      for (let at = 0; at + 8 <= session.length; at++) {
        const value = session.readBigUInt64BE(at);
        if (value <= monotonic && value > monotonic - 60_000n) session.writeBigUInt64BE(value + 1_000_000_000n, at);
      }
      sessions.keep("127.0.0.1", session);
      await attempt(TLS, client(port));
      expect(seen).toEqual([false, true]);
    });

    test.each(["a bit of it turned over", "cut short", "noise behind its head", "nothing"])(
      "that is not what was given is none: %s",
      async (how) => {
        const { seen, sessions, client } = keeper();
        const TLS = nativeTls(Session);
        const port = await lab.serve(await identity());
        await attempt(TLS, client(port));
        const whole = sessions.take("127.0.0.1")!;
        const HEAD = 56;
        const spoilt = {
          "a bit of it turned over": () => whole.map((byte, i) => (i === 3 ? byte ^ 1 : byte)),
          "cut short": () => whole.subarray(0, whole.length - 1),
          "noise behind its head": () => whole.map((byte, i) => (i < HEAD ? byte : (i * 73) & 255)),
          nothing: () => new Uint8Array(0),
        }[how]!();
        sessions.keep("127.0.0.1", spoilt);
        expect(await attempt(TLS, client(port))).toMatchObject({ verdict: "ok" });
        expect(seen).toEqual([false, false]);
      },
    );
  });
});
