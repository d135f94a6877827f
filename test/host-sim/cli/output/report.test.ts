import { expect, test } from "@jest/globals";
import type { Entry } from "../../../../host-sim/cli/output/entry.js";
import { jsonReport, timeline } from "../../../../host-sim/cli/output/report.js";

test("what comes from outside cannot steer the terminal, nor write lines of its own", () => {
  const lines: string[] = [];
  const topic = "c/commands/x\r\n   0.00 s  acked\u001b[2J\u009b2J";
  timeline((line) => lines.push(line))({ t: 1_000, event: "command", topic, cmd: "ping" });
  jsonReport((line) => lines.push(line))({ t: 1_000, event: "command", topic, cmd: "ping" });
  expect(lines[0]).toBe("    1.00 s  command       c/commands/x..   0.00 s  acked.[2J.2J: ping\n");
  expect(lines[1]).toMatch(/^[^\r\n\u001b]*\n$/);
  expect(JSON.parse(lines[1]!)).toMatchObject({ topic });
});

/** What a person reads of an event. */
function shown(event: string, fields: Record<string, unknown>): string {
  let text = "";
  timeline((more) => {
    text += more;
  })({ t: 1_000, event, ...fields } as Entry);
  return text;
}

test("by HTTPS there is no CONNACK, no subscription and no PUBACK", () => {
  const connected = { ms: 900, filter: "c/commands/#" };
  expect(shown("connected", connected)).toContain("CONNACK after 0.9 s, subscribed to c/commands/#");
  expect(shown("connected", { ...connected, by: "https" })).toContain("publishing by HTTPS; no commands are heard");
  expect(shown("acked", { seq: 3 })).toContain("PUBACK for #3");
  expect(shown("acked", { seq: 3, by: "https" })).toContain("HTTP 200 for #3");
});

test("the summary of a run says when the first record was acknowledged, if one was", () => {
  const figures = { ok: true, acked: 6, recorded: 6, lost: 0, onboardings: 1, reconnects: 2 };
  const good = shown("summary", { ...figures, firstPubackMs: 14_000 });
  expect(good).toContain("6 acknowledged of 6 recorded, 0 lost; the first after 14.0 s\n");
  expect(good).toContain("1 token, 2 reconnects\n");
  expect(shown("summary", { ...figures, ok: false, acked: 0 })).toContain("0 acknowledged of 6 recorded, 0 lost\n");
});
