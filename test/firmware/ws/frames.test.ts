import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { WsViolation } from "../../../firmware/ws/errors.js";
import {
  BINARY,
  CLOSE,
  closeStatus,
  encodeFrame,
  FRAME_LIMIT,
  FrameReader,
  PING,
  PONG,
} from "../../../firmware/ws/frames.js";
import { WsReader, wsFrame } from "../../../host-sim/cloud/broker/ws-frames.js";
import { cuts, pieces, singly } from "../../support/pieces.js";

/** Data joined, control frames as they came; the error's code last. */
function read(input: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  let data = "";
  const flush = () => {
    if (data !== "") seen.push(`data ${data}`);
    data = "";
  };
  const reader = new FrameReader({
    onData: (piece) => {
      data += Buffer.from(piece).toString("hex");
    },
    onControl: (opcode, payload) => {
      flush();
      seen.push(`control ${opcode} ${Buffer.from(payload).toString("hex")}`);
    },
  });
  try {
    for (const piece of input) reader.push(piece);
    flush();
  } catch (error) {
    flush();
    seen.push((error as { code: string }).code);
  }
  return seen;
}

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("a server's frames", () => {
  test("RFC 6455 §5.7: ping, 256 bytes and 64 KB of binary data", () => {
    expect(read([hex("89 05 48 65 6c 6c 6f")])).toEqual(["control 9 48656c6c6f"]);
    const data = "ab".repeat(256);
    expect(read([hex(`82 7e 01 00 ${data}`)])).toEqual([`data ${data}`]);
    const more = "cd".repeat(65_536);
    expect(read([hex(`82 7f 00 00 00 00 00 01 00 00 ${more}`)])).toEqual([`data ${more}`]);
  });

  test("a message in fragments, a ping between them", () => {
    expect(read([hex("02 01 aa 89 00 00 01 bb 80 01 cc 82 01 dd")])).toEqual(["data aa", "control 9 ", "data bbccdd"]);
  });

  test("empty frames", () => {
    expect(read([hex("82 00 8a 00 82 01 01 88 00")])).toEqual(["control 10 ", "data 01", "control 8 "]);
  });

  test("a close frame is the last that is read, whatever comes behind it", () => {
    expect(read([hex("88 00 82 01 01"), hex("89 00"), hex("ff ff")])).toEqual(["control 8 "]);
  });

  test.each<[string, string]>([
    ["a reserved bit", "c2 00"],
    ["a mask", "82 80 00 00 00 00"],
    ["a mask over what would be pings", "89 80 89 00 89 00"],
    ["text", "81 01 41"],
    ["an unknown opcode", "83 00"],
    ["an unknown control opcode", "8b 00"],
    ["a control frame in fragments", "09 00"],
    ["a control frame too long", "89 7e 00 7e"],
    ["a continuation of nothing", "80 01 00"],
    ["a message within a message", "02 01 00 82 01 00"],
    ["a length of 125 in two bytes", "82 7e 00 7d"],
    ["a length of 65535 in eight bytes", "82 7f 00 00 00 00 00 00 ff ff"],
  ])("%s is refused", (_, text) => {
    expect(read([hex(text)]).at(-1)).toBe("ws-protocol");
  });

  test("a frame beyond the limit is refused by its header", () => {
    const length = (value: number) => `82 7f ${value.toString(16).padStart(16, "0")}`;
    expect(read([hex(length(FRAME_LIMIT))])).toEqual([]);
    expect(read([hex(length(FRAME_LIMIT + 1))])).toEqual(["ws-limit"]);
    expect(read([hex("82 7f ff ff ff ff ff ff ff ff")])).toEqual(["ws-limit"]);
    expect(read([hex("82 7f 00 00 00 01 00 00 00 05")])).toEqual(["ws-limit"]);
  });

  test("an empty control frame is told with its last byte", () => {
    expect(read([hex("89 00")])).toEqual(["control 9 "]);
  });

  test("any split gives the same events", () => {
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((payload) => wsFrame(BINARY, payload)),
      fc
        .tuple(fc.constantFrom(PING, PONG), fc.uint8Array({ maxLength: 125 }))
        .map(([op, payload]) => wsFrame(op, payload)),
      fc.uint8Array({ maxLength: 6 }).map((payload) => wsFrame(CLOSE, payload)),
      fc.uint8Array({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), cuts, (frames, at) => {
        const whole = new Uint8Array(Buffer.concat(frames));
        const expected = read([whole]);
        expect(read(pieces(whole, at))).toEqual(expected);
        expect(read(singly(whole))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a client's frames", () => {
  test("RFC 6455 §5.7: a masked frame", () => {
    const frame = encodeFrame(PONG, new Uint8Array(Buffer.from("Hello")), hex("37 fa 21 3d"));
    expect(Buffer.from(frame).toString("hex")).toBe("8a8537fa213d7f9f4d5158");
  });

  test("are what a server reads, whatever the length and mask", () => {
    const lengths = [0, 125, 126, 65_535, 65_536].map((length) => new Uint8Array(length).fill(7));
    const mask = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), mask, (payload, key) => {
        const server = new WsReader(1e6);
        server.push(encodeFrame(BINARY, payload, key));
        const { opcode, fin, payload: got } = server.next()!;
        expect([opcode, fin]).toEqual([BINARY, true]);
        expect(Buffer.from(got).equals(payload)).toBe(true);
      }),
      { examples: lengths.map((payload) => [payload, hex("01 02 03 04")] as [Uint8Array, Uint8Array]) },
    );
  });

  test.each([
    [125, "82fd"],
    [126, "82fe007e"],
    [65_535, "82feffff"],
    [65_536, "82ff0000000000010000"],
  ])("tell a length of %d in its shortest form", (length, header) => {
    const frame = encodeFrame(BINARY, new Uint8Array(length), new Uint8Array(4));
    expect(Buffer.from(frame.subarray(0, header.length / 2)).toString("hex")).toBe(header);
    expect(frame).toHaveLength(header.length / 2 + 4 + length);
  });

  test("a close frame's status", () => {
    expect(closeStatus(hex("03 e8"))).toBe(1000);
    expect(closeStatus(hex(""))).toBeUndefined();
    expect(closeStatus(hex("0b b8 e2 82 ac"))).toBe(3000);
    const statusOf = (text: string) => {
      try {
        return closeStatus(hex(text));
      } catch (error) {
        return `${(error as WsViolation).code} ${(error as WsViolation).status}`;
      }
    };
    expect(["03", "00 00", "03 ed", "03 e8 ff"].map(statusOf)).toEqual([
      "ws-protocol 1002",
      "ws-protocol 1002",
      "ws-protocol 1002",
      "ws-protocol 1007",
    ]);
    expect(read([hex("88 02 03 e8")])).toEqual([`control ${CLOSE} 03e8`]);
  });
});
