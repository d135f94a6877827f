// The status line and the prompt below what a run has to say.

import { PassThrough } from "node:stream";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Entry } from "../../../../host-sim/cli/output/entry.js";
import { timeline } from "../../../../host-sim/cli/output/report.js";
import { changed, NO_STATUS, statusLine } from "../../../../host-sim/cli/output/status.js";
import { Terminal } from "../../../../host-sim/cli/output/terminal.js";
import { screenOf } from "../../../../host-sim/cli/parts/screen.js";
import { Vt } from "../../../support/vt.js";

const open: Terminal[] = [];
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.close();
});

function terminal(columns = 40, history: string[] = []) {
  const vt = new Vt(columns);
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { columns, isTTY: true });
  output.on("data", (bytes) => vt.write(String(bytes)));
  const told: string[] = [];
  const made = new Terminal({
    ...{ input, output, columns: () => columns, colour: false, history },
    complete: (text) => [["ping ", "power "].filter((word) => word.startsWith(text)), text],
    onLine: (line) => told.push(line),
    onEnd: (how) => told.push(how),
    onHistory: (lines) => told.push(`history ${lines.join(",")}`),
  });
  open.push(made);
  const type = async (text: string) => {
    input.write(text);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { vt, told, type, terminal: made };
}

describe("a terminal", () => {
  test("has status and prompt below all that is printed", async () => {
    const { vt, terminal: it } = terminal();
    it.status = "online";
    it.print("one\n");
    it.print("two\nthree\n");
    it.status = "asleep";
    await new Promise((resolve) => setImmediate(resolve));
    expect(vt.rows).toEqual(["one", "two", "three", "asleep", ">"]);
    expect(vt.cursor).toEqual({ up: 0, column: 2 });
  });

  test("keeps what is being typed, and hands it on when it is a line", async () => {
    const { vt, told, type, terminal: it } = terminal();
    it.status = "online";
    await type("pi");
    it.print("one\n");
    await type("ng");
    it.print("two\n");
    expect(vt.rows).toEqual(["one", "two", "online", "> ping"]);
    await type("\r");
    it.print("answer\n");
    expect(told).toEqual(["history ping", "ping"]);
    expect(vt.rows).toEqual(["one", "two", "> ping", "answer", "online", ">"]);
  });

  test("keeps a line that is longer than a row", async () => {
    const { vt, told, type, terminal: it } = terminal(20);
    it.status = "online";
    await type(`{"cmd":"${"x".repeat(30)}"}`);
    it.print("one\n");
    it.print("two\n");
    expect(vt.rows).toEqual(["one", "two", "online", '> {"cmd":"xxxxxxxxxx', "xxxxxxxxxxxxxxxxxxxx", '"}']);
    await type("\r");
    expect(told.at(-1)).toBe(`{"cmd":"${"x".repeat(30)}"}`);
    expect(vt.rows.slice(0, 2)).toEqual(["one", "two"]);
    expect(vt.rows.slice(-2)).toEqual(["online", ">"]);
    expect(vt.rows.filter((row) => row === "online")).toHaveLength(1);
  });

  test("completes words, and has what was typed before", async () => {
    const { told, type } = terminal(40, ["signal -110"]);
    await type("pi\t");
    await type("\r");
    await type("\u001b[A\u001b[A\r");
    expect(told.filter((line) => !line.startsWith("history"))).toEqual(["ping", "signal -110"]);
  });

  test("tells of Ctrl-C and Ctrl-D, and takes an empty line for nothing", async () => {
    const { told, type } = terminal();
    await type("\r  \r");
    await type("\u0003");
    await type("\u0004");
    expect(told.filter((line) => !line.startsWith("history"))).toEqual(["interrupt", "end"]);
  });

  test("takes its two lines away in the end", () => {
    const { vt, terminal: it } = terminal();
    it.status = "online";
    it.print("one\n");
    it.close();
    it.print("two\n");
    expect(vt.rows).toEqual(["one", "two", ""]);
  });
});

describe("the status line", () => {
  const entries: Entry[] = [
    { t: 0, event: "phase", phase: "linking" },
    { t: 1, event: "online", rat: "LTE-M", rssi: -74 },
    { t: 2, event: "phase", phase: "online" },
    { t: 3, event: "recorded" },
    { t: 4, event: "recorded" },
    { t: 5, event: "acked" },
    { t: 6, event: "failure" },
  ];
  const status = entries.reduce(changed, NO_STATUS);

  test("tells what a run's entries come to", () => {
    expect(statusLine(status, 14.9, 100)).toBe(
      "online · LTE-M -74 dBm · 1 of 2 acknowledged · 14 s · 1 failure · help tells what can be typed",
    );
  });

  test.each([10, 20, 40, 60, 80])("fits a terminal of %d columns", (columns) => {
    const line = statusLine(status, 14, columns);
    expect(line.length).toBeLessThanOrEqual(columns);
    expect("online · LTE-M -74 dBm · 1 of 2 acknowledged · 14 s · 1 failure · help".startsWith(line)).toBe(true);
  });
});

describe("a timeline on a terminal", () => {
  const shown = (screen: { columns: () => number; colour: boolean } | undefined, entry: Entry) => {
    let text = "";
    timeline((more) => {
      text += more;
    }, screen)(entry);
    return text;
  };
  const entry = { t: 14_000, event: "acked", seq: 1, level: "info" } as const;

  test("has colours, but not in what comes from outside", () => {
    expect(shown({ columns: () => 80, colour: true }, entry)).toBe(
      "\u001b[2m   14.00 s\u001b[0m  \u001b[32macked        \u001b[0m PUBACK for #1\n",
    );
    const hostile = { t: 0, event: "command", topic: "a\u001b[31m", cmd: "x" };
    expect(shown({ columns: () => 80, colour: true }, hostile)).toContain("a.[31m: x");
  });

  test("has none without a terminal, and none with NO_COLOR", () => {
    expect(shown(undefined, entry)).toBe("   14.00 s  acked         PUBACK for #1\n");
    expect(shown({ columns: () => 80, colour: false }, entry)).toBe("   14.00 s  acked         PUBACK for #1\n");
  });

  test.each<[env: Record<string, string>, colour: boolean, typed: boolean]>([
    [{}, true, true],
    [{ NO_COLOR: "1" }, false, true],
    [{ NO_COLOR: "" }, true, true],
    [{ TERM: "dumb" }, false, false],
  ])("%j", (env, colour, typed) => {
    const terminal = { stdin: { isTTY: true }, stdout: { columns: 66 }, env } as unknown as NodeJS.Process;
    const screen = screenOf(terminal);
    expect([screen.colour, screen.columns(), screen.typed !== undefined]).toEqual([colour, 66, typed]);
  });

  test("breaks no word where it is narrow", () => {
    const long = { t: 0, event: "waiting", what: "the modem and the network, which takes a while" };
    expect(shown({ columns: () => 50, colour: false }, long)).toBe(
      "    0.00 s  waiting       still waiting: the modem\n" +
        "                          and the network, which\n" +
        "                          takes a while\n",
    );
  });
});
