// Several records in one PUBLISH: grouped as the rule says, acknowledged together, repeated to the byte within a session.
// mqtt-packet reads what goes out.

import { describe, expect, test } from "@jest/globals";
import type { Packet } from "mqtt-packet";
import { telemetryBatches } from "../../../firmware/cloud/batches.js";
import { RamJournal } from "../../../firmware/mqtt/journal.js";
import { decodeSession, encodeSession, type SavedSession } from "../../../firmware/mqtt/saved-session.js";
import { SessionState } from "../../../firmware/mqtt/state.js";
import { bench, CONNACK, connected } from "./support/bench.js";
import { bytes } from "./support/hex.js";

const T = "dev/telemetry";
const batch = telemetryBatches({ telemetry: T });
const record = (seq: number, more = "") => `{"seq":${seq}${more}}`;
/** A journal with these records on the telemetry's topic. */
function journalOf(...payloads: (string | Uint8Array)[]): RamJournal {
  const journal = new RamJournal();
  for (const payload of payloads) journal.append(T, typeof payload === "string" ? bytes(payload) : payload);
  return journal;
}
const payloads = (packets: readonly Packet[]) =>
  packets.flatMap((packet) => (packet.cmd === "publish" ? [String(packet.payload)] : []));
const puback = (messageId: number): Packet => ({ cmd: "puback", messageId });

describe("grouping", () => {
  test("records that wait go out as one JSON array, in their order, each with its own number", () => {
    const { stream } = bench({ journal: journalOf(record(1), record(2), record(3)), batch });
    stream.connect();
    stream.arrive(CONNACK);
    const [connect, publish] = stream.fetch();
    expect(connect!.cmd).toBe("connect");
    expect(publish).toMatchObject({ cmd: "publish", topic: T, qos: 1, dup: false });
    expect(payloads([publish!])).toEqual(['[{"seq":1},{"seq":2},{"seq":3}]']);
  });

  test("a record alone stays what it was", () => {
    const { client, stream } = connected({ batch });
    client.publish(T, bytes(record(1)));
    expect(payloads(stream.fetch())).toEqual([record(1)]);
  });

  test("without a rule each goes by itself", () => {
    const { stream } = bench({ journal: journalOf(record(1), record(2)) });
    stream.connect();
    stream.arrive(CONNACK);
    expect(payloads(stream.fetch())).toEqual([record(1), record(2)]);
  });

  test("a payload has at most 1,024 bytes, unless one record has more", () => {
    const long = (seq: number, length: number) => record(seq, `,"x":"${"x".repeat(length)}"`);
    const all = [long(1, 480), long(2, 480), long(3, 20), long(4, 2_000), record(5)];
    const { stream } = bench({ journal: journalOf(...all), batch });
    stream.connect();
    stream.arrive(CONNACK);
    const sent = payloads(stream.fetch());
    expect(sent).toEqual([`[${all[0]},${all[1]}]`, all[2], all[3], all[4]]);
    expect(sent[0]!.length).toBeLessThanOrEqual(1_024);
  });

  test("exactly 1,024 bytes are taken, one more is not", () => {
    const pair = (length: number) => {
      const first = record(1);
      const rest = length - 3 - first.length - record(2, ',"x":""').length;
      return [first, record(2, `,"x":"${"x".repeat(rest)}"`)] as const;
    };
    for (const [length, count] of [
      [1_024, 1],
      [1_025, 2],
    ] as const) {
      const { stream } = bench({ journal: journalOf(...pair(length)), batch });
      stream.connect();
      stream.arrive(CONNACK);
      expect(payloads(stream.fetch())).toHaveLength(count);
    }
  });

  test("what is on another topic ends a group, and so does what is of the other form", () => {
    const journal = journalOf(record(1), record(2));
    journal.append("dev/responses", bytes('{"id":"1"}'));
    for (const payload of [bytes(record(4)), Uint8Array.of(0xa1, 0, 5), Uint8Array.of(0xa1, 0, 6)])
      journal.append(T, payload);
    const { stream } = bench({ journal, batch });
    stream.connect();
    stream.arrive(CONNACK);
    const sent = stream.fetch().flatMap((packet) => (packet.cmd === "publish" ? [packet] : []));
    expect(sent.map(({ topic }) => topic)).toEqual([T, "dev/responses", T, T]);
    expect(Buffer.from(sent[3]!.payload as Buffer).toString("hex")).toBe("82a10005a10006");
  });

  test("what waits while a window is full goes out together later", () => {
    const { client, stream } = connected({ batch, inFlight: 1 });
    for (let seq = 1; seq <= 4; seq++) client.publish(T, bytes(record(seq)));
    const [first] = stream.fetch();
    expect(payloads([first!])).toEqual([record(1)]);
    stream.arrive(puback(first!.messageId!));
    expect(payloads(stream.fetch())).toEqual(['[{"seq":2},{"seq":3},{"seq":4}]']);
  });

  test("a rule for more than half of the send buffer is refused", () => {
    expect(() => bench({ batch, sendBuffer: 1_024 })).toThrow(expect.objectContaining({ code: "mqtt-usage" }));
  });
});

describe("acknowledgement", () => {
  test("one PUBACK takes all of a group out of the journal, each told by its number", () => {
    const journal = journalOf(record(1), record(2), record(3));
    const { stream, events } = bench({ journal, batch });
    stream.connect();
    stream.arrive(CONNACK);
    const id = stream.fetch()[1]!.messageId!;
    expect(journal.size).toBe(3);
    stream.arrive(puback(id));
    expect(events.filter(([name]) => name === "delivered")).toEqual([
      ["delivered", 1],
      ["delivered", 2],
      ["delivered", 3],
    ]);
    expect(journal.size).toBe(0);
  });
});

describe("repeats", () => {
  test("within a session a repeat is the same to the byte, whatever has come since", () => {
    const journal = journalOf(record(1), record(2));
    const { client, stream, time } = bench({ journal, batch, timeouts: { resend: 5_000 } });
    stream.connect();
    stream.arrive(CONNACK);
    const first = stream.fetch()[1]!;
    client.publish(T, bytes(record(3)));
    stream.fetch();
    time.advance(5_000);
    const repeats = stream.fetch().filter(({ cmd }) => cmd === "publish");
    expect(repeats[0]).toMatchObject({ dup: true, messageId: first.messageId });
    expect(payloads(repeats)).toEqual(['[{"seq":1},{"seq":2}]', record(3)]);
  });

  test("a session that goes on over a restart repeats the group under its packet id", () => {
    const journal = journalOf(record(1), record(2), record(3));
    let saved: Uint8Array | undefined;
    const save = (bytes: Uint8Array) => {
      saved = bytes.slice();
    };
    const store = { load: () => saved, save };
    const connect = { clientId: "c", cleanSession: false, keepAlive: 60 };
    const before = bench({ journal, batch, connect, state: new SessionState(store) });
    before.stream.connect();
    before.stream.arrive(CONNACK);
    const [, sent] = before.stream.fetch();
    journal.append(T, bytes(record(4)));
    const after = bench({ journal, batch, connect, state: new SessionState(store) });
    after.stream.connect();
    after.stream.arrive({ ...CONNACK, sessionPresent: true } as Packet);
    const [, again, next] = after.stream.fetch();
    expect(again).toMatchObject({ dup: true, messageId: sent!.messageId });
    expect(payloads([again!, next!])).toEqual([...payloads([sent!]), record(4)]);
    expect(next).toMatchObject({ dup: false });
  });

  test("a new session groups anew", () => {
    const journal = journalOf(record(1), record(2));
    const state = new SessionState();
    const before = bench({ journal, batch, state });
    before.stream.connect();
    before.stream.arrive(CONNACK);
    before.stream.fetch();
    before.stream.end();
    journal.append(T, bytes(record(3)));
    const after = bench({ journal, batch, state });
    after.time.advance(60_000);
    after.stream.connect();
    after.stream.arrive(CONNACK);
    const [, publish] = after.stream.fetch();
    expect(publish).toMatchObject({ dup: false });
    expect(payloads([publish!])).toEqual(['[{"seq":1},{"seq":2},{"seq":3}]']);
  });

  test("where some of a group is gone, the session ends rather than repeat other bytes, and the next is a new one", () => {
    const journal = journalOf(record(1), record(2));
    const connect = { clientId: "c", cleanSession: false, keepAlive: 60 };
    const state = new SessionState();
    const { stream, time, events } = bench({ journal, batch, connect, state, timeouts: { resend: 5_000 } });
    stream.connect();
    stream.arrive(CONNACK);
    stream.fetch();
    // As a full journal drops its oldest.
    journal.delivered(1);
    time.advance(5_000);
    expect(stream.fetch()).toEqual([]);
    expect(events.at(-1)!.slice(0, 2)).toEqual(["closed", "mqtt-regroup"]);
    const next = bench({ journal, batch, connect, state });
    next.stream.connect();
    next.stream.arrive(CONNACK);
    const [hello, publish] = next.stream.fetch();
    expect(hello).toMatchObject({ cmd: "connect", clean: true });
    expect(payloads([publish!])).toEqual([record(2)]);
  });

  test("where all of it is gone, the session forgets it and goes on", () => {
    const journal = journalOf(record(1), record(2));
    const { client, stream, time, events } = bench({ journal, batch, timeouts: { resend: 5_000 } });
    stream.connect();
    stream.arrive(CONNACK);
    stream.fetch();
    journal.delivered(1);
    journal.delivered(2);
    time.advance(5_000);
    client.publish(T, bytes(record(3)));
    expect(payloads(stream.fetch())).toEqual([record(3)]);
    expect(events.filter(([name]) => name === "closed")).toEqual([]);
  });
});

test("a saved session tells its groups; one without groups is written as before", () => {
  const session: SavedSession = {
    flights: [
      { id: 1, awaits: 4, sequence: 7 },
      { id: 2, awaits: 4, sequence: 8, group: { last: 12, count: 4 } },
    ],
    received: [3],
    granted: [["a/#", 1]],
    lastId: 2,
    known: true,
    unanswered: false,
    clientId: "c",
  };
  const record = encodeSession(session);
  expect(record[4]).toBe(2);
  expect(decodeSession(record)).toEqual(session);
  const plain = { ...session, flights: session.flights.slice(0, 1) };
  expect(encodeSession(plain)[4]).toBe(1);
  expect(decodeSession(encodeSession(plain))).toEqual(plain);
  for (let length = 0; length < record.length; length++)
    expect(decodeSession(record.subarray(0, length))).toBeUndefined();
});
