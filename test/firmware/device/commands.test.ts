import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { commands } from "../../../firmware/app/app.js";
import { type Json, MAX_COMMAND_BYTES, readCommand } from "../../../firmware/device/commands.js";
import { keepRestart } from "../../../firmware/device/memory.js";
import { type Effect, obey, System, type SystemParts } from "../../../firmware/device/system.js";
import { SETTINGS } from "../../../firmware/settings/table.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ManualTime } from "../http/fakes.js";

const times = { power: "always-on", psmPeriodS: 3_600, telemetryIntervalS: 60 };
const context = { times, mayRestart: true, busy: undefined as string | undefined };

interface Outcome {
  name?: string;
  answer: Json;
  effect?: Effect | undefined;
}

class Told extends System {
  override status() {
    return { rssi: -71 };
  }
}

/** Reads a command, and carries it out on a device that has been on for 12 s. */
function runCommand(payload: Uint8Array, { times, mayRestart, busy }: typeof context): Outcome {
  const clock = new ManualTime();
  clock.now = 12_000;
  const platform = { clock, keyValue: new MemoryKeyValue(), log: () => {} };
  if (!mayRestart) keepRestart(platform, clock.wall());
  const system = new Told({ platform, config: times } as unknown as SystemParts);
  const reading = readCommand(payload, [commands], busy);
  if (!("asked" in reading)) return reading;
  const answer = obey(reading.asked, system);
  return { name: reading.asked.name, answer, effect: system.take() };
}
const run = (value: unknown) =>
  runCommand(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)), context);

describe("known commands", () => {
  test("ping answers with the uptime under the same id", () => {
    expect(run({ id: "7", cmd: "ping" })).toEqual({ name: "ping", answer: { id: "7", ok: true, uptime: 12 } });
  });
  test("status answers with the telemetry fields", () => {
    expect(run({ id: 8, cmd: "status" }).answer).toEqual({ id: 8, ok: true, rssi: -71 });
  });
  test("interval sets the interval within its range", () => {
    expect(run({ id: "9", cmd: "interval", seconds: 30 })).toEqual({
      name: "interval",
      answer: { id: "9", ok: true, seconds: 30 },
      effect: { do: "set-interval", seconds: 30 },
    });
    for (const seconds of [1, 86_400]) expect(run({ cmd: "interval", seconds }).effect).toMatchObject({ seconds });
    for (const seconds of [0, -1, 1.5, "30", 86_401, null, undefined]) {
      expect(run({ id: "9", cmd: "interval", seconds })).toMatchObject({
        answer: { ok: false, error: "bad-argument" },
      });
      expect(run({ id: "9", cmd: "interval", seconds }).effect).toBeUndefined();
    }
  });
  test("interval keeps below the period in which a modem with PSM wakes by itself", () => {
    const asleep = { ...context, times: { ...times, power: "psm" } };
    const ask = (seconds: number) => runCommand(Buffer.from(JSON.stringify({ cmd: "interval", seconds })), asleep);
    expect(ask(3_599).effect).toMatchObject({ seconds: 3_599 });
    expect(ask(3_600)).toEqual({
      name: "interval",
      answer: {
        ...{ id: null, ok: false, error: "bad-argument" },
        detail: "with power psm, psmPeriodS (now 3600) must be longer than telemetryIntervalS (now 3600)",
      },
    });
  });
  test("restart answers first", () => {
    expect(run({ cmd: "restart" })).toEqual({
      name: "restart",
      answer: { id: null, ok: true },
      effect: { do: "restart" },
    });
  });
});

describe("a command that is not carried out", () => {
  const text = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

  test("because of too many others says so under its own id, and has no effect", () => {
    const busy = { ...context, busy: "at most 3" };
    expect(runCommand(text({ id: "9", cmd: "restart" }), busy)).toEqual({
      answer: { id: "9", ok: false, error: "busy", detail: "at most 3" },
    });
    for (const value of ["{", " ".repeat(MAX_COMMAND_BYTES + 1), { id: {}, cmd: "ping" }, { cmd: "ping" }]) {
      expect(runCommand(text(value), busy).answer).toMatchObject({ id: null, error: "busy" });
    }
  });

  test("as the last restart was a moment ago says so", () => {
    const soon = { ...context, mayRestart: false };
    expect(runCommand(text({ id: "9", cmd: "restart" }), soon)).toEqual({
      name: "restart",
      answer: { id: "9", ok: false, error: "too-soon", detail: "at most one restart in 10 minutes" },
    });
  });
});

describe("what is not a command is answered with an error", () => {
  test.each([
    ["not JSON", "{", "malformed"],
    ["an array", [1], "malformed"],
    ["a bare null", "null", "malformed"],
    ["brackets without end", "[".repeat(MAX_COMMAND_BYTES), "malformed"],
    ["objects within each other without end", '{"cmd":'.repeat(70), "malformed"],
    ["no cmd", { id: "1" }, "malformed"],
    ["a bare string", '"ping"', "malformed"],
    ["an id that is an object", { id: {}, cmd: "ping" }, "malformed"],
    ["an id that is too long", { id: "x".repeat(65), cmd: "ping" }, "malformed"],
    ["an unknown name", { cmd: "format" }, "unknown-command"],
    ["a name from the prototype", { cmd: "constructor" }, "unknown-command"],
    ["too many bytes", " ".repeat(MAX_COMMAND_BYTES + 1), "too-large"],
  ])("%s", (_what, value, error) => {
    expect(run(value)).toMatchObject({ answer: { ok: false, error } });
  });

  test("members that no command has are passed over, whatever they are called", () => {
    const members = Array.from({ length: 20 }, (_, i) => [`x${i}`, [{ y: i }]] as const);
    const value = { ...Object.fromEntries(members), id: "1", __proto__: 1, cmd: "ping", toString: null };
    expect(run(value)).toEqual({ name: "ping", answer: { id: "1", ok: true, uptime: 12 } });
  });

  test("what just fits is taken", () => {
    const id = "x".repeat(64);
    expect(run({ id, cmd: "ping" }).answer).toEqual({ id, ok: true, uptime: 12 });
    const longest = JSON.stringify({ cmd: "ping" }).padEnd(MAX_COMMAND_BYTES, " ");
    expect(run(longest).answer.ok).toBe(true);
    for (const id of [null, undefined]) expect(run({ id, cmd: "ping" }).answer.id).toBeNull();
    expect(run({ id: 1.5, cmd: "ping" }).answer.id).toBe(1.5);
  });

  test("the error names the command and its id where they are known", () => {
    expect(run({ id: 5, cmd: "format" })).toMatchObject({ answer: { id: 5, ok: false } });
    expect(run({ id: 5, cmd: "interval" })).toMatchObject({ name: "interval", answer: { id: 5, ok: false } });
    expect(run({ id: 5, cmd: 7 }).answer).toMatchObject({ id: 5, error: "malformed" });
    expect(run('{"id":1e999,"cmd":"ping"}').answer).toMatchObject({ id: null, error: "malformed" });
    expect(run({ id: true, cmd: "ping" }).answer).toMatchObject({ id: null, error: "malformed" });
  });

  test("ill-formed UTF-8 is malformed, not an exception", () => {
    expect(runCommand(Uint8Array.of(0x7b, 0xff, 0x7d), context).answer).toMatchObject({ error: "malformed" });
  });

  test("no bytes at all make it throw or answer with something that is not JSON", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 600 }),
          fc.json().map((s) => Buffer.from(s)),
        ),
        (bytes) => {
          const { answer } = runCommand(bytes, context);
          expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
          expect(typeof answer.ok).toBe("boolean");
        },
      ),
    );
  });
});

test("every command has a sentence of help", () => {
  for (const command of Object.values(commands)) expect(command.help.length).toBeGreaterThan(10);
});

test("the interval has the range of its setting", () => {
  expect(commands.interval.args?.seconds.range).toEqual(SETTINGS.telemetryIntervalS.range);
});
