// A device that is stopped or told to restart, at whatever moment.

import { describe, expect, test } from "@jest/globals";
import { MINUTE_MS, started } from "../support/desk.js";

const setUp = (seed: number) => started({ seed, settings: { telemetryIntervalS: 10 } });

describe("the restart command", () => {
  test.each([1, 2, 3])("is answered before the device restarts (seed %i)", async (seed) => {
    const desk = setUp(seed);
    await desk.online();
    desk.command({ id: "r", cmd: "restart" });
    expect(await desk.run(() => desk.boots > 1, MINUTE_MS)).toBe(true);
    expect(desk.answers).toEqual([{ id: "r", ok: true }]);
    expect(await desk.online()).toBe(true);
  });
});

test("a device stopped at any moment ends, and says nothing afterwards", async () => {
  const reference = setUp(4);
  await reference.online();
  const online = reference.device.firstPubackAt!;
  // Moments from power-on to a while after the first PUBACK, close together where the connection is made.
  const moments = [500, 5_000, 9_000, ...Array.from({ length: 24 }, (_, i) => online - 2_000 + i * 120)];
  for (const moment of moments) {
    const desk = setUp(4);
    await desk.run(moment);
    let ended = false;
    void desk.device.ended.then(() => {
      ended = true;
    });
    desk.device.stop();
    await desk.run(() => ended, MINUTE_MS);
    expect([moment, ended]).toEqual([moment, true]);
    const published = () => desk.events("publish").length;
    const before = published();
    await desk.run(3 * MINUTE_MS);
    expect([moment, published()]).toEqual([moment, before]);
  }
}, 60_000);
