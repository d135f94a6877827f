// What a WebSocket client must make of a server's frames, as one table. Numbers are those of the cases in
// crossbario/autobahn-testsuite; each row is written from RFC 6455 anew. The client echoes what it reads, as that suite's
// clients do. Messages are binary where the suite has text, which MQTT's WebSocket refuses (MQTT 3.1.1 §6).

import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { Failure } from "../../../firmware/platform/failure.js";
import type { ByteStream } from "../../../firmware/platform/io.js";
import { webSocket } from "../../../firmware/ws/stream.js";
import { Wire } from "../http/fakes.js";

const hex = (bytes: Uint8Array | string) => Buffer.from(bytes as string, "latin1").toString("hex");

/** A frame as a server sends it (§5.2), malformed ones too. */
function frame(opcode: number, payload: Uint8Array | string = "", { fin = true, rsv = 0, mask = false } = {}): Buffer {
  const body = Buffer.from(payload as string);
  const { length } = body;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (mask ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, mask ? Buffer.alloc(4) : Buffer.alloc(0), body]);
}

const binary = (payload: Uint8Array | string, fin = true) => frame(2, payload, { fin });
const more = (payload: Uint8Array | string, fin = true) => frame(0, payload, { fin });
const ping = (payload: Uint8Array | string = "") => frame(9, payload);
const pong = (payload: Uint8Array | string = "") => frame(10, payload);
const status = (code: number, reason: Uint8Array | string = "") =>
  Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason as string)]);
const close = (...args: Parameters<typeof status>) => frame(8, status(...args));

/** A client that echoes, and all that it sent: `opcode payload`, payloads of one message joined. */
function client(room = 1_000_000) {
  const wire = new Wire();
  let failure: Failure | undefined;
  const stream: ByteStream = new (webSocket(wire.io, { host: "h", path: "/", protocol: "mqtt" }, (into) =>
    into.fill(5),
  ))({
    onReadable: () => {
      const bytes = stream.read();
      if (bytes) stream.write(bytes);
    },
    onError: (error) => {
      failure = error as Failure;
    },
  });
  wire.connect(room);
  const key = /Sec-WebSocket-Key: (\S+)/.exec(wire.sent)![1]!;
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  wire.receive(
    "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  wire.sent = "";
  const sent = () => {
    const seen: [opcode: number, payload: string][] = [];
    let at = Buffer.from(wire.sent, "latin1");
    while (at.length > 0) {
      const short = at[1]! & 0x7f;
      expect([at[0]! & 0xf0, at[1]! >= 0x80]).toEqual([0x80, true]); // whole and masked (§5.1)
      const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
      const length = extended === 0 ? short : extended === 2 ? at.readUInt16BE(2) : Number(at.readBigUInt64BE(2));
      const from = 2 + extended + 4;
      const payload = at.subarray(from, from + length).map((byte, i) => byte ^ at[from - 4 + (i & 3)]!);
      const last = seen.at(-1);
      if (last?.[0] === 2 && at[0] === 0x82) last[1] += hex(payload);
      else seen.push([at[0]! & 15, hex(payload)]);
      at = at.subarray(from + length);
    }
    return seen;
  };
  return { wire, sent, failure: () => failure };
}

interface Case {
  id: string;
  /** What the server sends, one frame each. */
  send: readonly Uint8Array[];
  /** What the client sends besides its close frame. */
  reply?: readonly [opcode: number, payload: string][];
  /** Payload of its close frame; left out: none, the connection goes on. */
  closes?: string;
  /** Code of the failure it tells its owner. */
  failure?: string;
}

const big = (length: number) => Buffer.alloc(length, 0xfe);
const echo = (payload: Uint8Array | string): [number, string] => [2, hex(payload)];
const answer = (payload: Uint8Array | string): [number, string] => [10, hex(payload)];
const fails = (code = 1002) => ({ closes: hex(status(code)), failure: "ws-protocol" });
const ends = (payload: Uint8Array) => ({ closes: hex(payload), failure: "closed" });
const tenPings = Array.from({ length: 10 }, (_, i) => `payload-${i}`);

const CASES: readonly Case[] = [
  // 1: framing
  ...[0, 125, 126, 127, 128, 65_535, 65_536].map((length, i) => ({
    id: `1.2.${i + 1}`,
    send: [binary(big(length))],
    reply: length === 0 ? [] : [echo(big(length))],
  })),
  ...["", "x".repeat(125), "x".repeat(65_536)].map((text, i) => ({
    id: `1.1.${i}`,
    send: [frame(1, text)],
    ...fails(1003),
  })),
  // 2: pings and pongs
  { id: "2.1", send: [ping()], reply: [answer("")] },
  { id: "2.2", send: [ping("Hello, world!")], reply: [answer("Hello, world!")] },
  { id: "2.3", send: [ping(Buffer.from("00fffefdfcfb00ff", "hex"))], reply: [[10, "00fffefdfcfb00ff"]] },
  { id: "2.4, 2.6", send: [ping(big(125))], reply: [answer(big(125))] },
  { id: "2.5", send: [ping(big(126))], ...fails() },
  { id: "2.7", send: [pong()] },
  { id: "2.8", send: [pong("unsolicited")] },
  { id: "2.9", send: [pong("unsolicited"), ping("ping")], reply: [answer("ping")] },
  { id: "2.10, 2.11", send: tenPings.map((text) => ping(text)), reply: tenPings.map(answer) },
  // 3: reserved bits
  { id: "3.1", send: [frame(2, "x", { rsv: 1 })], ...fails() },
  ...[2, 3, 4].map((rsv) => ({
    id: `3.${rsv}`,
    send: [binary("one"), frame(2, "two", { rsv }), ping()],
    reply: [echo("one")],
    ...fails(),
  })),
  { id: "3.5", send: [frame(2, "x", { rsv: 5 })], ...fails() },
  { id: "3.6", send: [frame(9, "x", { rsv: 6 })], ...fails() },
  { id: "3.7", send: [frame(8, status(1000), { rsv: 7 })], ...fails() },
  // 4: opcodes
  ...[3, 4, 11, 12].map((opcode) => ({
    id: `4, opcode ${opcode}`,
    send: [frame(opcode, "x".repeat(opcode % 2))],
    ...fails(),
  })),
  ...[5, 6, 7, 13, 14, 15].map((opcode) => ({
    id: `4, opcode ${opcode}`,
    send: [binary("one"), frame(opcode, "two"), ping()],
    reply: [echo("one")],
    ...fails(),
  })),
  // 5: fragments
  { id: "5.1", send: [frame(9, "fragment1", { fin: false }), more("fragment2")], ...fails() },
  { id: "5.2", send: [frame(10, "fragment1", { fin: false }), more("fragment2")], ...fails() },
  { id: "5.3-5.5", send: [binary("fragment1", false), more("fragment2")], reply: [echo("fragment1fragment2")] },
  {
    id: "5.6-5.8",
    send: [binary("fragment1", false), ping("ping"), more("fragment2")],
    // Bytes of a message are handed on as they come: whether before the pong follows from how they arrive.
    reply: [answer("ping"), echo("fragment1fragment2")],
  },
  { id: "5.9-5.11", send: [more("nothing to continue"), binary("x")], ...fails() },
  { id: "5.12-5.14", send: [more("nothing to continue", false), binary("x")], ...fails() },
  {
    id: "5.15",
    send: [binary("fragment1", false), more("fragment2"), more("fragment3", false), binary("fragment4")],
    reply: [echo("fragment1fragment2")],
    ...fails(),
  },
  { id: "5.16", send: [more("fragment1", false), binary("fragment2", false), more("fragment3")], ...fails() },
  { id: "5.17", send: [more("fragment1"), binary("fragment2", false), more("fragment3")], ...fails() },
  { id: "5.18", send: [binary("fragment1", false), binary("fragment2")], reply: [echo("fragment1")], ...fails() },
  {
    id: "5.18, text",
    send: [binary("fragment1", false), frame(1, "fragment2")],
    reply: [echo("fragment1")],
    ...fails(),
  },
  {
    id: "5.19, 5.20",
    send: [binary("1", false), more("2", false), ping("a"), more("3", false), more("4", false), ping("b"), more("5")],
    reply: [answer("a"), answer("b"), echo("12345")],
  },
  // 6: empty fragments; UTF-8 of text concerns nobody who refuses text
  { id: "6.1.1", send: [binary("")] },
  { id: "6.1.2", send: [binary("", false), more("", false), more("")] },
  { id: "6.1.3", send: [binary("", false), more("middle", false), more("")], reply: [echo("middle")] },
  // 7: closing
  { id: "7.1.1", send: [binary("Hello"), close(1000)], reply: [echo("Hello")], ...ends(status(1000)) },
  { id: "7.1.2", send: [close(1000), frame(8)], ...ends(status(1000)) },
  { id: "7.1.3", send: [close(1000), ping()], ...ends(status(1000)) },
  { id: "7.1.4", send: [close(1000), binary("x")], ...ends(status(1000)) },
  { id: "7.1.4, no frame at all", send: [close(1000), Buffer.from("ffff", "hex")], ...ends(status(1000)) },
  {
    id: "7.1.5",
    send: [binary("fragment1", false), close(1000), more("fragment2")],
    reply: [echo("fragment1")],
    ...ends(status(1000)),
  },
  { id: "7.3.1", send: [frame(8)], ...ends(Buffer.alloc(0)) },
  { id: "7.3.2", send: [frame(8, "a")], ...fails() },
  { id: "7.3.3", send: [close(1000)], ...ends(status(1000)) },
  { id: "7.3.4", send: [close(1000, "Hello World!")], ...ends(status(1000)) },
  { id: "7.3.5", send: [close(1000, "*".repeat(123))], ...ends(status(1000)) },
  { id: "7.3.6", send: [close(1000, "*".repeat(124))], ...fails() },
  { id: "7.5.1", send: [close(1000, Buffer.from("cebae1bdb9cf83cebcceb5eda080656469746564", "hex"))], ...fails(1007) },
  { id: "7.5.1, cut", send: [close(1000, Buffer.from("e282", "hex"))], ...fails(1007) },
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999].map((code) => ({
    id: `7.7, ${code}`,
    send: [close(code)],
    ...ends(status(code)),
  })),
  ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) => ({
    id: `7.9, 7.13, ${code}`,
    send: [close(code)],
    ...fails(),
  })),
  // Besides: §5.1, §5.2, §10.4
  { id: "a masked frame", send: [frame(2, "x", { mask: true })], ...fails() },
  { id: "a masked close", send: [frame(8, status(1000), { mask: true })], ...fails() },
  { id: "a length of 1 in two bytes", send: [Buffer.from("827e000101", "hex")], ...fails() },
  {
    id: "a frame of 4 GB",
    send: [Buffer.from("827f0000000100000000", "hex")],
    closes: hex(status(1009)),
    failure: "ws-limit",
  },
];

describe("RFC 6455, frames from a server", () => {
  const WAYS = {
    "in one segment": (frames: readonly Uint8Array[]) => [Buffer.concat(frames)],
    "frame by frame": (frames: readonly Uint8Array[]) => frames,
    "byte by byte": (frames: readonly Uint8Array[]) => [...Buffer.concat(frames)].map((byte) => Buffer.of(byte)),
    "in pieces of 997": (frames: readonly Uint8Array[]) => {
      const all = Buffer.concat(frames);
      return Array.from({ length: Math.ceil(all.length / 997) }, (_, i) => all.subarray(i * 997, (i + 1) * 997));
    },
  };

  const isShort = ({ send }: Case) => Buffer.concat(send).length < 1_000;

  describe.each(Object.entries(WAYS))("%s", (way, cut) => {
    test.each(way === "byte by byte" ? CASES.filter(isShort) : CASES)(
      "$id",
      ({ send, reply = [], closes, failure }) => {
        const it = client();
        for (const piece of cut(send)) it.wire.receive(piece);
        const sent = it.sent();
        const closing = sent.at(-1)?.[0] === 8 ? sent.pop()![1] : undefined;
        expect([closing, it.failure()?.code, it.wire.closed]).toEqual([closes, failure, closes === undefined ? 0 : 1]);
        // Messages and pongs each in their order; one among the other as they come.
        for (const opcode of [2, 10]) {
          const joined = (list: readonly [number, string][]) =>
            list.filter(([of]) => of === opcode).map(([, hex]) => hex);
          const got = joined(sent);
          expect(opcode === 2 ? got.join("") : got).toEqual(opcode === 2 ? joined(reply).join("") : joined(reply));
        }
        expect(sent.filter(([opcode]) => opcode !== 2 && opcode !== 10)).toEqual([]);
      },
    );
  });

  test("with the answers that the room allows, the close frame always among them", () => {
    for (let room = 0; room < 200; room++) {
      const it = client();
      it.wire.connect(room);
      it.wire.receive(Buffer.concat([ping(big(125)), ping("b"), close(1001)]));
      const sent = it.sent();
      expect(sent.at(-1)?.[0]).toBe(room < 8 ? undefined : 8);
    }
  });
});
