// The checks that stand around outbox, session and channel while a desk is watched: silent as long as all is well, and heard when
// something is broken on purpose.

import { afterEach, describe, expect, test } from "@jest/globals";
import { Channel } from "../../../firmware/modem/at/channel.js";
import { Inbound } from "../../../firmware/mqtt/inbound.js";
import { PUBACK, PUBLISH, type PublishPart } from "../../../firmware/mqtt/packets.js";
import { SendBuffer } from "../../../firmware/mqtt/send-buffer.js";
import { SessionState } from "../../../firmware/mqtt/state.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { Desk } from "../../../host-sim/desk/desk.js";
import { type InvariantWatch, watchInvariants } from "../../../host-sim/desk/invariants.js";
import { NorFlash } from "../../../host-sim/platform/nor-flash.js";

let told: string[] = [];
let watch: InvariantWatch | undefined;
const begin = () => {
  told = [];
  watch = watchInvariants((what) => told.push(what));
  return watch;
};
afterEach(() => watch?.release());

/** Anything of an object, private to its class or not. */
const inside = (object: object) => object as Record<string, (...args: unknown[]) => unknown>;

test("nothing is told of a device that works, and thousands of steps are looked at", async () => {
  const { checks } = begin();
  expect(checks).toBe(0);
  const desk = new Desk({ settings: { telemetryIntervalS: 10 } });
  desk.start();
  expect(await desk.acked(20)).toBe(true);
  expect(told).toEqual([]);
  expect(watch!.checks).toBeGreaterThan(500);
});

test("nothing is looked at once nobody watches", () => {
  begin().release();
  const before = watch!.checks;
  new Outbox(new NorFlash()).append("t", new Uint8Array(8));
  expect(watch!.checks).toBe(before);
});

describe("of an outbox", () => {
  test("a number that is given twice is told", () => {
    const outbox = new Outbox(new NorFlash());
    begin();
    outbox.append("t", new Uint8Array(8));
    Object.defineProperty(outbox, "nextSequence", { get: () => 1 });
    outbox.append("t", new Uint8Array(8));
    expect(told).toContainEqual(expect.stringContaining("outbox.append gave number 2 for 1"));
  });

  test("a record that is gone and not counted is told", () => {
    const outbox = new Outbox(new NorFlash());
    begin();
    outbox.append("t", new Uint8Array(8));
    Object.defineProperty(outbox, "size", { get: () => 0 });
    outbox.append("t", new Uint8Array(8));
    expect(told).toContainEqual(expect.stringContaining("outbox.append: 0 records wait, it should be 1"));
  });
});

describe("of what a session receives", () => {
  const part = (offset: number, bytes: number, id = 7): PublishPart => ({
    ...{ type: PUBLISH, topic: "d/commands", payload: new Uint8Array(bytes), offset, length: 100, qos: 1, id },
    ...{ retain: false, dup: false },
  });
  const receiving = () => {
    const inbound = new Inbound(new SessionState(), new SendBuffer(1_000), {});
    begin();
    return inbound;
  };

  test("nothing is told of a message in parts that is answered behind its last", () => {
    const inbound = receiving();
    for (const [offset, bytes] of [
      [0, 40],
      [40, 60],
    ] as const)
      inbound.publish(part(offset, bytes));
    inbound.release(3);
    expect(told).toEqual([]);
  });

  test("a part that does not follow, an answer before the last one, and one to nobody are told", () => {
    const inbound = receiving();
    inbound.publish(part(0, 40));
    inside(inbound).answer!(PUBACK, 7);
    inbound.publish(part(41, 10));
    inside(inbound).answer!(PUBACK, 8);
    expect(told).toEqual([
      "inbound: packet 7 is answered at 40 of 100",
      "inbound: a part from 41 behind one to 40",
      "inbound: packet 8 is answered at 51 of 100",
    ]);
  });
});

describe("of a session", () => {
  const flight = { awaits: PUBACK, sequence: 5, dup: true, tries: 1, sentAt: 1 };

  test.each([
    ["two records under way in the wrong order", { ...flight, sequence: 4 }, "record 4 is under way behind record 5"],
    ["a packet that awaits nothing", { ...flight, sequence: 6, awaits: 0 }, "awaits 0"],
    ["one sent more often than any may be", { ...flight, sequence: 6, tries: 9 }, "was sent 9 times"],
    ["one sent without a try", { ...flight, sequence: 6, tries: 0 }, "was sent, and never tried"],
  ])("%s is told", (_, second, message) => {
    const state = new SessionState();
    state.offered = 6;
    begin();
    state.flights.set(1, flight);
    state.save();
    expect(told).toEqual([]);
    state.flights.set(2, second);
    state.save();
    expect(told).toContainEqual(expect.stringContaining(message));
  });
});

test("of a channel, a command that is sent before the one before is answered is told", () => {
  const channel = Object.create(Channel.prototype) as object;
  begin();
  // It has no line: what it does behind the check is no matter here.
  for (const text of ["AT", "AT+CSQ"]) {
    expect(() => inside(channel).send!({ command: { text, timeoutMs: 1 } })).toThrow(TypeError);
  }
  expect(told).toEqual(["AT: AT+CSQ is sent while AT waits for its answer"]);
});
