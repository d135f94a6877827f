// A server that does not serve, and addresses that are made anew: how often a device asks, what it tells, and that its last
// word is one.

import { describe, expect, test } from "@jest/globals";
import { UPDATE_MESSAGE_KEY } from "../../../firmware/update/memory.js";
import { imageOf } from "../../../host-sim/boot/image.js";
import { FAST } from "../../../host-sim/world/link.js";
import { HOUR, MINUTE, updating } from "../../support/updating.js";

/** Windows that bring nothing, until an update is given up. */
const WINDOWS = 11;
/** More than any device may need: a run that comes so far ends. */
const TOO_MANY = 60;
const FORBIDDEN = ["2 accepted", "2 waiting update-status", "2 refused update-status"];

async function made(options: Parameters<typeof updating>[0] = {}) {
  let [connections, windows, written] = [0, 0, 0];
  const log = (_: string, event: string) => {
    if (event === "connected") connections++;
    if (event === "update-window") windows++;
  };
  const all = updating({
    ...{ board: { up: FAST, down: FAST }, settings: { telemetryIntervalS: 1_800 }, watcher: { log } },
    ...options,
  });
  const { desk, send } = all;
  desk.start();
  await desk.online();
  const { keyValue } = desk.unit.board;
  const write = keyValue.write.bind(keyValue);
  keyValue.write = (key, value) => {
    if (key === UPDATE_MESSAGE_KEY) written++;
    write(key, value);
  };
  return {
    ...all,
    windows: () => windows,
    written: () => written,
    /** As deploy/updates.yaml does: a fresh address with each connection. */
    async refreshed(manifest: string, ms: number, isOver: () => boolean = () => false) {
      let [seen, i] = [connections, 0];
      const until = desk.world.elapsed + ms;
      while (desk.world.elapsed < until && windows < TOO_MANY && !isOver()) {
        await desk.run(() => connections !== seen || isOver(), until - desk.world.elapsed);
        if (connections !== seen) send(`${manifest}?X-Amz-Date=${i++}`);
        seen = connections;
      }
    },
  };
}

describe("a release for another board that the broker keeps while another update is under way", () => {
  const sent = async (deepSleep = false) => {
    const power = deepSleep ? ({ power: "off", telemetryIntervalS: 600 } as const) : {};
    const all = await made({ board: { up: FAST, down: FAST, deepSleep }, settings: power });
    const { desk, told, release, send } = all;
    desk.updates!.files.fail("status", 500);
    send(release(2));
    await desk.run(() => told.includes("2 accepted"), HOUR);
    send(release(3, "good", { board: "esp32c3" }), true);
    return { ...all, refusals: () => told.filter((line) => line === "3 refused update-board").length };
  };

  test("is refused once, and not with each connection behind a window", async () => {
    const { desk, refusals, windows } = await sent();
    await desk.run(4 * HOUR);
    expect(windows()).toBeGreaterThan(5);
    expect(refusals()).toBe(1);
  });

  test("nor with each wake of a chip that sleeps deeply", async () => {
    const { desk, refusals } = await sent(true);
    const { boots } = desk.unit;
    await desk.run(1.5 * HOUR);
    expect(desk.unit.boots - boots).toBeGreaterThan(5);
    expect(refusals()).toBe(1);
  });
});

describe("a server that refuses every address", () => {
  test("is asked as seldom when each connection brings a fresh one", async () => {
    const { desk, told, windows, written, release, send, refreshed } = await made();
    const manifest = release(2);
    desk.updates!.files.fail("status", 403);
    send(manifest);
    const isRefused = () => told.some((line) => line.includes("refused"));
    await refreshed(manifest, 12 * HOUR, isRefused);
    expect(isRefused()).toBe(true);
    expect(windows()).toBe(WINDOWS);
    expect(desk.world.elapsed).toBeGreaterThan(3 * HOUR);
    // Once with the message, then once an hour.
    expect(written()).toBeLessThanOrEqual(1 + Math.ceil(desk.world.elapsed / HOUR));
  });

  test("has its update given up three times, and then no more, whatever comes", async () => {
    const { desk, told, windows, release, send, refreshed } = await made();
    const manifest = release(2);
    desk.updates!.files.fail("status", 403);
    send(manifest);
    await refreshed(manifest, 48 * HOUR);
    expect(told.filter((line) => /accepted|refused/.test(line))).toEqual([
      ...["2 accepted", "2 refused update-status", "2 accepted", "2 refused update-status"],
      ...["2 accepted", "2 refused update-status", "2 refused update-tries"],
    ]);
    expect(windows()).toBe(3 * WINDOWS);
    expect(told.filter((line) => line.includes("waiting")).length).toBeLessThan(3 * WINDOWS);
  });

  test("has the last word on a message that the broker keeps", async () => {
    const { desk, told, windows, release, send } = await made();
    desk.updates!.files.fail("status", 403);
    send(release(2), true);
    await desk.run(36 * HOUR);
    desk.unit.dip(1_000);
    await desk.run(36 * HOUR);
    expect(told).toEqual(FORBIDDEN);
    expect(windows()).toBe(WINDOWS);
  });

  test("and serves again: the message that somebody sends anew is taken", async () => {
    const { desk, told, release, send, over } = await made();
    desk.updates!.files.fail("status", 403);
    send(release(2), true);
    await over(1, 24 * HOUR);
    desk.updates!.files.mend("status");
    await desk.run(12 * HOUR);
    expect(told).toEqual(FORBIDDEN);
    send(release(2), true);
    await over(2);
    expect(told.at(-1)).toBe("2 confirmed");
  });
});

test("a patch for another image is refused once, though the broker keeps it", async () => {
  const { desk, told, content, send } = await made();
  const image = imageOf(content(2), 20_000);
  const base = imageOf(content(7), 20_000);
  send(desk.updates!.releaseOf(image, content(2), {}, { format: "delta", base }), true);
  await desk.run(12 * HOUR);
  desk.unit.dip(1_000);
  await desk.run(HOUR);
  expect(told).toEqual(["2 accepted", "2 refused update-base"]);
});

test("a message that cannot be read is told of once, though the broker keeps it over restarts", async () => {
  const { desk, told, send } = await made();
  send("no manifest", true);
  await desk.run(HOUR);
  for (let i = 0; i < 3; i++) {
    desk.unit.dip(1_000);
    await desk.run(HOUR);
  }
  expect(told).toEqual(["refused update-malformed"]);
});

describe("an address that ends", () => {
  test("is told of each time, and the fresh one is gone on with at once", async () => {
    const { desk, told, windows, release, send, over } = await made();
    const manifest = release(2);
    const isTold = (times: number) => () => told.filter((line) => line.includes("waiting")).length === times;
    desk.updates!.files.fail("status", 403);
    send(manifest);
    expect(await desk.run(isTold(1), HOUR)).toBe(true);
    // By then a wait of half an hour has begun.
    await desk.run(40 * MINUTE);
    send(`${manifest}?a=1`);
    const before = windows();
    await desk.run(2 * MINUTE);
    expect(windows()).toBe(before + 1);
    expect(isTold(2)()).toBe(true);
    desk.updates!.files.mend("status");
    await desk.run(HOUR);
    send(`${manifest}?a=2`);
    await over();
    expect(told.slice(-2)).toEqual(["2 trial", "2 confirmed"]);
  });

  test("is waited for as before when it is fresh for the second time within an hour", async () => {
    const { desk, told, windows, release, send } = await made();
    const manifest = release(2);
    desk.updates!.files.fail("status", 403);
    send(manifest);
    await desk.run(() => told.length === 2, HOUR);
    await desk.run(20 * MINUTE);
    send(`${manifest}?a=1`);
    await desk.run(2 * MINUTE);
    const before = windows();
    send(`${manifest}?a=2`);
    await desk.run(10 * MINUTE);
    expect(windows()).toBe(before);
  });
});

describe("a release that runs already", () => {
  test("is confirmed once for each message of it", async () => {
    const { desk, told, windows, content, release, send, over } = await made();
    send(release(2), true);
    await over();
    const image = imageOf(content(2, "good", { afterMs: 90_000 }), 40_000);
    const packed = desk.updates!.releaseOf(image, content(2), {}, { format: "deflate" });
    await desk.run(HOUR);
    const before = [told.length, windows()];
    send(packed, true);
    await desk.run(HOUR);
    expect(told.slice(before[0])).toEqual(["2 confirmed"]);
    // Nor is it told again of the one that the broker keeps, or of a fresh address.
    desk.unit.dip(1_000);
    await desk.online();
    await desk.run(HOUR);
    for (let i = 0; i < 3; i++) {
      send(`${packed}?a=${i}`);
      await desk.run(HOUR);
    }
    expect(told.slice(before[0])).toEqual(["2 confirmed"]);
    expect(windows()).toBe(before[1]);
  });

  test("is told at most once in ten minutes, whatever is sent", async () => {
    const { desk, told, content, release, send } = await made({ updates: { image: { seq: 2 } } });
    const image = imageOf(content(2), 40_000);
    const messages = [release(2), desk.updates!.releaseOf(image, content(2), {}, { format: "deflate" })];
    for (let i = 0; i < 60; i++) {
      send(messages[i % 2]!);
      await desk.run(MINUTE);
    }
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(6);
    expect(new Set(told)).toEqual(new Set(["2 confirmed"]));
  });

  test("is none of another board's", async () => {
    const { desk, told, release, send } = await made({ updates: { image: { seq: 2 } } });
    send(release(2, "good", { board: "esp32c3" }), true);
    await desk.run(HOUR);
    expect(told).toEqual(["2 refused update-board"]);
  });
});

test("a server that asks to be left alone is, though another release comes meanwhile", async () => {
  const { desk, served, release, send, over } = await made();
  desk.updates!.files.fail("status", 503, 1);
  send(release(2));
  await desk.run(() => served.length === 1, HOUR);
  await desk.run(2_000);
  send(release(3));
  await over();
  const [asked, again] = served.map(({ at }) => at);
  expect(again! - asked!).toBeGreaterThanOrEqual(120_000);
});
