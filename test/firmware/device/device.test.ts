// What the runner asks of profile and uplink, and what it makes of their answers: over a link, a cloud and a time that the
// test moves by hand. Whole journeys are in test/e2e/.

import { describe, expect, test } from "@jest/globals";
import * as base from "../../../firmware/app/app.js";
import type { Credentials } from "../../../firmware/cloud/plan.js";
import type { Profile, ProfileMeans } from "../../../firmware/cloud/profile.js";
import type { Uplink, UplinkParts } from "../../../firmware/cloud/uplink.js";
import { BootRecord, SAFE_FROM, SAFE_MS } from "../../../firmware/device/boot-record.js";
import { Device } from "../../../firmware/device/device.js";
import { claimsOf } from "../../../firmware/jwt/claims.js";
import { RamJournal } from "../../../firmware/mqtt/journal.js";
import type { Log, LogFields } from "../../../firmware/platform/events.js";
import { Failure } from "../../../firmware/platform/failure.js";
import type { Link } from "../../../firmware/platform/link.js";
import type { KeyValue } from "../../../firmware/platform/storage.js";
import type { ResetCause, ResetMemory } from "../../../firmware/platform/system.js";
import { configure } from "../../../firmware/settings/configure.js";
import { BoardMemory } from "../../../host-sim/platform/reset-memory.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ManualTime, settle } from "../http/fakes.js";

const WALL = Date.UTC(2026, 10, 22, 12);

interface Options {
  telemetryIntervalS?: number;
  uncertaintyMs?: number;
  credentials?: Partial<Credentials>;
  keyValue?: KeyValue;
  /** How the n-th connection fails to open. */
  opening?: (n: number) => Failure | undefined;
  profile?: Partial<Profile>;
  /** What the network tells at the beginning; WALL if left out. */
  wall?: number;
  restart?: () => void;
  /** Why the chip starts; left out: nothing is known of its starts. */
  boot?: ResetMemory;
  /** The chip can sleep, and the device rests between records. */
  sleep?: (ms: number) => void;
  /** Called while a connection is drained. */
  onDrain?: () => void;
}

function setUp(options: Options = {}) {
  const { uncertaintyMs = 500, credentials, opening = () => undefined, profile, telemetryIntervalS = 60 } = options;
  const { wall = WALL, restart, boot, sleep, onDrain } = options;
  const { keyValue = new MemoryKeyValue() } = options;
  const time = new ManualTime();
  const did: string[] = [];
  const ios: ProfileMeans[] = [];
  const uplinks: UplinkParts[] = [];
  const journal = new RamJournal();
  const nowhere = class {} as never;
  const link: Link = {
    TCP: nowhere,
    up: async () => ({ iccid: "1" }),
    time: async () => ({ wallMs: wall + time.now, source: "network", uncertaintyMs }),
    status: async () => ({}),
    counters: () => ({ uartTxBytes: 0, uartRxBytes: 0, airTxBytes: 0, airRxBytes: 0, socketsOpened: 0, atCommands: 0 }),
    renewPdp: async () => {},
    radioCycle: async () => {},
    restart: async () => {},
    down: async () => {},
  };
  const random = (into: Uint8Array) => void into.fill(0);
  const log: Log = (_level, event, fields: LogFields) => {
    if (event === "failure") did.push(`failure ${fields.code} ${fields.advice}`);
    if (event === "not-remembered") did.push(`not remembered: ${fields.key}, ${fields.message}`);
  };
  const device = new Device({
    ...(boot && { boot: new BootRecord({ resetMemory: boot, keyValue, log }) }),
    platform: {
      clock: time,
      timer: time,
      random,
      log,
      keyValue,
      TLS: nowhere,
      ...(restart && { restart }),
      ...(sleep && { sleep }),
    },
    base,
    link,
    journal,
    config: configure({ telemetryIntervalS, ...(sleep && { power: "psm" }) }),
    profile: {
      name: "test",
      renewals: 0,
      plan: async (means) => {
        did.push("plan");
        ios.push(means);
        return { host: "h", port: 1, credentials: { clientId: "c", ...credentials } };
      },
      forget: () => did.push("forget"),
      topics: () => ({ telemetry: "t", commands: "c/#", responses: "r", config: "config", state: "state" }),
      ...profile,
    },
    uplink: (parts): Uplink => {
      const failure = opening(uplinks.length);
      uplinks.push(parts);
      return {
        hears: true,
        open: async () => {
          did.push("open");
          if (failure) throw failure;
        },
        kick: () => {},
        finish: async () => {
          did.push("drain");
          onDrain?.();
        },
        close: () => did.push("close"),
      };
    },
  });
  device.start();
  /** Topics and payloads that wait in the journal. */
  const waiting = () => {
    const records: string[] = [];
    for (let r = journal.next(0); r; r = journal.next(r.sequence)) {
      records.push(`${r.topic} ${Buffer.from(r.payload).toString()}`);
    }
    return records;
  };
  const hear = (topic: string, text: string, retained = false) =>
    uplinks.at(-1)!.events.onMessage(topic, Buffer.from(text), retained);
  return { time, did, ios, uplinks, device, waiting, hear };
}

test("the profile learns how far the clock may be off, and more so the longer ago it was set", async () => {
  const { time, ios } = setUp({ uncertaintyMs: 700, credentials: { renewAt: WALL + 1_000_000 } });
  await settle();
  time.advance(1_000_000);
  await settle();
  expect(ios.map(({ clockErrorMs }) => clockErrorMs)).toEqual([700, 800]);
});

test("a clock that may be wrong by more than ten minutes signs no token; the time is read again", async () => {
  const { time, did } = setUp({
    uncertaintyMs: 600_001,
    profile: {
      plan: async ({ clock, clockErrorMs }) => {
        claimsOf({ wallMs: clock.wall(), clockErrorMs, lifetimeS: 60 });
        throw new Error("signed");
      },
    },
  });
  await settle();
  time.advance(1_000);
  await settle();
  expect(did.filter((what) => what !== "close")).toEqual(["failure jwt-clock retry", "failure jwt-clock retry"]);
});

test("the profile judges why a connection failed or ended, and the device does as it says", async () => {
  const failure = new Failure("tls-untrusted", "another root", "back-off");
  const judged: string[] = [];
  const { time, did, uplinks } = setUp({
    opening: (n) => (n === 0 ? failure : undefined),
    profile: {
      judge: ({ code }) => {
        judged.push(code);
        return new Failure(code, "the root is outdated", "new-credentials");
      },
    },
  });
  await settle();
  expect(did).toEqual(["plan", "open", "failure tls-untrusted new-credentials", "close", "forget"]);
  time.advance(1_000);
  await settle();
  uplinks.at(-1)!.events.onClosed(new Failure("tls-untrusted", "by HTTPS it shows with the first record", "back-off"));
  expect(judged).toEqual(["tls-untrusted", "tls-untrusted"]);
  expect(did.at(-1)).toBe("forget");
});

test("a wait that the other side asks for is kept, whether it is asked for in getting credentials, opening or later", async () => {
  const busy = () => Object.assign(new Failure("busy", "too many requests", "back-off"), { retryAfterMs: 120_000 });
  let plans = 0;
  const { time, did, uplinks } = setUp({
    opening: (n) => (n === 0 ? busy() : undefined),
    profile: {
      plan: async () => {
        did.push("plan");
        if (plans++ === 0) throw busy();
        return { host: "h", port: 1, credentials: { clientId: "c" } };
      },
    },
  });
  const quietFor = async (ms: number) => {
    const before = did.length;
    await settle();
    time.advance(ms);
    await settle();
    return did.length === before;
  };
  await settle();
  expect(did).toEqual(["plan", "failure busy back-off", "close"].slice(0, did.length));
  expect(await quietFor(119_999)).toBe(true);
  expect(await quietFor(1)).toBe(false);
  expect(did.slice(2)).toEqual(["plan", "open", "failure busy back-off", "close"]);
  expect(await quietFor(119_999)).toBe(true);
  expect(await quietFor(1)).toBe(false);
  expect(did.slice(6)).toEqual(["plan", "open"]);
  uplinks.at(-1)!.events.onClosed(busy());
  expect(await quietFor(119_999)).toBe(true);
  expect(await quietFor(1)).toBe(false);
  expect(did.slice(10)).toEqual(["plan", "open"]);
});

test("a renewal comes when the profile renews, not a millisecond sooner, though the timer may", async () => {
  const { time, did } = setUp({ credentials: { renewAt: WALL + 10_000.4 } });
  await settle();
  time.advance(10_000);
  expect(did).not.toContain("drain");
  time.advance(1);
  await settle();
  expect(did).toEqual(["plan", "open", "drain", "close", "plan", "open"]);
});

test("credentials whose renewal lies beyond the longest timer are renewed all the same", async () => {
  const days30 = 30 * 86_400_000;
  const { time, did } = setUp({ credentials: { renewAt: WALL + days30 }, telemetryIntervalS: 86_400 });
  await settle();
  time.advance(days30 - 1);
  expect(did).not.toContain("drain");
  time.advance(1);
  expect(did).toContain("drain");
});

test("a configuration is obeyed and its state reported, though it comes before the connection is open", async () => {
  const { device, waiting, hear, time } = setUp();
  await Promise.resolve();
  for (let turn = 0; device.phase !== "connecting" && turn < 100; turn++) await Promise.resolve();
  hear("config", '{"telemetryIntervalS":5}');
  await settle();
  const state = 'state {"config":{"ok":true},"settings":{"telemetryIntervalS":5,"listenS":5}}';
  expect(waiting()[0]).toBe(state);
  time.advance(10_000);
  expect(waiting().filter((record) => record.startsWith("t "))).toHaveLength(3);
  hear("c/x", '{"cmd":"interval","seconds":60}');
  expect(device.settings.telemetryIntervalS).toBe(60);
  expect(waiting()).toContain('r {"id":null,"ok":true,"seconds":60}');
  expect(waiting().at(-1)).toBe(state.replace(":5,", ":60,"));
  expect(device.counters).toMatchObject({ received: 1, answered: 1, reported: 2 });
});

test("a command that the broker kept is not obeyed, or a restart would come again with each connection; a configuration is", async () => {
  const { did, device, hear, waiting, time } = setUp();
  await settle();
  hear("c/x", '{"cmd":"restart"}', true);
  hear("config", '{"telemetryIntervalS":5}', true);
  time.advance(15_000);
  await settle();
  expect(did).toEqual(["plan", "open"]);
  expect(device.counters).toMatchObject({ received: 0, answered: 0, reported: 1 });
  expect(waiting().filter((record) => record.startsWith("r "))).toEqual([]);
});

test("what is thrown behind the part of a step that waited fails the step too", async () => {
  const topics = () => {
    throw new Failure("no-topics", "a profile without topics", "back-off");
  };
  const { device, did } = setUp({ profile: { topics } });
  await settle();
  expect(did).toEqual(["plan", "failure no-topics back-off"]);
  expect(device.phase).toBe("backing-off");
});

test("a record with a topic that no broker takes is not recorded, counts as lost, and keeps nothing back", async () => {
  const topics = { telemetry: "t\u0001", commands: "c/#", responses: "r" };
  const { device, waiting, hear } = setUp({ profile: { topics: () => topics } });
  await settle();
  hear("c/x", '{"id":"1","cmd":"ping"}');
  expect([device.phase, device.counters.lost, device.counters.recorded]).toEqual(["online", 1, 1]);
  expect(waiting()).toEqual([expect.stringMatching(/^r /)]);
});

describe("a restart that a command asks for", () => {
  test("comes although it was granted as the device was about to rest: its chip does not sleep over it", async () => {
    const seen: string[] = [];
    const { device, time, hear } = setUp({
      sleep: () => seen.push("sleep"),
      restart: () => seen.push("restart"),
      onDrain: () => device.phase === "settling" && hear("c/x", '{"cmd":"restart"}'),
    });
    await settle();
    device.send({ type: "rest" });
    await settle();
    time.advance(10_000);
    await settle();
    expect(seen).toEqual(["restart"]);
  });

  const TEN_MINUTES = 600_000;
  /** A device that is online, over what an earlier one has left. */
  const boot = async (keyValue: KeyValue, options: Partial<Options> = {}) => {
    const restarts: number[] = [];
    const it = setUp({ keyValue, ...options, restart: () => restarts.push(it.time.now) });
    await settle();
    const ask = async () => {
      const [before, answered] = [it.device.counters.refused, it.device.counters.answered];
      it.hear("c/x", '{"id":"1","cmd":"restart"}');
      const error = it.waiting().at(-1)!.includes("too-soon") ? "too-soon" : undefined;
      expect(it.device.counters.refused + it.device.counters.answered).toBe(before + answered + 1);
      it.time.advance(10_000);
      await settle();
      return error;
    };
    return { ...it, restarts, ask };
  };

  test("comes once, however often it is asked for meanwhile", async () => {
    const { hear, time, restarts } = await boot(new MemoryKeyValue());
    for (let i = 0; i < 30; i++) {
      hear("c/x", '{"cmd":"restart"}');
      time.advance(1_000);
      await settle();
    }
    expect(restarts).toEqual([10_000]);
  });

  test("is refused for ten minutes behind the last one, over the restart itself", async () => {
    const keyValue = new MemoryKeyValue();
    const first = await boot(keyValue);
    expect(await first.ask()).toBeUndefined();
    expect(first.restarts).toHaveLength(1);
    // The new life begins 10 s after the command.
    const second = await boot(keyValue, { wall: WALL + 10_000 });
    expect(await second.ask()).toBe("too-soon");
    expect(second.restarts).toEqual([]);
    // And so does one that somebody else began.
    const third = await boot(keyValue, { wall: WALL + 300_000 });
    expect(await third.ask()).toBe("too-soon");
    third.time.advance(TEN_MINUTES - 300_000 - 10_001);
    expect(await third.ask()).toBe("too-soon");
    expect(await third.ask()).toBeUndefined();
    expect(third.restarts).toHaveLength(1);
  });

  test("days later is obeyed at once", async () => {
    const keyValue = new MemoryKeyValue();
    await (await boot(keyValue)).ask();
    const later = await boot(keyValue, { wall: WALL + 86_400_000 });
    expect(await later.ask()).toBeUndefined();
    expect(later.restarts).toHaveLength(1);
  });

  test("is judged by the uptime alone when the clock was wrong, or has gone back", async () => {
    const keyValue = new MemoryKeyValue();
    await (await boot(keyValue, { wall: WALL + 86_400_000 })).ask();
    const later = await boot(keyValue);
    expect(await later.ask()).toBe("too-soon");
    later.time.advance(TEN_MINUTES);
    expect(await later.ask()).toBeUndefined();
  });

  test("is not obeyed by a device that is going down anyway", async () => {
    const { device, hear, restarts, time } = await boot(new MemoryKeyValue());
    device.stop();
    hear("c/x", '{"cmd":"restart"}');
    time.advance(60_000);
    await settle();
    expect(restarts).toEqual([]);
    expect(device.counters).toMatchObject({ received: 1, answered: 0, refused: 1 });
  });
});

test("a key-value store that takes nothing any more costs the device its memory, not its life", async () => {
  const keyValue = new MemoryKeyValue();
  keyValue.write = () => {
    throw new Error("ESP_ERR_NVS_NOT_ENOUGH_SPACE");
  };
  const { did, device, time } = setUp({
    keyValue,
    opening: (n) => (n === 0 ? new Failure("tls-closed", "cut", "back-off") : undefined),
  });
  await settle();
  time.advance(10_000);
  await settle();
  expect(did).toContain("not remembered: failures, Error: ESP_ERR_NVS_NOT_ENOUGH_SPACE");
  expect(device.phase).toBe("online");
});

describe("how a device has started", () => {
  /** A board whose chip starts for this reason, after so many starts that led to nothing. */
  function board(starts = 0) {
    const memory = new BoardMemory();
    const keyValue = new MemoryKeyValue();
    const boot = (cause: ResetCause) => memory.boot(cause, () => true);
    for (let i = 0; i < starts; i++) new BootRecord({ resetMemory: boot("panic"), keyValue, log: () => {} });
    return { keyValue, boot };
  }
  const telemetry = (waiting: () => string[]) =>
    waiting().flatMap((record) =>
      record.startsWith("t ") ? [JSON.parse(record.slice(2)) as Record<string, unknown>] : [],
    );

  test("is told in the first record, with the phase that the last life ended in", async () => {
    const { keyValue, boot } = board();
    const before = setUp({ keyValue, boot: boot("power") });
    await settle();
    expect(telemetry(before.waiting)).toMatchObject([{ reset: "power" }]);
    expect(before.device.phase).toBe("online");
    const after = setUp({ keyValue, boot: boot("software") });
    await settle();
    after.time.advance(60_000);
    await settle();
    const [first, second] = telemetry(after.waiting);
    expect([first!.reset, second!.reset, second!.safe]).toEqual(["engine:online", undefined, undefined]);
  });

  test("is not told by a device that wakes to send its record", async () => {
    const { keyValue, boot } = board();
    const { waiting } = setUp({ keyValue, boot: boot("sleep") });
    await settle();
    expect(telemetry(waiting)[0]).not.toHaveProperty("reset");
  });

  test("is told in each record of a safe start, which ends with a restart once it has proven itself", async () => {
    let restarts = 0;
    const { keyValue, boot } = board(SAFE_FROM);
    const resetMemory = boot("panic");
    const { time, uplinks, device, waiting } = setUp({ keyValue, boot: resetMemory, restart: () => restarts++ });
    await settle();
    time.advance(60_000);
    await settle();
    expect(telemetry(waiting)).toMatchObject([{ safe: true, reset: "panic:off" }, { safe: true }]);
    uplinks.at(-1)!.events.onDelivered(1);
    time.advance(20_000);
    // Drawn at random, from the half on: here the half.
    time.advance(SAFE_MS / 2 - 1);
    expect(device.phase).toBe("online");
    time.advance(1);
    await settle();
    expect([device.phase, restarts]).toEqual(["stopped", 1]);
    const next = new BootRecord({ resetMemory: boot("software"), keyValue, log: () => {} });
    expect(next).toMatchObject({ reset: "safe-end", safe: false, starts: 0 });
  });

  test("is noted before the device restarts by a command, and before no other end", async () => {
    const { keyValue, boot } = board();
    const first = setUp({ keyValue, boot: boot("power"), restart: () => {} });
    await settle();
    first.device.stop();
    await settle();
    expect(new BootRecord({ resetMemory: boot("software"), keyValue, log: () => {} }).reset).toBe("engine:stopped");
    const second = setUp({ keyValue, boot: boot("power"), restart: () => {} });
    await settle();
    second.hear("c/x", '{"cmd":"restart"}');
    second.time.advance(10_000);
    await settle();
    expect(new BootRecord({ resetMemory: boot("software"), keyValue, log: () => {} }).reset).toBe("command");
  });
});
