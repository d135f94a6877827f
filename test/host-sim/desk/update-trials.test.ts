// What may befall a good image in its trial that is none of its fault: it may be tried again, and not for ever.

import { describe, expect, test } from "@jest/globals";
import { FAST } from "../../../host-sim/world/link.js";
import { HOUR, MINUTE, updating } from "../../support/updating.js";

/** With an image on trial, right behind what its log says first: the broker keeps the manifest. */
async function onTrial(all: ReturnType<typeof updating>, { isNew = true, behind = "connected" } = {}) {
  const { desk, lines, release, send } = all;
  const times = () => lines.filter((line) => line.includes(` ${behind} `)).length;
  if (isNew) {
    desk.start();
    await desk.online();
    send(release(2), true);
  }
  await desk.run(() => all.running === 2, 3 * HOUR);
  const before = times();
  await desk.run(() => times() > before, 10 * MINUTE);
  expect(all.running).toBe(2);
}
const made = () => updating({ board: { up: FAST, down: FAST } });

describe("a network that goes in a trial", () => {
  test.each([
    ["its registration", "online"],
    ["its first connection", "connected"],
  ])("behind %s is not the image's fault: it is tried again", async (_, behind) => {
    const all = made();
    const { desk, told } = all;
    await onTrial(all, { behind });
    desk.faults.begin("network-no-coverage");
    await desk.run(() => all.running === 1, HOUR);
    await desk.run(HOUR);
    desk.faults.end("network-no-coverage");
    expect(await all.over(2, 12 * HOUR)).toBe(true);
    expect(told.filter((line) => /rolled-back|refused|confirmed/.test(line))).toEqual([
      "2 rolled-back update-network",
      "2 confirmed",
    ]);
  });

  test("by the image's doing is met three times", async () => {
    const all = made();
    const { desk, told } = all;
    for (let i = 0; i < 3; i++) {
      await onTrial(all, { isNew: i === 0 });
      desk.faults.begin("network-no-coverage");
      await desk.run(() => all.running === 1, HOUR);
      desk.faults.end("network-no-coverage");
    }
    await desk.run(24 * HOUR);
    expect(told.filter((line) => /rolled-back|refused|confirmed/.test(line))).toEqual([
      ...Array(3).fill("2 rolled-back update-network"),
      "2 refused update-tries",
    ]);
    expect(all.running).toBe(1);
  });
});

test("a restart at the console before the device is composed is not the image's fault either", async () => {
  const all = made();
  const { desk, told } = all;
  await onTrial(all);
  expect(desk.unit.device!.onTrial).toBe(true);
  desk.unit.device!.restart("console");
  expect(await all.over(2, 12 * HOUR)).toBe(true);
  expect(told.filter((line) => /rolled-back|refused|confirmed/.test(line))).toEqual([
    "2 rolled-back update-reset",
    "2 confirmed",
  ]);
});

describe("what a board measures", () => {
  test.each([
    ["batteryPercent", 20, 80, "update-battery"],
    ["temperatureC", -30, 20, "update-temperature"],
  ] as const)("holds an update back: %s of %d, and lets it go on at %d", async (name, bad, well, reason) => {
    let value: number = bad;
    const all = updating({ updates: { [name]: () => value } });
    const { desk, told, release, send } = all;
    desk.start();
    await desk.online();
    send(release(2));
    await desk.run(3 * HOUR);
    expect(told).toEqual(["2 accepted", `2 waiting ${reason}`]);
    value = well;
    expect(await all.over()).toBe(true);
    expect(told.at(-1)).toBe("2 confirmed");
  });
});
