// A run on a terminal: its prompt answers, and so does `simkey send` from another one.

import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, test } from "@jest/globals";
import { askAt, openDoor } from "../../../host-sim/cli/parts/door.js";
import { COMMAND } from "../../support/command.js";
import { simkey } from "../../support/in-process.js";
import { describeWith } from "../../support/peers.js";
import { Vt } from "../../support/vt.js";

const SLOW_MS = 60_000;
const home = mkdtempSync(join(tmpdir(), "simkey-live-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const QUICK = ["run", "--delay-scale", "0", "--messages", "2"];

/** A run on a terminal that is typed at. */
function onTerminal(env: Record<string, string>, ...args: string[]) {
  const vt = new Vt(80);
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { columns: 80, isTTY: true });
  let text = "";
  const waiting: { pattern: RegExp; settle: () => void }[] = [];
  output.on("data", (bytes) => {
    vt.write(String(bytes));
    text += String(bytes);
    for (const each of waiting) if (each.pattern.test(text)) each.settle();
  });
  const screen = { columns: () => 80, colour: false, typed: { input, output, interrupt: () => {} } };
  const ended = simkey([...QUICK, ...args], env, "", screen);
  return {
    vt,
    ended,
    /** Types a line, and waits for what it leads to. */
    type: (line: string, pattern: RegExp) => {
      text = "";
      const shown = new Promise<void>((settle) => waiting.push({ pattern, settle }));
      input.write(line);
      return shown;
    },
  };
}

test(
  "what is typed is answered, and the run goes on until it is told to end",
  async () => {
    const env = { SIMKEY_HOME: join(home, "typed") };
    const { vt, ended, type } = onTerminal(env);
    await type("", /PUBACK for #1/);
    await type("ping\r", /J {2}\{"id":"wish-1","ok":true,"uptime":\d+\}/);
    await type("signal -101\r", / {2}ok/);
    await type("state\r", /"rssi":-101/);
    await type('{"cmd":"status"}\r', /"id":"wish-2","ok":true/);
    await type("pnig\r", /did you mean ping\?/);
    // More than it was to wait for.
    await type("", /PUBACK for #([6-9]|\d\d)/);
    expect(vt.rows.at(-1)).toBe(">");
    expect(vt.rows.at(-2)).toMatch(/^online · LTE-M -74 dBm · \d+ of \d+ acknowledged · \d+ s/);
    await type("quit\r", /ending/);
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([0, ""]);
    expect(vt.rows.join("\n")).toMatch(/\n {2}Done after [\d.]+ s\n/);
    expect(vt.rows.filter((row) => row.startsWith("online ·"))).toEqual([]);
    const history = join(home, "typed/history");
    expect(readFileSync(history, "utf8")).toBe('quit\npnig\n{"cmd":"status"}\nstate\nsignal -101\nping\n');
    expect(statSync(history).mode & 0o777).toBe(0o600);
  },
  SLOW_MS,
);

test(
  "simkey send asks a run for the same; its door is in a file of the user's alone, and gone with it",
  async () => {
    const env = { SIMKEY_HOME: join(home, "sent") };
    const ended = simkey([...QUICK, "--messages", "4"], env);
    const file = join(home, `sent/run-${process.pid}.door`);
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    while ((await simkey(["send", "ping"], env)).code !== 0) await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await simkey(["send", "ping"], env)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\{"id":"wish-\d+","ok":true,"uptime":\d+\}\n$/),
    });
    expect(await simkey(["send", "signal", "-110"], env)).toEqual({ code: 0, stdout: "ok\n", stderr: "" });
    expect((await simkey(["send", "--to", String(process.pid), "state"], env)).stdout).toContain('"rssi":-110');
    expect(await simkey(["send", "pnig"], env)).toEqual({
      ...{ code: 1, stdout: "" },
      stderr: 'simkey: there is no "pnig"; did you mean ping?; help tells what can be asked\n',
    });
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/ s {2}asked +signal, by simkey send\n/);
    expect(readdirSync(join(home, "sent"))).toEqual([]);
  },
  SLOW_MS,
);

describe("simkey send", () => {
  test("says so where no run is on, or more than one", async () => {
    const env = { SIMKEY_HOME: join(home, "several") };
    expect((await simkey(["send", "ping"], env)).stderr).toBe(
      "simkey: no run with a simulated modem is on; start one with simkey run\n",
    );
    mkdirSync(join(home, "several"), { mode: 0o700 });
    for (const pid of [process.pid, process.ppid])
      writeFileSync(join(home, `several/run-${pid}.door`), '{"port":1,"token":"t"}', { mode: 0o600 });
    // One that has died leaves none.
    writeFileSync(join(home, "several/run-4194999.door"), '{"port":1,"token":"t"}', { mode: 0o600 });
    const { code, stderr } = await simkey(["send", "ping"], env);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^simkey: several runs are on: name one with --to, of \d+, \d+\n$/);
    expect((await simkey(["send", "--to", "7", "ping"], env)).stderr).toMatch(/there is no run 7; those that are on: /);
    expect(await simkey(["send", "--to", String(process.pid), "ping"], env)).toMatchObject({
      code: 1,
      stderr: `simkey: the run ${process.pid} does not answer; it may have ended\n`,
    });
    expect((await simkey(["send"], env)).stderr).toMatch(/^simkey: <words> is missing: what is asked/);
  });
});

describe("the door of a run", () => {
  test.each<[what: string, line: (token: string) => string]>([
    ["another token", () => JSON.stringify({ token: "0".repeat(32), line: "ping" })],
    ["no token", () => JSON.stringify({ line: "ping" })],
    ["a token that is no text", () => JSON.stringify({ token: { length: 32 }, line: "ping" })],
    ["a page that has found the port", () => "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
    ["a line without an end", (token) => JSON.stringify({ token, line: "x".repeat(40_000) }).slice(0, -2)],
  ])("is shut to %s", async (_what, line) => {
    const heard: string[] = [];
    const door = await openDoor(async (asked) => {
      heard.push(asked);
      return { ok: true, lines: [] };
    });
    const guest = connect(door.port, "127.0.0.1");
    guest.on("error", () => {});
    guest.write(`${line(door.token)}\n`);
    const said: Buffer[] = [];
    guest.on("data", (bytes) => said.push(bytes));
    await new Promise((resolve) => guest.once("close", resolve));
    expect([heard, said]).toEqual([[], []]);
    door.close();
  });

  test("opens to the token, to each guest once", async () => {
    const door = await openDoor(async (asked) => ({ ok: true, lines: [asked.toUpperCase()] }));
    expect(await askAt(door, "ping")).toEqual({ ok: true, lines: ["PING"] });
    expect(await askAt(door, "pong")).toEqual({ ok: true, lines: ["PONG"] });
    door.close();
    await expect(askAt(door, "ping")).rejects.toThrow("does not answer");
  });
});

describeWith("script", "on a real terminal", () => {
  test(
    "the prompt answers, Ctrl-C ends in order, and colours are as NO_COLOR wants them",
    async () => {
      const run = `'${process.execPath}' '${COMMAND}' ${QUICK.join(" ")} --messages 1000`;
      const child = spawn("script", ["-qefc", run, "/dev/null"], {
        env: { ...process.env, TERM: "xterm", NO_COLOR: "1", SIMKEY_HOME: join(home, "pty") },
      });
      let text = "";
      child.stdout.on("data", (bytes) => {
        text += bytes;
      });
      const said = async (pattern: RegExp) => {
        while (!pattern.test(text)) await new Promise((resolve) => setTimeout(resolve, 50));
      };
      await said(/PUBACK for #1/);
      child.stdin.write("ping\r");
      await said(/\{"id":"wish-1","ok":true/);
      child.stdin.write("\u0003");
      const code = await new Promise((resolve) => child.once("close", resolve));
      expect(code).toBe(130);
      expect(text).toMatch(/simkey: ending…[\s\S]*Not done after/);
      // No colour; but the prompt is drawn.
      expect(text).not.toMatch(/\u001b\[3\dm/);
      expect(text).toMatch(/\u001b\[0?J/);
    },
    SLOW_MS,
  );
});
