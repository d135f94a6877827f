import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { HeaderFields } from "../../../firmware/http/request.js";
import { Failure } from "../../../firmware/platform/failure.js";
import type { ByteStream } from "../../../firmware/platform/io.js";
import { acceptOf } from "../../../firmware/ws/handshake.js";
import { UNREAD_LIMIT, webSocket } from "../../../firmware/ws/stream.js";
import { OPCODE, WsReader, wsFrame } from "../../../host-sim/cloud/broker/ws-frames.js";
import { singly } from "../../support/pieces.js";
import { Wire } from "../http/fakes.js";

const WALL = Date.UTC(2026, 10, 22, 12);
const target = { host: "broker.test", path: "/mqtt", protocol: "mqtt", headers: [["token", "t0ken"]] as HeaderFields };

/** A stream over a wire moved by hand, and what it told. */
class Bench {
  readonly wire = new Wire();
  readonly told: string[] = [];
  readonly received: number[] = [];
  failure: Failure | undefined;
  readonly stream: ByteStream;
  /** What to do when bytes are told; reads them all by default. */
  onReadable = () => {
    const bytes = this.stream.read();
    if (bytes) this.received.push(...new Uint8Array(bytes));
  };

  constructor(headers: HeaderFields = target.headers) {
    let next = 1;
    const random = (into: Uint8Array) => {
      for (let i = 0; i < into.length; i++) into[i] = next++ & 255;
    };
    const Stream = webSocket(this.wire.io, { ...target, headers }, random, { wall: () => WALL });
    this.stream = new Stream({
      onReadable: (count) => {
        this.told.push(`readable ${count}`);
        this.onReadable();
      },
      onWritable: (count) => this.told.push(`writable ${count}`),
      onError: (error) => {
        this.failure = error as Failure;
        this.told.push(`error ${this.failure.code} ${this.failure.advice}`);
      },
    });
  }

  get key(): string {
    return /Sec-WebSocket-Key: (\S+)/.exec(this.wire.sent)![1]!;
  }

  /** The 101 that fits, with some headers changed. */
  accept(changed: Record<string, string | undefined> = {}, status = "101 Switching Protocols"): string {
    const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const headers = {
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Accept": createHash("sha1")
        .update(this.key + guid)
        .digest("base64"),
      "Sec-WebSocket-Protocol": "mqtt",
      ...changed,
    };
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    );
    return `HTTP/1.1 ${status}\r\n${lines.join("\r\n")}\r\n\r\n`;
  }

  /** Connected and upgraded. */
  upgraded(): this {
    this.wire.connect(4096);
    this.wire.receive(this.accept());
    this.wire.sent = "";
    return this;
  }

  /** Frames sent since the upgrade. */
  frames() {
    const reader = new WsReader(1e6);
    reader.push(Buffer.from(this.wire.sent, "latin1"));
    const frames: [number, number[]][] = [];
    for (let frame = reader.next(); frame; frame = reader.next()) frames.push([frame.opcode, [...frame.payload]]);
    return frames;
  }
}

describe("the handshake", () => {
  test("RFC 6455 §1.3: the answer to a key", () => {
    expect(acceptOf("dGhlIHNhbXBsZSBub25jZQ==")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  });

  test("asks for the sub-protocol with the authorizer's headers, once connected", () => {
    const bench = new Bench();
    expect(bench.wire.sent).toBe("");
    bench.wire.connect(20);
    for (let i = 0; i < 20; i++) bench.wire.connect(20);
    expect(bench.wire.sent).toBe(
      "GET /mqtt HTTP/1.1\r\nHost: broker.test\r\ntoken: t0ken\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        `Sec-WebSocket-Key: ${bench.key}\r\nSec-WebSocket-Protocol: mqtt\r\nConnection: Upgrade\r\n\r\n`,
    );
    expect(Buffer.from(bench.key, "base64")).toHaveLength(16);
    expect(bench.told).toEqual([]);
  });

  test("tells that it is writable when the server agrees, byte by byte too", () => {
    const bench = new Bench();
    bench.wire.connect(4096);
    for (const byte of singly(Buffer.from(bench.accept({ Connection: "keep-alive, upgrade", Upgrade: "WebSocket" })))) {
      bench.wire.receive(byte);
    }
    expect(bench.told).toHaveLength(1);
    expect(bench.told[0]).toMatch(/^writable \d+$/);
  });

  test("payload behind the answer is not lost", () => {
    const bench = new Bench();
    bench.wire.connect(4096);
    bench.wire.receive(Buffer.concat([Buffer.from(bench.accept()), wsFrame(OPCODE.binary, Uint8Array.of(1, 2))]));
    expect(bench.told.map((line) => line.split(" ")[0])).toEqual(["writable", "readable"]);
    expect(bench.received).toEqual([1, 2]);
  });

  test.each<[string, Record<string, string | undefined>]>([
    ["another accept", { "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" }],
    ["no accept", { "Sec-WebSocket-Accept": undefined }],
    ["no upgrade", { Upgrade: undefined }],
    ["another upgrade", { Upgrade: "h2c" }],
    ["no connection header", { Connection: undefined }],
    ["another sub-protocol", { "Sec-WebSocket-Protocol": "chat" }],
    ["no sub-protocol", { "Sec-WebSocket-Protocol": undefined }],
    ["an extension", { "Sec-WebSocket-Extensions": "permessage-deflate" }],
  ])("%s is refused", (_, changed) => {
    const bench = new Bench();
    bench.wire.connect(4096);
    bench.wire.receive(bench.accept(changed));
    expect(bench.told).toEqual(["error ws-handshake back-off"]);
    expect(bench.wire.closed).toBe(1);
  });

  test.each([
    ["403 Forbidden", "new-credentials"],
    ["401 Unauthorized", "new-credentials"],
    ["426 Upgrade Required", "back-off"],
    ["200 OK", "back-off"],
    ["503 Busy", "back-off"],
  ])("status %s advises: %s", (status, advice) => {
    const bench = new Bench();
    bench.wire.connect(4096);
    bench.wire.receive(bench.accept({}, status));
    expect(bench.told).toEqual([`error ws-refused ${advice}`]);
  });

  test.each(["429 Too Many Requests", "503 Busy"])("status %s hands on how long to wait", (status) => {
    const refusedWith = (value: string) => {
      const bench = new Bench();
      bench.wire.connect(4096);
      bench.wire.receive(bench.accept({ "Retry-After": value }, status));
      return bench.failure;
    };
    expect(refusedWith("120")).toMatchObject({ code: "ws-refused", retryAfterMs: 120_000 });
    expect(refusedWith(new Date(WALL + 90_000).toUTCString())).toMatchObject({ retryAfterMs: 90_000 });
    expect(refusedWith("soon")).toMatchObject({ code: "ws-refused", retryAfterMs: undefined });
  });

  test("what is not HTTP, and an end before the answer, are told", () => {
    const bench = new Bench();
    bench.wire.connect(4096);
    bench.wire.receive("\u0016\u0003\u0001\r\n");
    expect(bench.told).toEqual(["error http-syntax back-off"]);
    const ended = new Bench();
    ended.wire.connect(4096);
    ended.wire.end(new Failure("tls-alert", "no", "back-off"));
    expect(ended.told).toEqual(["error tls-alert back-off"]);
  });

  test("a header that must not be sent opens nothing", () => {
    expect(() => new Bench([["token", "a\r\nb"]])).toThrow(
      expect.objectContaining({ code: "http-request" }) as unknown as Error,
    );
  });
});

describe("the stream", () => {
  test("writes binary messages, masked anew each, and tells how much room is left", () => {
    const bench = new Bench().upgraded();
    const room = bench.stream.write(Uint8Array.of(1, 2, 3));
    expect(bench.stream.write(Uint8Array.of(4).buffer)).toBeLessThan(room);
    expect(bench.frames()).toEqual([
      [OPCODE.binary, [1, 2, 3]],
      [OPCODE.binary, [4]],
    ]);
    const masks = [bench.wire.sent.slice(2, 6), bench.wire.sent.slice(11, 15)];
    expect(masks[0]).not.toBe(masks[1]);
  });

  test("a message as long as the room fits below, with its frame and the answers that may be due", () => {
    for (const below of [400, 1024, 5000, 70_000]) {
      const bench = new Bench();
      bench.wire.connect(4096);
      bench.wire.receive(bench.accept());
      bench.wire.connect(below);
      const room = Number(bench.told.at(-1)!.split(" ")[1]);
      expect(below - room).toBeLessThan(300);
      bench.stream.write(new Uint8Array(room));
      bench.wire.receive(wsFrame(OPCODE.ping, new Uint8Array(125)));
      bench.wire.receive(wsFrame(OPCODE.close, Uint8Array.of(3, 0xe8)));
      expect(bench.wire.room).toBeGreaterThanOrEqual(0);
      expect(bench.told.at(-1)).toBe("error closed retry");
    }
  });

  test("refuses more than there is room for", () => {
    const bench = new Bench().upgraded();
    expect(() => bench.stream.write(new Uint8Array(5000))).toThrow(
      expect.objectContaining({ code: "ws-usage" }) as unknown as Error,
    );
    expect(() => new Bench().stream.write(Uint8Array.of(1))).toThrow();
  });

  test("tells what can be read, and gives it in any portions", () => {
    const bench = new Bench().upgraded();
    bench.onReadable = () => {};
    bench.wire.receive(
      Buffer.concat([wsFrame(OPCODE.binary, Uint8Array.of(1, 2, 3)), wsFrame(OPCODE.binary, Uint8Array.of(4, 5))]),
    );
    bench.wire.receive(wsFrame(OPCODE.binary, Uint8Array.of(6)));
    expect(bench.told.slice(1)).toEqual(["readable 5", "readable 6"]);
    const portions = [2, 2, undefined].map((count) => [...new Uint8Array(bench.stream.read(count)!)]);
    expect(portions).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(bench.stream.read()).toBeUndefined();
  });

  test("answers a ping with its payload, the latest if there was no room, and says nothing", () => {
    const bench = new Bench().upgraded();
    bench.wire.receive(wsFrame(OPCODE.ping, Uint8Array.of(7)));
    expect(bench.frames()).toEqual([[OPCODE.pong, [7]]]);
    bench.wire.connect(5);
    bench.wire.sent = "";
    bench.wire.receive(wsFrame(OPCODE.ping, Uint8Array.of(8)));
    bench.wire.receive(wsFrame(OPCODE.ping, Uint8Array.of(9)));
    bench.wire.receive(wsFrame(OPCODE.pong, Uint8Array.of(1)));
    expect(bench.wire.sent).toBe("");
    bench.wire.connect(100);
    expect(bench.frames()).toEqual([[OPCODE.pong, [9]]]);
    expect(bench.told.filter((line) => !line.startsWith("writable"))).toEqual([]);
  });

  test("a close frame is answered, and told after the bytes before it", () => {
    const bench = new Bench().upgraded();
    bench.wire.receive(
      Buffer.concat([wsFrame(OPCODE.binary, Uint8Array.of(1)), wsFrame(OPCODE.close, Uint8Array.of(3, 0xe9, 0x41))]),
    );
    expect(bench.frames()).toEqual([[OPCODE.close, [3, 0xe9]]]);
    expect(bench.told.slice(1)).toEqual(["readable 1", "error closed retry"]);
    expect(bench.received).toEqual([1]);
    expect(bench.wire.closed).toBe(1);
  });

  test("frames that are none end it, and the peer is told why; what came before is offered, and may be answered", () => {
    const bench = new Bench().upgraded();
    bench.onReadable = () => bench.stream.write(new Uint8Array(bench.stream.read()!));
    bench.wire.receive(Buffer.concat([wsFrame(OPCODE.binary, Uint8Array.of(1)), Uint8Array.of(0xff, 0xff)]));
    expect(bench.told.slice(1)).toEqual(["readable 1", "error ws-protocol back-off"]);
    expect(bench.frames()).toEqual([
      [OPCODE.binary, [1]],
      [OPCODE.close, [3, 0xea]],
    ]);
  });

  test("what comes behind a close frame is nothing: no data, no ping to answer, no fault", () => {
    for (const behind of [
      wsFrame(OPCODE.binary, Uint8Array.of(1)),
      wsFrame(OPCODE.ping, Uint8Array.of(1)),
      [0xff, 0xff],
    ]) {
      const bench = new Bench().upgraded();
      bench.wire.receive(Buffer.concat([wsFrame(OPCODE.close, Uint8Array.of(3, 0xe8)), Uint8Array.from(behind)]));
      expect(bench.told.slice(1)).toEqual(["error closed retry"]);
      expect(bench.frames()).toEqual([[OPCODE.close, [3, 0xe8]]]);
    }
  });

  test("a ping that waits for room is not answered any more once the peer has closed", () => {
    const bench = new Bench().upgraded();
    bench.wire.connect(25);
    bench.wire.receive(wsFrame(OPCODE.ping, new Uint8Array(100)));
    bench.wire.receive(wsFrame(OPCODE.close, Uint8Array.of(3, 0xe8)));
    expect(bench.frames()).toEqual([[OPCODE.close, [3, 0xe8]]]);
  });

  test("a server that closes with the answer to the upgrade is not written to", () => {
    const bench = new Bench();
    bench.wire.connect(4096);
    const answer = Buffer.from(bench.accept());
    bench.wire.sent = "";
    bench.wire.receive(Buffer.concat([answer, wsFrame(OPCODE.close, Uint8Array.of(3, 0xe9))]));
    expect(bench.told).toEqual(["error closed retry"]);
    expect(bench.frames()).toEqual([[OPCODE.close, [3, 0xe9]]]);
  });

  test("a stream below that fails, or an owner that throws, is told to nobody but the owner", () => {
    const bench = new Bench().upgraded();
    bench.wire.end(new Failure("tls-alert", "no", "back-off"));
    expect(bench.wire.sent).toBe("");
    const owner = new Bench().upgraded();
    owner.onReadable = () => {
      throw new Failure("mine", "a fault of the owner's", "back-off");
    };
    owner.wire.receive(wsFrame(OPCODE.binary, Uint8Array.of(1)));
    expect([owner.told.at(-1), owner.wire.sent]).toEqual(["error mine back-off", ""]);
  });

  test("a consumer that does not read is protected from a peer that does not stop", () => {
    const bench = new Bench().upgraded();
    bench.onReadable = () => {};
    bench.wire.receive(wsFrame(OPCODE.binary, new Uint8Array(UNREAD_LIMIT)));
    bench.wire.receive(wsFrame(OPCODE.binary, new Uint8Array(1)));
    expect(bench.told.at(-1)).toBe("error ws-limit back-off");
    expect(bench.told.at(-2)).toBe(`readable ${UNREAD_LIMIT}`);
    expect(bench.frames()).toEqual([[OPCODE.close, [3, 0xf1]]]);
  });

  test("the end of the stream below is told once, with its reason; without one it is an orderly end", () => {
    const bench = new Bench().upgraded();
    bench.wire.end();
    bench.wire.end();
    expect(bench.told.slice(1)).toEqual(["error closed retry"]);
  });

  test("closing says so to the peer if there is room, and nothing is told from then on", () => {
    const bench = new Bench().upgraded();
    bench.stream.close();
    bench.stream.close();
    expect(bench.frames()).toEqual([[OPCODE.close, [3, 0xe8]]]);
    expect(bench.wire.closed).toBe(1);
    const full = new Bench().upgraded();
    full.wire.connect(5);
    full.stream.close();
    expect([full.wire.sent, full.wire.closed]).toEqual(["", 1]);
    bench.wire.receive(wsFrame(OPCODE.binary, Uint8Array.of(1)));
    bench.wire.end();
    expect(bench.told).toHaveLength(1);
    const early = new Bench();
    early.wire.connect(4096);
    early.wire.sent = "";
    early.stream.close();
    expect([early.wire.sent, early.wire.closed]).toEqual(["", 1]);
  });

  test("a consumer that closes when told is told nothing more", () => {
    const bench = new Bench().upgraded();
    bench.onReadable = () => bench.stream.close();
    bench.wire.receive(
      Buffer.concat([wsFrame(OPCODE.binary, Uint8Array.of(1)), wsFrame(OPCODE.close, new Uint8Array(0))]),
    );
    expect(bench.told.slice(1)).toEqual(["readable 1"]);
  });

  test("knows only the buffer format", () => {
    const { stream } = new Bench();
    expect(stream.format).toBe("buffer");
    stream.format = "buffer";
    expect(() => {
      stream.format = "number";
    }).toThrow(RangeError);
  });
});
