import { describe, expect, test } from "@jest/globals";
import { Console } from "../../../firmware/device/console.js";
import type { Act } from "../../../host-sim/boot/acts.js";
import type { UpdateFault } from "../../../host-sim/cloud/updates/file-server.js";
import { simulatedKey } from "../../../host-sim/cloud/updates/release.js";
import { RELEASE_KEYS } from "../../../host-sim/simulation/virtual-updates.js";
import { HOUR, MINUTE, updating } from "../../support/updating.js";

const WHOLE = ["2 accepted", "2 downloading 100", "2 trial", "2 confirmed"];

describe("a device that is updated", () => {
  test("fetches the image, tries it and keeps it", async () => {
    const { desk, told, served, release, send, over } = updating();
    desk.start();
    await desk.online();
    send(release(2));
    expect(await over()).toBe(true);
    expect(told).toEqual(WHOLE);
    expect(desk.unit.image?.seq).toBe(2);
    expect(served.map(({ from, status }) => [from, status])).toEqual([[0, 200]]);
    // It is the image that every later start starts.
    desk.unit.dip(1_000);
    await desk.online();
    expect(desk.unit.image?.seq).toBe(2);
  });

  test("takes the same manifest twice for one, also where the broker keeps it", async () => {
    const { desk, told, release, send, over } = updating();
    desk.start();
    await desk.online();
    const manifest = release(2);
    send(manifest, true);
    send(manifest);
    await over();
    await desk.run(2 * HOUR);
    desk.unit.dip(1_000);
    await desk.online();
    await desk.run(HOUR);
    expect(told).toEqual(WHOLE);
  });

  test("goes on over many windows, and says how far it is", async () => {
    const { desk, told, served, release, send, over } = updating({ board: { up: slow(400), down: slow(400) } });
    desk.start();
    await desk.online();
    send(release(2, "good", {}, undefined, 100_000));
    expect(await over()).toBe(true);
    expect(served.length).toBeGreaterThan(1);
    for (const { from, status } of served.slice(1)) expect([from % 4_096, status]).toEqual([0, 206]);
    expect(told.filter((line) => line.includes("downloading")).length).toBeGreaterThan(1);
    expect(told.at(-1)).toBe("2 confirmed");
  });

  test("measures and obeys between the windows", async () => {
    const { desk, told, release, send, over } = updating({ board: { up: slow(400), down: slow(400) } });
    desk.start();
    await desk.online();
    send(release(2));
    await desk.run(() => told.length > 1, HOUR);
    const before = desk.unit.totals.received;
    desk.command({ id: "1", cmd: "ping" });
    expect(await desk.run(() => desk.unit.totals.received > before, 10 * MINUTE)).toBe(true);
    expect(desk.unit.image?.seq).toBe(1);
    expect(await over()).toBe(true);
  });

  test("that sleeps deeply goes on over its wakes", async () => {
    const { desk, told, release, send, over } = updating({
      settings: { telemetryIntervalS: 900, power: "psm", listenS: 5 },
      board: { up: slow(400), down: slow(400), deepSleep: true },
    });
    desk.start();
    await desk.online();
    send(release(2, "good", {}, undefined, 100_000), true);
    expect(await over(1, 12 * HOUR)).toBe(true);
    expect(told.at(-1)).toBe("2 confirmed");
    expect(desk.unit.boots).toBeGreaterThan(3);
  });

  test("takes a release that brings other keys, and from then on goes by those", async () => {
    const next = simulatedKey("release-3");
    const keys = [RELEASE_KEYS[1], next].map(({ kid, point }) => ({ kid, point: Buffer.from(point).toString("hex") }));
    const { desk, told, content, release, send, over } = updating();
    desk.start();
    await desk.online();
    send(desk.updates!.release(content(2, "good", { keys }), 40_000));
    await over();
    send(release(3));
    await over(2);
    send(release(4, "good", {}, next));
    await over(3);
    expect(told.filter((line) => /confirmed|refused/.test(line))).toEqual([
      "2 confirmed",
      "refused update-key",
      "4 confirmed",
    ]);
  });
});

test("an app holds an update back as long as it does not want it", async () => {
  let may = false;
  const app = { start: () => ({ sample: () => ({}), mayUpdate: () => may }) };
  const { desk, told, release, send, over } = updating({ firmware: { app } });
  desk.start();
  await desk.online();
  send(release(2));
  await desk.run(3 * HOUR);
  expect(told).toEqual(["2 accepted", "2 waiting update-app"]);
  may = true;
  expect(await over()).toBe(true);
  expect(told.at(-1)).toBe("2 confirmed");
});

test("a manifest that is typed at the console goes the same way", async () => {
  const { desk, told, release, over } = updating();
  desk.start();
  await desk.online();
  const { updates } = desk.unit.device!;
  const typed = new Console({
    keyValue: desk.unit.board.keyValue,
    status: () => ({}),
    built: {},
    settings: {},
    updates,
  });
  for (const part of release(2).match(/.{1,200}/g)!) typed.receive(Buffer.from(`update ${part}\n`));
  typed.receive(Buffer.from("update end\n"));
  await over();
  expect(told).toEqual(WHOLE);
});

describe("an image that is bad", () => {
  const BAD: [act: Act, reason: string][] = [
    ["crash", "update-reset"],
    ["hang", "update-reset"],
    ["deaf", "update-late"],
    ["sick", "update-health"],
  ];
  test.each(BAD)("that would %s is undone, and not taken again", async (act, reason) => {
    const { desk, told, content, release, send, over } = updating();
    desk.start();
    await desk.online();
    // It ends before it could be confirmed.
    send(desk.updates!.release(content(2, act, { afterMs: 1_000 }), 40_000), true);
    expect(await over(2)).toBe(true);
    // The broker keeps the manifest, so it comes again.
    expect(told.slice(-2)).toEqual([`2 rolled-back ${reason}`, "2 refused update-rolled-back"]);
    expect(desk.unit.image?.seq).toBe(1);
    // A better one is.
    send(release(3));
    await over(3);
    expect(told).toContain("3 confirmed");
    expect(desk.unit.image?.seq).toBe(3);
  });

  test("that never registers may have met a bad network: it is tried three times", async () => {
    const { desk, told, release, send, over } = updating();
    desk.start();
    await desk.online();
    send(release(2, "mute"), true);
    await over(4, 24 * HOUR);
    const ends = told.filter((line) => /rolled-back|refused/.test(line));
    expect(ends.slice(0, 3)).toEqual(Array(3).fill("2 rolled-back update-network"));
    expect(ends[3]).toBe("2 refused update-tries");
    expect(desk.unit.image?.seq).toBe(1);
  });
});

describe("a server that answers wrong", () => {
  const PASSING: [fault: UpdateFault, value: number, times: number][] = [
    ["status", 500, 2],
    ["status", 503, 2],
    ["status", 404, 2],
    ["cut", 20_000, 2],
    ["cut", 100, 3],
    ["silent", 0, 2],
    ["slow", 3_000, 1],
    ["longer", 512, 1],
    ["short", 512, 1],
    ["packed", 0, 1],
    ["flipped", 30_000, 2],
    ["swapped", 0, 2],
  ];
  test.each(PASSING)("with %s (%d) %d times does not keep a device from its update", async (fault, value, times) => {
    const { desk, told, release, send, over } = updating();
    desk.start();
    await desk.online();
    desk.updates!.files.fail(fault, value, times);
    send(release(2));
    await over();
    expect(told.at(-1)).toBe("2 confirmed");
  });

  const LASTING: [fault: UpdateFault, value: number, reason: string][] = [
    ["status", 403, "update-status"],
    ["longer", 512, "update-changed"],
    ["packed", 0, "update-changed"],
    ["flipped", 30_000, "update-digest"],
    ["swapped", 0, "update-digest"],
    ["silent", 0, "update-connection"],
  ];
  test.each(LASTING)("with %s (%d) for good has its update refused: %s", async (fault, value, reason) => {
    const { desk, told, release, send, over } = updating();
    desk.start();
    await desk.online();
    desk.updates!.files.fail(fault, value);
    send(release(2));
    await over(1, 24 * HOUR);
    expect(told.at(-1)).toBe(`2 refused ${reason}`);
    expect(desk.unit.image?.seq).toBe(1);
  });

  /** Begins, and is cut off in the middle. */
  async function begun() {
    const made = updating();
    made.desk.start();
    await made.desk.online();
    made.desk.updates!.files.fail("cut", 20_000, 1);
    made.send(made.release(2));
    await made.desk.run(() => made.served.length === 1, HOUR);
    return made;
  }

  test("of a resumed file costs a beginning, once", async () => {
    for (const fault of ["shifted", "etag"] as const) {
      const { desk, told, served, over } = await begun();
      desk.updates!.files.fail(fault, 16, 1);
      await over();
      expect(told.at(-1)).toBe("2 confirmed");
      expect(served.map(({ from }) => from)).toEqual([0, 16_384, 0]);
    }
    const { desk, told, over } = await begun();
    desk.updates!.files.fail("etag");
    await over();
    expect(told.at(-1)).toBe("2 confirmed");
  });

  test("with the whole file is listened to up to where the device was", async () => {
    const { desk, told, served, over } = await begun();
    desk.updates!.files.fail("whole", 0, 1);
    await over();
    expect(told.at(-1)).toBe("2 confirmed");
    expect(served.map(({ from, status }) => [from, status])).toEqual([
      [0, 200],
      [16_384, 200],
    ]);
  });
});

describe("the volume of an update", () => {
  test("is bounded over all its tries and restarts", async () => {
    const { desk, told, release, send, over, lines } = updating({ settings: { updateBudgetKb: 70 } });
    desk.start();
    await desk.online();
    desk.updates!.files.fail("cut", 12_000);
    desk.updates!.files.fail("flipped", 39_000);
    const cuts = setCuts(desk, told);
    send(release(2));
    await over(1, 24 * HOUR);
    expect(cuts()).toBeGreaterThan(0);
    expect(told.at(-1)).toMatch(/refused update-(budget|digest)/);
    const used = lines
      .filter((line) => line.includes("update-window-over"))
      .map((line) => /"airBytes":(\d+)/.exec(line)![1]);
    expect(used.reduce((sum, bytes) => sum + Number(bytes), 0)).toBeLessThanOrEqual(70_000);
  });

  test("that it would take beyond that is refused at once", async () => {
    const { desk, told, served, release, send, over } = updating({ settings: { updateBudgetKb: 39 } });
    desk.start();
    await desk.online();
    send(release(2));
    await over();
    expect(told).toEqual(["2 refused update-budget"]);
    expect(served).toEqual([]);
  });
});

const slow = (bytesPerSecond: number) => ({ latencyMs: 100, jitterMs: 20, bytesPerSecond, loss: 0, recoveryMs: 0 });

/** Restarts the chip in each window. */
function setCuts(desk: ReturnType<typeof updating>["desk"], told: readonly string[]): () => number {
  let cuts = 0;
  const cut = () => {
    if (told.some((line) => /refused|confirmed/.test(line))) return;
    if (desk.unit.agent.phase === "updating" && cuts++ < 3) desk.unit.dip(500);
    desk.world.scheduler.at(desk.world.now + 7_000, cut);
  };
  cut();
  return () => cuts;
}
