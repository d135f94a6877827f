import { expect, test } from "@jest/globals";
import { jsonReport, timeline } from "../../../host-sim/cli/report.js";

test("what comes from outside cannot steer the terminal, nor write lines of its own", () => {
  const lines: string[] = [];
  const topic = "c/commands/x\r\n   0.00 s  acked\u001b[2J\u009b2J";
  timeline((line) => lines.push(line))({ t: 1_000, event: "command", topic, cmd: "ping" });
  jsonReport((line) => lines.push(line))({ t: 1_000, event: "command", topic, cmd: "ping" });
  expect(lines[0]).toBe("    1.00 s  command       c/commands/x..   0.00 s  acked.[2J.2J: ping\n");
  expect(lines[1]).toMatch(/^[^\r\n\u001b]*\n$/);
  expect(JSON.parse(lines[1]!)).toMatchObject({ topic });
});
