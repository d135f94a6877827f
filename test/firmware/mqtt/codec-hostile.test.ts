// The decoder and bytes that are no packets: it fails with a typed error or not at all, in the same way whatever the pieces,
// and takes nothing that mqtt-packet refuses.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import mqtt from "mqtt-packet";
import { createDecoder, type Parse } from "../../../firmware/mqtt/decoder.js";
import { encode } from "../../../firmware/mqtt/encode.js";
import { MqttError } from "../../../firmware/mqtt/error.js";
import type { ClientPacket, ServerPacket } from "../../../firmware/mqtt/packets.js";
import { parse } from "../../../firmware/mqtt/parse.js";
import { encodeServer } from "../../../host-sim/cloud/broker/encode-server.js";
import { parseServer } from "../../../host-sim/cloud/broker/parse-server.js";
import { cuts, pieces } from "../../support/pieces.js";
import { hex } from "./support/hex.js";

/** Packets, and the code of the failure at the end if there is one. */
function read<P>(parser: Parse<P>, input: readonly Uint8Array[]): { packets: unknown[]; code: string | undefined } {
  const decoder = createDecoder(parser, 128);
  const packets: unknown[] = [];
  try {
    for (const piece of input) {
      decoder.push(piece);
      for (let packet = decoder.next(); packet; packet = decoder.next()) packets.push(structuredClone(packet));
    }
  } catch (error) {
    if (!(error instanceof MqttError)) throw error;
    return { packets, code: error.code };
  }
  return { packets, code: undefined };
}

/** Sound packets to begin from, of both directions. */
const SOUND = [
  "101a 0004 4d515454 04 c2 003c 0001 61 0003 757365 0004 70617373",
  "1014 0004 4d515454 04 0e 003c 0001 61 0001 77 0002 6869",
  "2002 0000",
  "2002 0100",
  "2002 0005",
  "3205 0001 61 0007",
  "300a 0003 612f62 68656c6c6f",
  "3d08 0003 612f62 0009 68",
  "4002 0001",
  "5002 0001",
  "6202 0001",
  "7002 0001",
  "820b 0001 0001 61 01 0002 2f2b 00",
  "9004 0001 01 80",
  "a209 0001 0001 61 0002 2f2b",
  "b002 0001",
  "c000",
  "d000",
  "e000",
].map(hex);

/** One of them with some bytes changed, taken away or put in: nearly right is worse than random. */
const damaged = fc
  .tuple(
    fc.constantFrom(...SOUND),
    fc.array(fc.tuple(fc.nat(40), fc.nat(255), fc.constantFrom("set", "cut", "add")), { minLength: 1, maxLength: 3 }),
  )
  .map(([packet, changes]) => {
    const bytes = [...packet];
    for (const [at, byte, how] of changes) {
      if (how === "set") bytes[at % bytes.length] = byte;
      else if (how === "cut") bytes.splice(at % bytes.length, 1);
      else bytes.splice(at % (bytes.length + 1), 0, byte);
      if (bytes.length === 0) bytes.push(byte);
    }
    return Uint8Array.from(bytes);
  });
const input = fc.oneof(
  { weight: 3, arbitrary: fc.array(damaged, { minLength: 1, maxLength: 3 }).map((list) => Buffer.concat(list)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
);

const isOtherLevel = (packet: unknown) =>
  (packet as { level?: number }).level !== undefined && (packet as { level: number }).level !== 4;

const SIDES: [string, Parse<unknown>][] = [
  ["a client", parse],
  ["a server", parseServer],
];

describe.each(SIDES)("as %s", (_, parser) => {
  test("any input gives packets or one typed failure, the same in any pieces", () => {
    fc.assert(
      fc.property(input, cuts, (bytes, where) => {
        expect(read(parser, pieces(bytes, where))).toEqual(read(parser, [bytes]));
      }),
      { numRuns: 3000 },
    );
  });

  test("whatever is taken says the same when it is written again", () => {
    const memory = new Uint8Array(1024);
    fc.assert(
      fc.property(damaged, (bytes) => {
        for (const packet of read(parser, [bytes]).packets as (ClientPacket & ServerPacket)[]) {
          if (isOtherLevel(packet)) continue;
          const end = parser === parse ? encodeServer(packet, memory) : encode(packet, memory);
          expect(read(parser, [memory.slice(0, end)])).toEqual({ packets: [packet], code: undefined });
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("what mqtt-packet refuses is not taken", () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        const peer = mqtt.parser({ protocolVersion: 4 });
        let refused = false;
        let seen = 0;
        peer.on("error", () => {
          refused = true;
        });
        peer.on("packet", () => seen++);
        try {
          peer.parse(Buffer.from(bytes));
        } catch {
          refused = true;
        }
        // A CONNECT of another level is taken, to be answered with return code 1.
        const taken = read(parser, [bytes]).packets.filter((packet) => !isOtherLevel(packet));
        // Both read from the front: ours may stop earlier, being stricter, but not go further.
        if (refused) expect(taken.length).toBeLessThanOrEqual(seen);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("as a client, by name", () => {
  test.each([
    ["a SUBACK with one code that is none", "9004 0001 01 03"],
    ["a SUBACK without a code", "9002 0001"],
    ["a SUBACK with more codes than a SUBSCRIBE of ours has filters", `9043 0001 ${"00".repeat(65)}`],
    ["a CONNACK that is too long", "2003 000000"],
    ["a CONNACK with a reserved bit", "2002 0200"],
    ["a PUBACK of id 0", "4002 0000"],
    ["a PINGRESP with a body", "d001 00"],
  ])("%s is malformed", (_, text) => {
    expect(read(parse, [hex(text)])).toEqual({ packets: [], code: "mqtt-malformed" });
  });

  test("a CONNACK's two bytes are apart", () => {
    expect(read(parse, [hex("2002 00ff"), hex("2002 0100")]).packets).toMatchObject([
      { sessionPresent: false, returnCode: 255 },
      { sessionPresent: true, returnCode: 0 },
    ]);
  });
});
