// What a device says, and what it does not say any more when too much is asked of it.

import { describe, expect, test } from "@jest/globals";
import * as base from "../../../firmware/app/app.js";
import { ANSWERS_BESIDES, BUSY_EVERY_MS, Recorder } from "../../../firmware/device/recorder.js";
import type { SystemParts } from "../../../firmware/device/system.js";
import type { Counters } from "../../../firmware/device/telemetry.js";
import { UsageMeter } from "../../../firmware/device/usage.js";
import { type Journal, RamJournal } from "../../../firmware/mqtt/journal.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { NorFlash } from "../../../host-sim/platform/nor-flash.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ManualTime } from "../http/fakes.js";

const TOPICS = { telemetry: "t", commands: "c/#", responses: "r", state: "s" };
const MINUTE = 60_000;
const BURST = 10;
const SHARE = BURST + ANSWERS_BESIDES;

interface Options {
  journal?: Journal;
  status?: () => Promise<object>;
  isOnline?: boolean;
  boot?: SystemParts["boot"];
}

function setUp(options: Options = {}) {
  const { journal = new RamJournal(), status = async () => ({}), isOnline = false, boot } = options;
  const time = new ManualTime();
  const keyValue = new MemoryKeyValue();
  const counters: Counters = {
    ...{ recorded: 0, acked: 0, received: 0, answered: 0, refused: 0 },
    ...{ reported: 0, lost: 0, onboardings: 0, reconnects: 0 },
  };
  const logged: string[] = [];
  const recorder = new Recorder({
    platform: { clock: time, timer: time, keyValue, log: (_level, event) => logged.push(event) },
    base,
    link: {
      status,
      counters: () => ({
        ...{ uartTxBytes: 0, uartRxBytes: 0, airTxBytes: 0, airRxBytes: 0, socketsOpened: 0, atCommands: 0 },
      }),
    },
    journal,
    config: { power: "always-on", psmPeriodS: 3_600, telemetryIntervalS: 60, commandBurst: BURST, commandEveryS: 10 },
    counters,
    usage: new UsageMeter(),
    boot,
    device: { isOnline, onRecord: () => {} },
  });
  /** Topics and payloads that wait. */
  const waiting = () => {
    const records: { sequence: number; topic: string; json: Record<string, unknown> }[] = [];
    for (let r = journal.next(0); r; r = journal.next(r.sequence)) {
      records.push({ sequence: r.sequence, topic: r.topic, json: JSON.parse(Buffer.from(r.payload).toString()) });
    }
    return records;
  };
  /** The broker takes all that waits. */
  const deliver = () => {
    const records = waiting();
    for (const { sequence } of records) {
      journal.delivered(sequence);
      recorder.delivered(sequence);
    }
    return records;
  };
  const ask = (json: unknown) => recorder.command("c/x", Buffer.from(JSON.stringify(json)));
  return { time, journal, counters, logged, recorder, waiting, deliver, ask };
}

test("a modem that is silent is asked for its signal once, not at each record, and anew once it has answered or failed", async () => {
  const asked: { answer: (status: object) => void; fail: (error: Error) => void }[] = [];
  const status = () => new Promise<object>((answer, fail) => asked.push({ answer, fail }));
  const { time, recorder } = setUp({ status, isOnline: true });
  recorder.speakOn(TOPICS);
  recorder.start();
  for (let i = 0; i < 10; i++) time.advance(MINUTE);
  expect(asked).toHaveLength(1);
  asked[0]!.answer({ rssiDbm: -70 });
  await Promise.resolve();
  time.advance(MINUTE);
  expect(asked).toHaveLength(2);
  asked[1]!.fail(new Error("no answer"));
  await new Promise((done) => setImmediate(done));
  time.advance(MINUTE);
  expect(asked).toHaveLength(3);
});

describe("a flood of commands", () => {
  test("is answered ten times, then once each ten seconds; the others are counted, and told of once a minute", () => {
    const { time, counters, logged, recorder, deliver, ask } = setUp();
    recorder.speakOn(TOPICS);
    const answers: Record<string, unknown>[] = [];
    // Ten commands a second for three minutes.
    for (let i = 0; i < 1_800; i++) {
      ask({ id: i, cmd: "ping" });
      answers.push(...deliver().map(({ json }) => json));
      time.advance(100);
    }
    const good = answers.filter(({ ok }) => ok === true);
    const busy = answers.filter(({ ok }) => ok === false);
    expect(good.length).toBe(10 + 17);
    expect(busy).toEqual(
      [expect.any(Number), expect.any(Number), expect.any(Number)].map((id) => ({
        id,
        ok: false,
        error: "busy",
        detail: "at most 10 at once, then one each 10 s",
      })),
    );
    // Each is answered once, or refused.
    expect(new Set(answers.map(({ id }) => id)).size).toBe(answers.length);
    expect(counters).toMatchObject({ received: 1_800, answered: answers.length, refused: 1_800 - answers.length });
    expect(logged.filter((event) => event === "commands-refused")).toHaveLength(3);
  });

  test("carries nothing out that it refuses, and does what it answers", () => {
    const { ask, recorder } = setUp();
    recorder.speakOn(TOPICS);
    const command = { cmd: "interval", seconds: 5 };
    const effect = { do: "set-interval", seconds: 5 };
    const effects = Array.from({ length: BURST }, () => ask(command)?.effect);
    expect(effects).toEqual(new Array(BURST).fill(effect));
    // It is told that it is refused; the next one is not.
    expect(ask(command)).toEqual({ effect: undefined, sequence: BURST + 1 });
    expect(ask(command)).toBeUndefined();
  });

  test("is told of in the answer to status, and in telemetry once there is something to tell", () => {
    const { counters, recorder, waiting, deliver, ask, time } = setUp();
    recorder.speakOn(TOPICS);
    recorder.start();
    ask({ cmd: "status" });
    expect(waiting().map(({ topic, json }) => [topic, json.refused])).toEqual([
      ["t", undefined],
      ["r", 0],
    ]);
    deliver();
    for (let i = 0; i < 100; i++) {
      ask({ cmd: "ping" });
      deliver();
    }
    time.advance(10 * MINUTE);
    deliver();
    ask({ cmd: "status" });
    recorder.setInterval(1);
    time.advance(1_000);
    const refused = counters.refused;
    expect(refused).toBe(90);
    expect(waiting().map(({ json }) => json.refused)).toEqual([refused, refused]);
  });
});

describe("answers", () => {
  test.each([
    ["in flash", () => new Outbox(new NorFlash({ blocks: 8 })) as Journal],
    ["in RAM", () => new RamJournal() as Journal],
  ])("that nobody takes never fill the journal %s: they have a share of their own", (_where, make) => {
    const journal = make();
    const { time, counters, recorder, waiting, ask } = setUp({ journal });
    recorder.speakOn(TOPICS);
    recorder.start();
    for (let i = 0; i < 40; i++) {
      for (let k = 0; k < 5; k++) ask({ id: `${i}.${k}`, cmd: "status" });
      recorder.state({ config: null });
      time.advance(MINUTE / 2);
    }
    const topics = waiting().map(({ topic }) => topic);
    expect(topics.filter((topic) => topic !== "t")).toHaveLength(SHARE);
    expect(topics.filter((topic) => topic === "t")).toHaveLength(21);
    expect(counters.answered + counters.refused).toBe(counters.received);
    expect(journal.dropped).toBe(0);
  });

  test("of an earlier life have their part of the share", () => {
    const flash = new NorFlash({ blocks: 8 });
    for (let life = 0; life < 5; life++) {
      const { recorder, ask, time } = setUp({ journal: new Outbox(flash) });
      recorder.speakOn(TOPICS);
      recorder.start();
      for (let i = 0; i < 4; i++) {
        ask({ cmd: "ping" });
        time.advance(MINUTE);
      }
    }
    const { waiting, recorder, ask, deliver } = setUp({ journal: new Outbox(flash) });
    expect(waiting().filter(({ topic }) => topic === "r")).toHaveLength(SHARE);
    recorder.speakOn(TOPICS);
    expect(ask({ cmd: "ping" })).toBeUndefined();
    deliver();
    expect(ask({ cmd: "ping" })).toBeDefined();
  });

  test("of an earlier life may all wait behind what the journal holds back", () => {
    const flash = new NorFlash({ blocks: 16 });
    const before = new Outbox(flash);
    for (let i = 0; i < 120; i++) before.append(i < 110 ? "t" : "r", Buffer.from("{}"));
    const { recorder, ask, deliver } = setUp({ journal: new Outbox(flash) });
    recorder.speakOn(TOPICS);
    expect(ask({ cmd: "ping" })).toBeUndefined();
    deliver();
    deliver();
    expect(ask({ cmd: "ping" })).toBeDefined();
  });

  test("never push out a record that waits: where there is no room there is no answer", () => {
    let refused = 0;
    for (let full = 0; full < 60; full++) {
      const journal = new Outbox(new NorFlash({ blocks: 3 }));
      for (let i = 0; i < full; i++) journal.append("t", Buffer.alloc(300, 0x20));
      const { recorder, ask, counters } = setUp({ journal });
      recorder.speakOn(TOPICS);
      const { dropped, size } = journal;
      for (let i = 0; i < BURST; i++) ask({ cmd: "ping" });
      expect(journal).toMatchObject({ dropped, size: size + counters.answered });
      expect(counters.answered + counters.refused).toBe(BURST);
      refused += counters.refused;
    }
    expect(refused).toBeGreaterThan(BURST);
  });

  test("that the journal cannot keep are none: the command is refused and not carried out", () => {
    const journal = new RamJournal();
    journal.append = () => {
      throw new Error("worn out");
    };
    const { recorder, ask, counters } = setUp({ journal });
    recorder.speakOn(TOPICS);
    expect(ask({ cmd: "restart" })).toBeUndefined();
    expect(counters).toMatchObject({ received: 1, answered: 0, refused: 1 });
  });

  test("are given to nobody while the device does not know where to speak, as when it shuts down", () => {
    const { recorder, ask, counters, waiting } = setUp();
    recorder.speakOn(TOPICS);
    recorder.stop();
    expect(ask({ cmd: "restart" })).toBeUndefined();
    expect(counters).toMatchObject({ received: 1, answered: 0, refused: 1 });
    expect(waiting()).toEqual([]);
  });

  test("that say busy come once a minute, and not where there is no room for them", () => {
    const { recorder, ask, waiting, time, deliver } = setUp();
    recorder.speakOn(TOPICS);
    recorder.state({ first: true });
    recorder.state({ second: true });
    for (let i = 0; i < 30; i++) ask({ id: i, cmd: "ping" });
    expect(waiting().map(({ json }) => json.ok)).toEqual([undefined, undefined, ...new Array(BURST).fill(true)]);
    deliver();
    for (let i = 0; i < 30; i++) ask({ id: i, cmd: "ping" });
    expect(waiting()).toEqual([]);
    time.advance(BUSY_EVERY_MS);
    for (let i = 0; i < 10; i++) ask({ id: i, cmd: "ping" });
    expect(waiting().map(({ json }) => json.ok)).toEqual([true, true, true, true, true, true, false]);
  });
});

describe("another interval", () => {
  test("counts from the last record on, however often it changes", () => {
    const { recorder, time, waiting } = setUp();
    recorder.speakOn(TOPICS);
    recorder.start();
    time.advance(20_000);
    recorder.setInterval(30);
    time.advance(9_999);
    expect(waiting()).toHaveLength(1);
    time.advance(1);
    expect(waiting()).toHaveLength(2);
    time.advance(10_000);
    recorder.setInterval(5);
    time.advance(0);
    expect(waiting()).toHaveLength(3);
    // A broker that sends a new configuration each 100 ms.
    for (let i = 0; i < 100; i++) {
      recorder.setInterval(10 + (i % 2));
      time.advance(100);
    }
    expect(waiting().length).toBeLessThanOrEqual(4);
  });
});

test("a record says what a month takes at the device's rate once that has been seen for six hours", () => {
  const { time, recorder, deliver } = setUp();
  recorder.speakOn(TOPICS);
  recorder.start();
  for (let minute = 0; minute < 360; minute++) {
    const [record] = deliver();
    expect(record?.json).toMatchObject({ uptime: minute * 60 });
    expect(record?.json).not.toHaveProperty("monthKb");
    time.advance(MINUTE);
  }
  expect(deliver()).toMatchObject([{ json: { uptime: 21_600, monthKb: 0 } }]);
});

test("why the device has started is in the first record that is kept, and in no other", () => {
  const journal = new RamJournal();
  const { append } = journal;
  journal.append = () => {
    throw new Error("worn out");
  };
  const { time, recorder, waiting } = setUp({ journal, boot: { reset: "panic:online", safe: false } });
  recorder.speakOn(TOPICS);
  recorder.start();
  journal.append = append;
  time.advance(2 * MINUTE);
  expect(waiting().map(({ json }) => json.reset)).toEqual(["panic:online", undefined]);
});
