// All that is heard of a desk as entries of one schema: each lane has some, a record can be followed across them, and no secret
// is in any of them.

import { describe, expect, test } from "@jest/globals";
import { encode } from "cborg";
import { Desk } from "../../../host-sim/desk/desk.js";
import { entriesOf } from "../../../host-sim/desk/entries.js";
import { type Entry, LANES, shownPayload, TEXT_MOST, withoutTokens } from "../../../host-sim/desk/entry.js";
import { heardBy } from "../../../host-sim/desk/heard-by.js";
import { HttpHeads } from "../../../host-sim/desk/http-heads.js";
import { VirtualWorld } from "../../../host-sim/world/virtual-world.js";

/** Entries of a device that has had two records acknowledged, a fault and a command. */
async function entriesWith(settings: Record<string, unknown>): Promise<{ entries: Entry[]; digest: string }> {
  const world = new VirtualWorld({ seed: 5 });
  const entries: Entry[] = [];
  const watcher = entriesOf(world, (entry) => entries.push(entry));
  const desk = new Desk({ seed: 5, settings: { telemetryIntervalS: 10, ...settings }, world, watcher });
  desk.start();
  await desk.acked(2);
  desk.faults.begin("chip-restart");
  if (settings.transport !== "https") desk.command({ id: "1", cmd: "ping" });
  await desk.run(120_000);
  return { entries, digest: world.trace.digest() };
}

test.each(["mqtt", "ws", "https"])("no token, name or password is in any entry (%s)", async (transport) => {
  const { entries } = await entriesWith({ transport });
  expect(entries.length).toBeGreaterThan(200);
  const text = JSON.stringify(entries);
  expect(text).not.toMatch(/eyJ|x-amz-customauthorizer-signature/);
  expect(entries.every(({ lane, t }) => LANES.includes(lane) && t >= 0)).toBe(true);
});

test("every lane has entries, in the order of their time; listening changes nothing", async () => {
  const { entries, digest } = await entriesWith({});
  expect(new Set(entries.map(({ lane }) => lane))).toEqual(new Set(LANES));
  expect(entries.map(({ t }) => t)).toEqual(entries.map(({ t }) => t).sort((a, b) => a - b));
  const world = new VirtualWorld({ seed: 5 });
  const desk = new Desk({ seed: 5, settings: { telemetryIntervalS: 10 }, world });
  desk.start();
  await desk.acked(2);
  desk.faults.begin("chip-restart");
  desk.command({ id: "1", cmd: "ping" });
  await desk.run(120_000);
  expect(world.trace.digest()).toBe(digest);
});

test("a record is followed from the flash to its PUBACK", async () => {
  const { entries } = await entriesWith({});
  const way = entries.filter(({ seq }) => seq === 1).map(({ lane, name, way: direction }) => [lane, name, direction]);
  expect(way).toEqual(
    expect.arrayContaining([
      ["flash", "write", undefined],
      ["log", "recorded", undefined],
      ["mqtt", "PUBLISH", "up"],
      ["at", "tx", "up"],
      ["cloud", "publish", "up"],
      ["mqtt", "PUBACK", "down"],
      ["log", "acked", undefined],
    ]),
  );
});

test("a request's path is told without its query, once it is whole", () => {
  const heads = new HttpHeads();
  const say = (text: string, way: "up" | "down" = "up") => heads.heard(1, way, new TextEncoder().encode(text));
  expect(say("POST /top")).toBeUndefined();
  expect(say("ics/a/telemetry?token=eyJhbGciOi")).toEqual({ name: "POST", fields: { path: "/topics/a/telemetry" } });
  expect(say("JIUzI1NiJ9 HTTP/1.1\r\n")).toBeUndefined();
  expect(say("HTTP/1.1 503 No", "down")).toEqual({ name: "answer", fields: { status: 503 } });
  expect(heads.heard(2, "up", Uint8Array.of(0x10, 0x80, 1, 2, 3, 4))).toBeUndefined();
});

test("payloads are text or hexadecimal, cut, and without tokens", () => {
  expect(shownPayload(new TextEncoder().encode('{"a":1}'))).toEqual({ text: '{"a":1}' });
  expect(shownPayload(Uint8Array.of(0, 255))).toEqual({ text: "00 ff" });
  expect(shownPayload(new Uint8Array(9_000).fill(65)).text).toHaveLength(TEXT_MOST + 1);
  expect(withoutTokens("a eyJhbGciOiJIUzI1NiJ9.e30.c2ln b")).toBe("a [token] b");
});

/** As the firmware writes numbers: none in half a word. */
const WIDE = { float64: true };

describe("compact records", () => {
  test("are shown as the JSON that they stand for, cut, without tokens, and anything else as bytes", () => {
    const record = new Map<number | string, unknown>([
      [0, 7],
      [1, 60],
      [3, { t: 21.5, key: "eyJhbGciOiJI" }],
    ]);
    const text = '{"seq":7,"uptime":60,"app":{"t":21.5,"key":"[token]"}}';
    expect(shownPayload(encode(record, WIDE))).toEqual({ text, form: "compact" });
    expect(shownPayload(encode([record, record], WIDE))).toEqual({ text: `[${text},${text}]`, form: "compact" });
    const long = shownPayload(encode([new Map([["text", "x".repeat(50_000)]])]));
    expect([long.form, long.text.length, long.text.at(-1)]).toEqual(["compact", 4 * TEXT_MOST + 1, "…"]);
    const cutOff = encode(record, WIDE).subarray(0, 9);
    expect(shownPayload(cutOff)).toEqual({
      text: Buffer.from(cutOff)
        .toString("hex")
        .replace(/..(?=.)/g, "$& "),
    });
  });

  test.each(["mqtt", "https"])("are followed to the cloud as others are (%s)", async (transport) => {
    const { entries } = await entriesWith({ transport, recordForm: "compact" });
    const ways = entries.filter(({ seq, form }) => seq === 2 && form === "compact");
    const lane = transport === "mqtt" ? "mqtt" : "http";
    expect(new Set(ways.map((entry) => entry.lane))).toEqual(new Set([lane, "cloud"]));
    for (const { text } of ways) expect(JSON.parse(text!)).toMatchObject({ seq: 2, uptime: expect.any(Number) });
    const acked = entries.some(({ lane: of, name, seq }) => of === "mqtt" && name === "PUBACK" && seq === 2);
    expect(acked).toBe(transport === "mqtt");
  });
});

test("several watchers hear the same, and only what one of them wants", () => {
  const told: string[] = [];
  const both = heardBy({ fault: (name) => told.push(`a ${name}`) }, { fault: (name) => told.push(`b ${name}`) });
  both.fault?.("x", undefined, "begins");
  expect(told).toEqual(["a x", "b x"]);
  expect(both).not.toHaveProperty("uart");
});
