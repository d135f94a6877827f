import { expect, test } from "@jest/globals";
import { Outbox } from "../../firmware/store/outbox.js";
import type { TicketPolicy } from "../../host-sim/world/tls-server.js";
import { HOUR_MS, MINUTE_MS, started, type TestDesk } from "../support/desk.js";

const numbersOf = (desk: TestDesk) => desk.telemetry.map(({ seq }) => seq);

/** Three hours with a record every half hour. */
async function threeHours(power: "always-on" | "psm") {
  const desk = started({ seed: 3, settings: { power, telemetryIntervalS: 1_800, keepAliveS: 600 } });
  await desk.run(3 * HOUR_MS);
  return { device: desk.device, numbers: numbersOf(desk), rests: desk.named("resting").map(({ how }) => how) };
}

test("with psm the modem sleeps between records, each record arrives once, and the radio is on a small part of the time", async () => {
  const { device, numbers, rests } = await threeHours("psm");
  const always = await threeHours("always-on");
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  expect(numbers.length).toBeGreaterThanOrEqual(6);
  expect(new Set(rests)).toEqual(new Set(["psm"]));
  expect(rests.length).toBeGreaterThanOrEqual(5);
  expect(device.counters.lost).toBe(0);
  // The token lives on over a rest.
  expect(device.counters.onboardings).toBe(1);
  const usage = device.usage();
  expect(usage.connects).toBe(rests.length + (device.phase === "online" ? 1 : 0));
  expect(usage.radioOnMs).toBeLessThan(always.device.usage().radioOnMs / 5);
  expect(usage.airBytes).toBeGreaterThan(always.device.usage().airBytes);
});

test("a chip that can sleeps with its modem: it boots for each record, numbers go on, and what it costs is counted over all sleeps", async () => {
  const settings = { power: "psm", telemetryIntervalS: 1_800, keepAliveS: 600 };
  const desk = started({ seed: 6, settings, board: { deepSleep: true } });
  await desk.run(6 * HOUR_MS);
  await desk.run(() => desk.unit.device?.phase === "online", HOUR_MS);
  const { boots } = desk;
  const numbers = numbersOf(desk);
  expect(boots).toBeGreaterThanOrEqual(12);
  expect(numbers.length).toBeGreaterThanOrEqual(boots - 1);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  const usage = desk.device.usage();
  expect(usage.connects).toBe(boots);
  expect(usage.radioOnMs).toBeLessThan(HOUR_MS / 2);
  // A month is 120 times six hours.
  expect(usage.monthBytes).toBeGreaterThan(100 * usage.airBytes);
  expect(usage.monthBytes).toBeLessThan(121 * usage.airBytes);
});

/** Six hours of a chip that boots for each record, before servers that do so with TLS sessions. */
async function sessions(tickets: TicketPolicy, more: Record<string, unknown> = {}) {
  const settings = { power: "psm", telemetryIntervalS: 1_800, keepAliveS: 600, ...more };
  const desk = started({ seed: 6, settings, board: { deepSleep: true }, cloud: { tickets: () => tickets } });
  await desk.run(6 * HOUR_MS);
  await desk.run(() => desk.unit.device?.phase === "online", HOUR_MS);
  const numbers = numbersOf(desk);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  expect(numbers.length).toBeGreaterThanOrEqual(12);
  return { desk, usage: desk.device.usage(), told: desk.telemetry.at(-1) as { resumed?: number } };
}

test("a TLS session outlives the chip's sleep: each wake goes on from it, without the server's chain, and says so", async () => {
  const none = await sessions("none");
  const { usage, told } = await sessions("resume");
  expect(none.usage.resumed).toBe(0);
  expect(none.told.resumed).toBeUndefined();
  // The first is a full one; onboarding was with another host.
  expect(usage.resumed).toBe(usage.connects - 1);
  expect(told.resumed).toBeGreaterThanOrEqual(usage.resumed - 2);
  const saved = none.usage.bytesPerConnect - usage.bytesPerConnect;
  expect(saved).toBeGreaterThan(3_000);
});

test("a server that refuses each session costs a full handshake, and no connection; so does a device that is to keep none", async () => {
  const none = await sessions("none");
  const refused = await sessions("refuse");
  expect(refused.usage).toMatchObject({ resumed: 0, connects: none.usage.connects });
  // What was offered in vain.
  expect(refused.usage.bytesPerConnect - none.usage.bytesPerConnect).toBeLessThan(700);
  const { usage, desk } = await sessions("resume", { tlsSessions: "off" });
  expect(usage.resumed).toBe(0);
  expect(desk.unit.board.sleepMemory).toEqual([undefined, undefined]);
});

test("over a loss of power a session is gone, over a restart of the chip it is not", async () => {
  const settings = { telemetryIntervalS: 600, keepAliveS: 600 };
  const desk = started({ seed: 6, settings, cloud: { tickets: () => "resume" } });
  await desk.online();
  const again = async (ms: number) => {
    desk.dip(ms);
    await desk.online();
    return desk.device.usage().resumed;
  };
  expect(await again(0)).toBe(1);
  expect(await again(2_000)).toBe(0);
  expect(await again(0)).toBe(1);
});

const TEN = { power: "psm", telemetryIntervalS: 600, psmPeriodS: 36_000, recordsPerWake: 10, keepAliveS: 600 };
const HALF_DAY_MS = 12 * HOUR_MS;

/** What a half day of ten records a wake looks like, whoever sleeps. */
async function gathered(deepSleep: boolean, more: Record<string, unknown> = {}) {
  const desk = started({ seed: 5, settings: { ...TEN, ...more }, board: { deepSleep } });
  await desk.run(HALF_DAY_MS);
  const payloads = desk.events("publish").filter(({ topic }) => topic.endsWith("/telemetry"));
  return { desk, payloads, told: desk.telemetry as { seq: number; time?: number; uptime: number }[] };
}

test.each([false, true])(
  "ten records a wake: each once, in order, with its own number and its own time; deep sleep: %s",
  async (deepSleep) => {
    const { desk, payloads, told } = await gathered(deepSleep);
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, i) => i + 1));
    expect(told.length).toBeGreaterThanOrEqual(60);
    // The first goes at once; then about one wake in ten intervals.
    const rests = desk.named("resting").length;
    expect(rests).toBeGreaterThanOrEqual(6);
    expect(rests).toBeLessThanOrEqual(8);
    expect(payloads.length).toBeLessThanOrEqual(4 * rests);
    for (const { payload } of payloads) expect(payload.length).toBeLessThanOrEqual(1_024);
    // Taken when it was measured: ten minutes apart, not all in the moment of the wake.
    const times = told.slice(1).map(({ time }) => time!);
    const apart = times.slice(1).map((time, i) => time - times[i]!);
    for (const seconds of apart) expect(Math.abs(seconds - 600)).toBeLessThan(30);
    expect(new Outbox(desk.flash).dropped).toBe(0);
  },
);

test("a chip that wakes for a record which is gathered says nothing to its modem", async () => {
  const { desk } = await gathered(true);
  const starts = desk.chronicle.named("start").map(({ at }) => at);
  const spoken = starts.filter((at, i) => {
    const until = starts[i + 1] ?? Number.POSITIVE_INFINITY;
    return desk.chronicle.logged.some((line) => line.at >= at && line.at < until && line.event === "stage");
  });
  expect(starts.length).toBeGreaterThan(60);
  expect(spoken.length).toBeLessThanOrEqual(9);
});

test("where the outbox is full before so many are gathered, the modem is woken before one is lost", async () => {
  const settings = { ...TEN, recordsPerWake: 40, psmPeriodS: 200_000 };
  const desk = started({ seed: 5, settings, board: { deepSleep: true }, flashBlocks: 3 });
  await desk.run(HALF_DAY_MS);
  expect(new Outbox(desk.flash).dropped).toBe(0);
  expect(desk.named("resting").length).toBeGreaterThan(2);
  expect(desk.telemetry.map(({ seq }) => seq)).toEqual(desk.telemetry.map((_, i) => i + 1));
});

test.each([false, true])(
  "what is to be said at once wakes the modem, once when it begins and once when it ends; deep sleep: %s",
  async (deepSleep) => {
    const samples = { now: 20, count: 0 };
    const own = {
      start: () => ({
        sample: () => {
          samples.count++;
          return { temperature: samples.now };
        },
      }),
    };
    const desk = started({
      seed: 5,
      settings: { ...TEN, sendAtOnceWhen: "temperature>30" },
      board: { deepSleep },
      firmware: { app: own },
    });
    await desk.run(3 * HOUR_MS);
    const before = desk.named("resting").length;
    samples.now = 35;
    await desk.run(40 * MINUTE_MS);
    const hot = desk.named("resting").length;
    const told = desk.telemetry.at(-1) as { app: { temperature: number } };
    expect(hot).toBe(before + 1);
    expect(told.app.temperature).toBe(35);
    samples.now = 20;
    await desk.run(40 * MINUTE_MS);
    expect(desk.named("resting")).toHaveLength(hot + 1);
    expect(numbersOf(desk)).toEqual(numbersOf(desk).map((_, i) => i + 1));
  },
);
