// When the device looks for its position, what it keeps, and what it tells of it. Whole journeys: test/e2e/position.test.ts.

import { describe, expect, test } from "@jest/globals";
import { Position } from "../../../firmware/device/position.js";
import { Failure } from "../../../firmware/platform/failure.js";
import type { LinkFix, Search } from "../../../firmware/platform/link.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ManualTime } from "../http/fakes.js";

const WALL = Date.UTC(2026, 10, 22, 12);
const FIX: LinkFix = {
  latitude: 50.1109221,
  longitude: -8.6821274,
  altitudeM: 112.3,
  speedKmh: 54.6,
  courseDeg: 271.5,
  accuracyM: 8.4,
  wallMs: WALL,
};

function setUp({
  keyValue = new MemoryKeyValue(),
  positionS = 600,
  wall = WALL as number | null,
  isWoken = false,
} = {}) {
  const time = new ManualTime();
  const logs: string[] = [];
  const clock = { monotonic: () => time.now, wall: () => (wall === null ? undefined : wall + time.now), setWall() {} };
  const log = (_: string, event: string, fields: object) => logs.push(`${event} ${JSON.stringify(fields)}`);
  const config = { positionS, positionWaitS: 120 };
  const position = new Position({ platform: { clock, keyValue, log } as never, config, isWoken });
  let answer: (search: Search) => Promise<LinkFix | undefined> = async () => FIX;
  const look = (next?: typeof answer) => {
    answer = next ?? answer;
    return position.look({ locate: (search) => answer(search) }, () => true);
  };
  return { time, logs, position, look, keyValue };
}

describe("a look", () => {
  test("is due at the first start, and then so many seconds after the end of the last", async () => {
    const { time, position, look } = setUp();
    expect(position.dueInMs).toBe(0);
    await look(async () => {
      time.advance(90_000);
      return FIX;
    });
    expect(position.dueInMs).toBe(600_000);
    time.advance(599_999);
    expect(position.dueInMs).toBe(1);
    time.advance(1);
    expect([position.dueInMs, position.isOverdue]).toEqual([0, false]);
    time.advance(600_000);
    expect(position.isOverdue).toBe(true);
  });

  test("has the deadline that is set", async () => {
    const { look } = setUp();
    let asked = 0;
    await look(async ({ withinMs }) => {
      asked = withinMs;
      return undefined;
    });
    expect(asked).toBe(120_000);
  });

  test("that finds nothing, or fails, keeps the last fix and is counted as one", async () => {
    const { time, position, look, logs } = setUp();
    await look();
    time.advance(600_000);
    await look(async () => undefined);
    expect(position.fields()).toMatchObject({ lat: 50.11092, fixAge: 600 });
    expect(position.dueInMs).toBe(600_000);
    await look(async () => {
      throw new Failure("gnss-refused", "no receiver", "give-up");
    });
    expect(position.fields()).toMatchObject({ lat: 50.11092 });
    expect(logs).toEqual([
      'located {"ms":0,"accuracyM":8.4}',
      'no-position {"code":"no-fix","message":"no fix was found in time","ms":0}',
      expect.stringContaining('"code":"gnss-refused"'),
    ]);
    // No line has the place.
    expect(logs.join()).not.toMatch(/50\.1|8\.68/);
  });

  test("can be wished for sooner, though not more often than once a minute", async () => {
    const { time, position, look } = setUp();
    await look();
    time.advance(10_000);
    position.wish();
    expect(position.dueInMs).toBe(50_000);
    time.advance(50_000);
    await look();
    expect(position.dueInMs).toBe(600_000);
  });
});

describe("the last fix", () => {
  test("is told with its age, rounded to what a receiver can tell", async () => {
    const { time, position, look } = setUp();
    expect(position.fields()).toBeUndefined();
    await look();
    time.advance(61_400);
    expect(position.fields()).toEqual({
      lat: 50.11092,
      lon: -8.68213,
      alt: 112,
      speed: 55,
      course: 272,
      acc: 8,
      fixAge: 61,
    });
    expect(position.last()).toMatchObject({ latitude: 50.1109221, ageS: 61 });
  });

  test("outlives a restart, and its age goes on by the clocks; so does the time of the last look", async () => {
    const { look, keyValue } = setUp();
    await look();
    const after = setUp({ keyValue, wall: WALL + 400_000 });
    expect(after.position.fields()).toMatchObject({ lat: 50.11092, lon: -8.68213, fixAge: 400 });
    expect(after.position.dueInMs).toBe(200_000);
  });

  test("is not told while its age is not known; nor is it known then when the last look was, and the link comes first", async () => {
    const { look, keyValue } = setUp();
    await look();
    const { position } = setUp({ keyValue, wall: null });
    expect(position.fields()).toBeUndefined();
    expect([position.dueInMs, position.isOverdue]).toEqual([600_000, false]);
  });

  test("of a clock that was moved back is not from the future", async () => {
    const { look, keyValue } = setUp();
    await look();
    const { position } = setUp({ keyValue, wall: WALL - 50_000 });
    expect(position.fields()).toMatchObject({ fixAge: 0 });
    expect(position.dueInMs).toBe(0);
  });

  test("a look that failed is remembered over a deep sleep, whose length is known before the clock is", async () => {
    const { time, look, position, keyValue } = setUp();
    await look(async () => undefined);
    expect(keyValue.read("position")).toBeUndefined();
    time.advance(30_000);
    position.keep(60_000);
    expect(setUp({ keyValue, wall: null, isWoken: true }).position.dueInMs).toBe(510_000);
    // A start of another kind says nothing of how long it took.
    expect(setUp({ keyValue, wall: WALL + 200_000 }).position.dueInMs).toBe(400_000);
  });

  test.each([
    ["of another length", Uint8Array.of(1, 2, 3)],
    ["that is no place", new Uint8Array(new Float64Array(9).fill(Number.NaN).buffer)],
    ["that is nowhere on earth", new Uint8Array(new Float64Array(9).fill(1e300).buffer)],
  ])("a memory %s is none", (_, bytes) => {
    const keyValue = new MemoryKeyValue();
    keyValue.write("position", bytes);
    const { position } = setUp({ keyValue });
    expect(position.fields()).toBeUndefined();
    expect(position.dueInMs).toBe(0);
  });
});
