// A session that outlives a restart of the device: what is saved, when, and what becomes of a store that is not sound.

import { crc32 } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { Packet } from "mqtt-packet";
import { type Journal, RamJournal } from "../../../firmware/mqtt/journal.js";
import { SessionState, type SessionStore } from "../../../firmware/mqtt/state.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { NorFlash } from "../../../host-sim/platform/nor-flash.js";
import { bench, CONNACK } from "./support/bench.js";
import { bytes } from "./support/hex.js";

class MemoryStore implements SessionStore {
  saved: Uint8Array | undefined;
  saves = 0;
  load(): Uint8Array | undefined {
    return this.saved;
  }
  save(data: Uint8Array): void {
    this.saved = data.slice();
    this.saves++;
  }
}

const PRESENT = { ...CONNACK, sessionPresent: true } as Packet;

/** The device after a restart: nothing is left but the store and the journal, which is in flash. */
function boot(store: SessionStore, journal: Journal, connack: Packet, clientId = "c") {
  const it = dial(store, journal, clientId);
  it.stream.arrive(connack);
  expect(it.stream.sent.shift()).toMatchObject({ cmd: "connect", clean: false });
  it.events.splice(0);
  return it;
}

/** The same, but the CONNACK is still to come. */
function dial(store: SessionStore, journal: Journal, clientId = "c") {
  const it = bench({
    state: new SessionState(store, journal),
    journal,
    connect: { clientId, cleanSession: false, keepAlive: 60 },
    subscriptions: [{ filter: "a", qos: 2 }],
  });
  it.stream.connect();
  return it;
}

interface Saved {
  flights: [id: number, awaits: number, sequence: number][];
  received: number[];
  granted: [filter: string, qos: number][];
  lastId: number;
  known: boolean;
  unanswered: boolean;
  clientId: string;
  version: number;
}

const u16 = (value: number) => [value >> 8, value & 255];
const text = (of: string) => [...u16(Buffer.byteLength(of)), ...Buffer.from(of)];
const double = (value: number) => {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleBE(value);
  return [...buffer];
};

/** The record of a session of which nothing more than this is known, its CRC-32 in front. */
function saved(more: Partial<Saved> = {}): Uint8Array {
  const { flights = [], received = [], granted = [], lastId = 0, known = true, unanswered = false } = more;
  const body = [
    more.version ?? 1,
    (known ? 1 : 0) + (unanswered ? 2 : 0),
    ...u16(lastId),
    ...text(more.clientId ?? "c"),
  ];
  body.push(...u16(flights.length));
  for (const [id, awaits, sequence] of flights) body.push(...u16(id), awaits, ...double(sequence));
  body.push(...u16(received.length), ...received.flatMap(u16), ...u16(granted.length));
  for (const [filter, qos] of granted) body.push(qos, ...text(filter));
  return sealed(Uint8Array.from(body));
}

function sealed(body: Uint8Array): Uint8Array {
  const record = Buffer.alloc(4 + body.length);
  record.writeUInt32BE(crc32(body));
  record.set(body, 4);
  return Uint8Array.from(record);
}

describe("after a restart", () => {
  test("inbound QoS 2 ids are known: what was handed on is not handed on again", () => {
    const store = new MemoryStore();
    const first = boot(store, new RamJournal(), CONNACK);
    first.stream.arrive({ cmd: "publish", topic: "a", payload: "x", qos: 2, messageId: 5, dup: false, retain: false });
    expect(first.events).toEqual([["message", "a", "x"]]);
    const second = boot(store, new RamJournal(), PRESENT);
    second.stream.arrive({ cmd: "publish", topic: "a", payload: "x", qos: 2, messageId: 5, dup: true, retain: false });
    second.stream.arrive({ cmd: "pubrel", messageId: 5 });
    expect(second.events).toEqual([]);
    expect(second.stream.fetch().map(({ cmd }) => cmd)).toEqual(["subscribe", "pubrec", "pubcomp"]);
    const third = boot(store, new RamJournal(), PRESENT);
    third.stream.arrive({ cmd: "publish", topic: "a", payload: "y", qos: 2, messageId: 5, dup: false, retain: false });
    expect(third.events).toEqual([["message", "a", "y"]]);
  });

  test("outbound messages go on under their ids, with DUP, and new ones take others", () => {
    const store = new MemoryStore();
    const journal = new RamJournal();
    const first = boot(store, journal, CONNACK);
    first.client.publish("t", bytes("1"));
    first.client.publish("t", bytes("2"), { qos: 2 });
    first.client.publish("t", bytes("3"), { qos: 2 });
    first.stream.arrive({ cmd: "pubrec", messageId: 3 });
    expect(first.stream.fetch().map(({ cmd, messageId }) => `${cmd} ${messageId}`)).toEqual([
      "subscribe 1",
      "publish 2",
      "publish 3",
      "publish 4",
      "pubrel 3",
    ]);
    const second = boot(store, journal, PRESENT);
    second.client.publish("t", bytes("4"));
    expect(
      second.stream.fetch().map((packet) => [packet.cmd, packet.messageId, packet.cmd === "publish" && packet.dup]),
    ).toEqual([
      ["publish", 2, true],
      ["publish", 4, true],
      ["pubrel", 3, false],
      ["subscribe", 5, false],
      ["publish", 6, false],
    ]);
  });

  test("granted filters are not asked for again while the broker has the session", () => {
    const store = new MemoryStore();
    const first = boot(store, new RamJournal(), CONNACK);
    const [subscribe] = first.stream.fetch();
    first.stream.arrive({ cmd: "suback", messageId: subscribe!.messageId!, granted: [2] });
    first.client.publish("t", bytes("saves the state"));
    expect(boot(store, new RamJournal(), PRESENT).stream.fetch()).toEqual([]);
    expect(
      boot(store, new RamJournal(), CONNACK)
        .stream.fetch()
        .map(({ cmd }) => cmd),
    ).toEqual(["subscribe"]);
  });

  test("what relies on the state leaves after it was saved, and nothing is saved without a change", () => {
    const store = new MemoryStore();
    const it = boot(store, new RamJournal(), CONNACK);
    const write = it.stream.write.bind(it.stream);
    it.stream.write = (data) => {
      expect(Buffer.from(store.saved!).toString("hex")).toContain(
        Buffer.from([...u16(1), ...u16(2), 4, ...double(1)]).toString("hex"),
      );
      return write(data);
    };
    it.client.publish("t", bytes("x"));
    expect(it.stream.fetch()).toHaveLength(2);
    const { saves } = store;
    it.client.publish("t", bytes("x"), { qos: 0 });
    it.client.kick();
    expect(store.saves).toBe(saves);
  });

  test.each<[string, Uint8Array]>([
    ["nothing", Uint8Array.of()],
    ["text", Buffer.from('{"flights":[]}')],
    ["a record of another version", saved({ version: 3 })],
    ["a record that is damaged", saved({ known: true }).map((byte, i) => (i === 5 ? byte ^ 2 : byte))],
    ["a record that is cut off", sealed(saved({ received: [1, 2] }).subarray(4, -3))],
    ["a record that goes on", sealed(Uint8Array.of(...saved().subarray(4), 0))],
    ["a client id longer than the record", sealed(Uint8Array.of(1, 1, 0, 0, 0, 9, 0x63))],
    ["a client id that is no text", sealed(Uint8Array.of(1, 1, 0, 0, 0, 1, 0xff, 0, 0, 0, 0, 0, 0))],
    ["a flight under the id 0", saved({ flights: [[0, 4, 1]] })],
    ["a number that is none", saved({ flights: [[1, 4, Number.NaN]] })],
    ["a number between two", saved({ flights: [[1, 4, 1.5]] })],
    ["an acknowledgement that there is not", saved({ flights: [[1, 9, 1]] })],
    ["a received id of 0", saved({ received: [0] })],
    ["a QoS out of range", saved({ granted: [["a", 3]] })],
  ])("a store with %s counts as none", (_, record) => {
    const store = new MemoryStore();
    store.saved = record;
    const state = new SessionState(store);
    expect([state.known, state.flights.size, state.received.size, state.granted.size]).toEqual([false, 0, 0, 0]);
    expect(state.nextId()).toBe(1);
  });

  test("all that is saved comes back", () => {
    const store = new MemoryStore();
    store.saved = saved({
      flights: [
        [65_535, 4, 2 ** 40],
        [2, 5, 7],
        [3, 7, 8],
      ],
      received: [9, 65_535],
      granted: [["é/#", 1]],
      lastId: 65_533,
      unanswered: true,
      clientId: "ü",
    });
    const state = new SessionState(store);
    expect([...state.flights].map(([id, { awaits, sequence, dup }]) => [id, awaits, sequence, dup])).toEqual([
      [65_535, 4, 2 ** 40, true],
      [2, 5, 7, true],
      [3, 7, 8, true],
    ]);
    expect([[...state.received], [...state.granted], state.offered]).toEqual([[9, 65_535], [["é/#", 1]], 2 ** 40]);
    expect([state.known, state.unanswered, state.nextId()]).toEqual([true, true, 65_534]);
    const before = store.saved;
    store.saved = undefined;
    new SessionState({ load: () => before, save: (data) => store.save(data) }).save();
    expect(store.saved).toEqual(before);
  });

  test("ids go on behind the last one, also where none was ever given", () => {
    const next = (lastId: number) => {
      const store = new MemoryStore();
      store.saved = saved({ lastId });
      const state = new SessionState(store);
      expect(state.known).toBe(true);
      return state.nextId();
    };
    expect([next(0), next(5), next(65_534)]).toEqual([1, 6, 65_535]);
  });

  test("none is given twice: behind 65535 the session ends, a clean one clears it away, and ids begin with 1 again", () => {
    const store = new MemoryStore();
    const journal = new RamJournal();
    store.saved = saved({ granted: [["a", 2]], lastId: 65_534 });
    const state = new SessionState(store);
    const next = (connack: Packet) => {
      const connect = { clientId: "c", cleanSession: false, keepAlive: 60 };
      const it = bench({ state, journal, connect, subscriptions: [{ filter: "a", qos: 2 }] });
      it.stream.connect();
      it.stream.arrive(connack);
      return it;
    };
    const first = next(PRESENT);
    for (const one of ["1", "2"]) first.client.publish("t", bytes(one));
    expect(first.stream.fetch()).toMatchObject([
      { cmd: "connect", clean: false },
      { messageId: 65_535, dup: false },
    ]);
    expect(first.events.at(-1)).toEqual(["closed", "mqtt-spent", 0]);
    expect(next(CONNACK).stream.fetch()).toMatchObject([
      { cmd: "connect", clean: true },
      { cmd: "subscribe", messageId: 1 },
      { messageId: 2, dup: false },
      { messageId: 3, dup: false },
    ]);
    const third = next(CONNACK);
    expect(third.stream.fetch()[0]).toMatchObject({ cmd: "connect", clean: false });
  });

  test("a request that finds none ends the session too", () => {
    const store = new MemoryStore();
    store.saved = saved({ granted: [["a", 2]], lastId: 65_535 });
    const it = boot(store, new RamJournal(), PRESENT);
    it.client.subscribe([{ filter: "b", qos: 1 }]);
    expect(it.events).toEqual([["closed", "mqtt-spent", 0]]);
    expect(it.stream.fetch()).toEqual([]);
  });

  test("a request under way takes no message's place in the window", () => {
    const narrow = bench({ inFlight: 1, subscriptions: [{ filter: "a", qos: 1 }] });
    narrow.stream.connect();
    narrow.stream.arrive(CONNACK);
    narrow.client.publish("t", bytes("x"));
    expect(narrow.stream.fetch().map(({ cmd }) => cmd)).toEqual(["connect", "subscribe", "publish"]);
  });

  test("a flight whose record the journal has no more is forgotten", () => {
    const store = new MemoryStore();
    const flights: Saved["flights"] = [
      [1, 4, 9],
      [2, 5, 10],
    ];
    store.saved = saved({ flights, granted: [["a", 2]], lastId: 2 });
    const it = boot(store, new RamJournal(), PRESENT);
    expect(it.stream.fetch()).toMatchObject([{ cmd: "pubrel", messageId: 2 }]);
  });

  test("a CONNECT that got no CONNACK is remembered: what the broker grants by then may be another session's", () => {
    const store = new MemoryStore();
    const first = boot(store, new RamJournal(), CONNACK);
    first.stream.arrive({ cmd: "suback", messageId: first.stream.fetch()[0]!.messageId!, granted: [2] });
    dial(store, new RamJournal());
    expect(boot(store, new RamJournal(), PRESENT).stream.fetch()).toMatchObject([{ cmd: "subscribe" }]);
  });

  test("a session present that we know nothing of stays unknown until one has begun", () => {
    const store = new MemoryStore();
    for (let boots = 1; boots <= 2; boots++) {
      const it = dial(store, new RamJournal());
      expect(it.stream.fetch()).toMatchObject([{ cmd: "connect", clean: false }]);
      it.stream.arrive(PRESENT);
      expect(it.events).toEqual([["closed", "mqtt-protocol", 0]]);
    }
  });

  test("a session belongs to a client id: with another one nothing of it is known", () => {
    const store = new MemoryStore();
    const journal = new RamJournal();
    const first = boot(store, journal, CONNACK);
    first.client.publish("t", bytes("x"));
    first.stream.arrive({ cmd: "publish", topic: "a", payload: "x", qos: 2, messageId: 5, dup: false, retain: false });
    first.stream.fetch();
    const other = boot(store, journal, CONNACK, "another SIM");
    expect(other.stream.fetch()).toMatchObject([{ cmd: "subscribe" }, { cmd: "publish", dup: false }]);
    const back = dial(store, journal);
    back.stream.arrive(PRESENT);
    expect(back.events).toEqual([["closed", "mqtt-protocol", 0]]);
  });
});

describe("a journal that takes notes", () => {
  const sends = (it: ReturnType<typeof boot>) =>
    it.stream.fetch().flatMap((packet) => (packet.cmd === "publish" ? [[packet.messageId, packet.dup]] : []));
  const ack = (messageId: number): Packet => ({ cmd: "puback", messageId });

  test("has what is under way with QoS 1: a record costs no write to the store, and goes on under its id", () => {
    const store = new MemoryStore();
    const flash = new NorFlash();
    const first = boot(store, new Outbox(flash), CONNACK);
    first.stream.arrive({ cmd: "suback", messageId: first.stream.fetch()[0]!.messageId!, granted: [2] });
    for (let i = 0; i < 20; i++) {
      first.client.publish("t", bytes("x"));
      first.stream.arrive(ack(first.stream.fetch().at(-1)!.messageId!));
    }
    first.client.publish("t", bytes("21"));
    const { saves } = store;
    for (let i = 0; i < 20; i++) {
      first.client.publish("t", bytes("x"));
      first.stream.arrive(ack(first.stream.fetch().at(-1)!.messageId!));
    }
    expect(store.saves).toBe(saves);
    first.client.publish("t", bytes("42"));
    first.client.publish("t", bytes("43"), { qos: 2 });
    const [, under] = sends(first);
    const second = boot(store, new Outbox(flash), PRESENT);
    expect(sends(second)).toEqual([
      [22, true],
      [43, true],
      [under![0], true],
    ]);
    second.client.publish("t", bytes("44"));
    // With the connection 16 were stored, then 128 more as the next one was given.
    expect(sends(second)).toEqual([[17 + 128 + 1, false]]);
  });

  test("costs few writes to the store, and no id comes back after a restart", () => {
    const store = new MemoryStore();
    const flash = new NorFlash({ blocks: 8 });
    let saves = 0;
    let last = 0;
    for (let life = 0; life < 20; life++) {
      const it = boot(store, new Outbox(flash), life === 0 ? CONNACK : PRESENT);
      it.stream.fetch();
      it.client.publish("t", bytes("x"));
      const before = store.saves;
      for (let i = 0; i < 300; i++) {
        it.client.publish("t", bytes("x"));
        for (const { messageId } of it.stream.fetch()) {
          expect(messageId).toBeGreaterThan(last);
          last = messageId!;
          it.stream.arrive(ack(messageId!));
        }
      }
      saves += store.saves - before;
    }
    expect(saves).toBe(20 * 2);
  });

  test("drops a record under way: its id goes to no other, over however many restarts, until another session begins", () => {
    const store = new MemoryStore();
    store.saved = saved({ granted: [["a", 2]], lastId: 61_440 });
    const flash = new NorFlash({ blocks: 3, blockLength: 512 });
    const first = boot(store, new Outbox(flash), PRESENT);
    first.client.publish("t", bytes("never acknowledged"));
    const [[left]] = sends(first) as [[number, boolean]];
    expect(left).toBe(61_441);
    const outbox = new Outbox(flash);
    while (outbox.dropped === 0) outbox.append("t", bytes("x"));
    const given: number[] = [];
    let lives = 0;
    for (let isOver = false; !isOver && lives < 1_000; lives++) {
      const it = dial(store, new Outbox(flash));
      it.stream.arrive(PRESENT);
      expect(it.stream.sent.shift()).toMatchObject({ cmd: "connect", clean: false });
      for (let i = 0; i < 2; i++) it.client.publish("t", bytes("x"));
      for (let sent = sends(it); sent.length > 0; sent = sends(it)) {
        for (const [id] of sent as [number, boolean][]) {
          given.push(id);
          it.stream.arrive(ack(id));
        }
      }
      isOver = it.stream.closed;
      if (isOver) expect(it.events.at(-1)!.slice(0, 2)).toEqual(["closed", "mqtt-spent"]);
    }
    expect(given.filter((id) => id === left)).toEqual([]);
    expect(lives).toBeGreaterThan(200);
  });

  test("is not believed beside a store of the firmware before, which knew of no notes", () => {
    const store = new MemoryStore();
    const flash = new NorFlash();
    const outbox = new Outbox(flash);
    for (let i = 1; i <= 3; i++) outbox.append("t", bytes(`${i}`));
    outbox.note({ session: 1, id: 50, first: 1, last: 1, count: 1 });
    outbox.note({ session: 2, id: 51, first: 2, last: 2, count: 1 });
    store.saved = saved({ flights: [[9, 4, 2]], granted: [["a", 2]], lastId: 9 });
    const first = boot(store, new Outbox(flash), PRESENT);
    // Record 1 was done when the update was undone, or another session had it; record 3 is new.
    first.client.kick();
    expect(sends(first)).toEqual([
      [9, true],
      [10, false],
    ]);
    const second = boot(store, new Outbox(flash), PRESENT);
    expect(sends(second)).toEqual([
      [9, true],
      [10, true],
    ]);
    // A session of its own, and what was noted of others is of no account.
    const third = boot(store, new Outbox(flash), CONNACK);
    expect(sends(third).map(([, dup]) => dup)).toEqual([false, false, false]);
  });

  test("that has no room leaves it to the store, and what comes behind too until that is safe", () => {
    const store = new MemoryStore();
    const flash = new NorFlash();
    const outbox = new Outbox(flash);
    let takes = false;
    const note = outbox.note.bind(outbox);
    outbox.note = (one) => {
      const answer = takes && note(one);
      takes = true;
      return answer;
    };
    const first = boot(store, outbox, CONNACK);
    const { saves } = store;
    outbox.append("t", bytes("1"));
    outbox.append("t", bytes("2"));
    first.client.kick();
    first.client.publish("t", bytes("3"));
    expect(sends(first)).toHaveLength(3);
    expect(store.saves).toBeGreaterThan(saves);
    expect(outbox.notes().map((one) => one.first)).toEqual([3]);
    expect(sends(boot(store, new Outbox(flash), PRESENT)).map(([, dup]) => dup)).toEqual([true, true, true]);
  });
});
