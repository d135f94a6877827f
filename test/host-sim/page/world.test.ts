// The page's world without a browser: plans and their addresses, sessions in any pieces of time, tours, and tests that are saved.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { makeBoard } from "../../../host-sim/board/board.js";
import { Button, Led } from "../../../host-sim/board/pin-parts.js";
import { Sht3x } from "../../../host-sim/board/sht3x.js";
import type { Entry } from "../../../host-sim/desk/entry.js";
import { KINDS } from "../../../host-sim/desk/kinds/index.js";
import { asTest } from "../../../host-sim/page/world/as-test.js";
import { partsSeen, setPart } from "../../../host-sim/page/world/parts.js";
import {
  type Action,
  type DeskPlan,
  fromHash,
  type Plan,
  PlanError,
  RAT_CHOICES,
  toHash,
} from "../../../host-sim/page/world/plan.js";
import { SCENARIOS, STEP_MOST_MS, Walk } from "../../../host-sim/page/world/scenarios.js";
import { digestOf, openSession, Session } from "../../../host-sim/page/world/session.js";
import { runTrial } from "../../../host-sim/storm/run-trial.js";
import { drawTrial } from "../../../host-sim/storm/trial.js";

const EXAMPLES = fileURLToPath(new URL("../../../examples", import.meta.url));

/** A device to which everything is done that can be done. */
const BUSY: DeskPlan = {
  kind: "desk",
  seed: 9,
  settings: { telemetryIntervalS: 5, threshold: 25 },
  actions: [
    { at: 20_000, do: "signal", dbm: -110 },
    { at: 25_000, do: "part", part: "sht3x", name: "temperature", value: 31 },
    { at: 30_000, do: "fault", fault: "socket-stall", forMs: 40_000 },
    { at: 31_000, do: "part", part: "button", name: "pressed", value: 1 },
    { at: 31_100, do: "part", part: "button", name: "pressed", value: 0 },
    { at: 90_000, do: "command", json: { cmd: "led", id: "1", on: true } },
    { at: 95_000, do: "rat", rat: "NB-IoT" },
    { at: 100_000, do: "fault", fault: "chip-dark", value: 3 },
    { at: 120_000, do: "fault", fault: "network-no-coverage" },
    { at: 150_000, do: "end", fault: "network-no-coverage" },
  ],
};

describe("an address", () => {
  const action: fc.Arbitrary<Action> = fc
    .tuple(
      fc.nat(1e9),
      fc.oneof(
        fc.record({
          do: fc.constant("fault" as const),
          fault: fc.constantFrom(...Object.keys(KINDS)),
          value: fc.nat(),
        }),
        fc.record({ do: fc.constant("end" as const), fault: fc.constantFrom(...Object.keys(KINDS)) }),
        fc.record({ do: fc.constant("signal" as const), dbm: fc.integer({ min: -140, max: -40 }) }),
        fc.record({ do: fc.constant("rat" as const), rat: fc.constantFrom(...RAT_CHOICES) }),
        fc.record({ do: fc.constant("command" as const), json: fc.record({ cmd: fc.string(), id: fc.string() }) }),
      ),
    )
    .map(([at, deed]) => ({ at, ...deed }));

  test("says a whole plan, and is read as that plan", () => {
    const plan: fc.Arbitrary<Plan> = fc.record({
      kind: fc.constant("desk" as const),
      seed: fc.nat(),
      settings: fc.constantFrom({}, { telemetryIntervalS: 7 }, { apn: "a&b=c#d" }),
      actions: fc.array(action, { maxLength: 6 }).map((some) => some.sort((a, b) => a.at - b.at)),
    });
    fc.assert(
      fc.property(plan, fc.nat(), (it, untilMs) => {
        const shared = { plan: it, untilMs, digest: "0123456789abcdef" };
        expect(fromHash(`#${toHash(shared)}`)).toEqual(shared);
      }),
    );
    const storm: Plan = { kind: "storm", seed: 4, hours: 3, actions: [] };
    expect(fromHash(toHash({ plan: storm }))).toEqual({ plan: storm });
    expect(fromHash("")).toEqual({ plan: { kind: "desk", seed: 1, settings: {}, actions: [] } });
  });

  test.each([
    "#seed=x",
    "#seed=-1",
    "#seed=1&settings=[1]",
    "#seed=1&settings={",
    '#do=["a","end","socket-stall"]',
    '#do=[1,"end","rain"]',
    '#do=[1,"toString"]',
    '#do=[1.5,"signal",-90]',
    '#do=[1,"signal",5]',
    '#do=[1,"command",{"cmd":1}]',
    "#digest=x",
    "#storm=1&hours=100000",
    `#${"do=[1,%22end%22,%22socket-stall%22]&".repeat(600)}`,
    `#seed=${"1".repeat(40_000)}`,
  ])("that is none is refused: %j", (hash) => {
    expect(() => fromHash(hash)).toThrow(PlanError);
  });
});

describe("the parts of a board", () => {
  const board = makeBoard({ parts: { sht3x: new Sht3x(), button: new Button(0), led: new Led(2) } });

  test("are seen as they are, without what has no value", () => {
    board.sht3x.temperature = () => Number.NaN;
    board.sht3x.humidity = 61;
    board.button.pressed = true;
    expect(partsSeen(board.parts)).toEqual([
      { part: "sht3x", quantities: [{ name: "humidity", unit: "%", least: 0, most: 100, value: 61 }] },
      { part: "button", quantities: [], pressed: true },
      { part: "led", quantities: [], lit: false },
    ]);
  });

  test("are set within their range, and nothing else is", () => {
    const set = (part: string, name: string, value: unknown) =>
      setPart(board, { do: "part", part, name, value: value as number });
    expect(set("sht3x", "temperature", 1_000)).toBe(true);
    expect(board.sht3x.temperature).toBe(130);
    expect(set("button", "pressed", 0)).toBe(true);
    expect(board.button.pressed).toBe(false);
    for (const [part, name, value] of [
      ["sht3x", "pressure", 1],
      ["sht3x", "constructor", 1],
      ["__proto__", "temperature", 1],
      ["led", "brightness", 1],
      ["sht3x", "temperature", "31"],
      ["button", "pressed", Number.NaN],
    ] as const)
      expect(set(part, name, value)).toBe(false);
  });
});

describe("a session", () => {
  test("gives the same digest however time is cut, and however its actions came", async () => {
    const whole = await digestOf(BUSY, 300_000);
    const session = new Session({ ...BUSY, actions: [] }, { emit: () => {} });
    const waiting = [...BUSY.actions];
    let piece = 0;
    while (session.elapsed < 300_000) {
      // Each is done by hand a moment before its time, as on a page.
      const next = waiting[0];
      if (next && session.elapsed >= next.at - 60) {
        const { at, ...deed } = waiting.shift()!;
        expect(session.act(deed, at).at).toBe(at);
        continue;
      }
      const until = Math.min(300_000, next ? next.at - 50 : 300_000, session.elapsed + 1 + ((piece++ * 97) % 4_001));
      let events = 0;
      await session.advance(Math.floor(until), () => ++events > 40);
    }
    expect(session.digest()).toBe(whole);
    expect(session.plan.actions).toEqual(BUSY.actions);
    session.close();
    expect(await digestOf({ ...BUSY, seed: 10 }, 300_000)).not.toBe(whole);
  });

  test("of a storm's seed ends with the digest that the storm has", async () => {
    const evidence = await runTrial(drawTrial(3, 1));
    const entries: Entry[] = [];
    const session = await openSession(
      { kind: "storm", seed: 3, hours: 1, actions: [] },
      { emit: (entry) => entries.push(entry) },
    );
    while (!session.isOver) await session.advance(session.elapsed + 700_001);
    expect(session.digest()).toBe(evidence.digest);
    expect(entries.length).toBeGreaterThan(500);
    session.close();
  });

  test("goes a step: until something is told", async () => {
    let count = 0;
    const session = new Session({ ...BUSY, actions: [] }, { emit: () => count++ });
    await session.step();
    const before = count;
    await session.step();
    expect(count).toBeGreaterThan(before);
    session.close();
  });

  test("shows commands' answers, the token's end, the flash as it fills, and the charge", async () => {
    const session = new Session(BUSY, { emit: () => {} });
    await session.advance(99_000);
    const look = session.look();
    expect(look.answers).toEqual([expect.objectContaining({ id: "1", ok: true })]);
    expect(look.tokenEndsAt).toBeGreaterThan(look.now);
    expect(look.charge.mAh).toBeGreaterThan(0.1);
    expect(session.flash.blocks().some(({ filled }) => filled > 0)).toBe(true);
    expect(session.commands.map(({ name }) => name)).toEqual(["ping", "status", "interval", "restart", "led"]);
    await session.advance(110_000);
    expect(session.look().boots).toBe(2);
    session.close();
  });
});

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  "the tour %s comes to its end",
  async (_, tour) => {
    const walk = new Walk(tour);
    const plan: Plan = {
      kind: "desk",
      seed: tour.seed,
      settings: tour.settings ?? {},
      actions: [],
      scenario: tour.name,
    };
    const session = await openSession(plan, { emit: (entry) => walk.hear(entry) });
    while (!walk.isOver) {
      for (const deed of walk.next()) session.act(deed);
      await session.advance(session.elapsed + STEP_MOST_MS, () => walk.isReached);
      expect(`${walk.at} ${walk.isReached}`).toBe(`${walk.at} true`);
    }
    session.close();
  },
);

test("what was done is saved as a test of an app, which runs", async () => {
  const actions: Action[] = [
    { at: 30_000, do: "fault", fault: "socket-stall" },
    { at: 40_000, do: "part", part: "sht3x", name: "temperature", value: 31 },
    { at: 50_000, do: "end", fault: "socket-stall" },
    { at: 200_000, do: "command", json: { id: "p1", cmd: "led", on: true } },
  ];
  const text = asTest({ kind: "desk", seed: 2, settings: {}, actions }, 240_000);
  expect(text).toContain('{"at":30000,"fault":"socket-stall","duration":20000},');
  expect(text).toContain('await desk.cloud.command({"cmd":"led","on":true});');
  // As if it had been saved in an example's folder.
  const folder = mkdtempSync(join(tmpdir(), "simkey-saved-"));
  try {
    const body = text
      .replace('import { test } from "node:test";\n', "")
      .replace("./app.ts", join(EXAMPLES, "thermometer/app.ts"))
      .replace(/test\(".*", async/, "export const run = (async");
    writeFileSync(join(folder, "app.test.ts"), body);
    const { run } = (await import(join(folder, "app.test.ts"))) as { run: () => Promise<void> };
    await run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
