// How the command's process ends: by signals, by a time limit, by a reader that has gone.

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { COMMAND, ended, line, objects, startIn } from "../support/command.js";

const SLOW_MS = 60_000;
const home = mkdtempSync(join(tmpdir(), "simkey-ending-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

describe.each(SIGNALS)("%s", (signal, expected) => {
  test.concurrent.each<[string, string[], RegExp]>([
    ["a run, which says how far it came", ["run", "--messages", "100"], / s {2}probe /],
    ["a cloud", ["cloud", "--listen", "127.0.0.1:0"], /simulated cloud at/],
    ["a modem", ["modem", "--listen", "127.0.0.1:0"], /powered on/],
  ])(
    "ends %s",
    async (_what, args, ready) => {
      const child = startIn(home, ...args);
      const over = ended(child);
      await line(child, ready);
      child.kill(signal);
      const { code, stdout, stderr } = await over;
      expect([code, stderr]).toEqual([expected, "simkey: ending…\n"]);
      if (args[0] === "run") expect(stdout).toMatch(/Not done after/);
    },
    SLOW_MS,
  );

  test.concurrent(
    "ends at once what has nothing to end in order",
    async () => {
      const child = startIn(home, "doctor", "--delay-scale", "100");
      const over = ended(child);
      await line(child, /modem-ready/);
      child.kill(signal);
      const { code, stderr } = await over;
      expect([code, stderr]).toEqual([expected, ""]);
    },
    SLOW_MS,
  );
});

test.concurrent(
  "one that another command has begun ends without a word: the other one has said it",
  async () => {
    const env = { ...process.env, SIMKEY_HOME: home, SIMKEY_WITHIN: "1" };
    const child = spawn(process.execPath, [COMMAND, "modem", "--listen", "127.0.0.1:0"], { env });
    const over = ended(child);
    await line(child, /powered on/);
    child.kill("SIGTERM");
    expect(await over).toMatchObject({ code: 143, stderr: "" });
  },
  SLOW_MS,
);

test.concurrent(
  "a second signal ends it at once; one that npm has only passed on is no second one",
  async () => {
    // So slow a radio that an orderly end, up to 5 s, takes its time.
    const child = startIn(home, "run", "--delay-scale", "100");
    const over = ended(child);
    await line(child, / s {2}power /);
    child.kill("SIGINT");
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    const { code, stdout, stderr } = await over;
    expect([code, stderr]).toEqual([130, "simkey: ending…\n"]);
    // What an orderly end would say.
    expect(stdout).not.toContain("Not done");
  },
  SLOW_MS,
);

test.concurrent(
  "--timeout 1 ends a run soon behind it",
  async () => {
    const child = startIn(home, "run", "--timeout", "1", "--json");
    const over = ended(child);
    const { code, stdout } = await over;
    const { ok, t } = objects(stdout).at(-1)!;
    expect([code, ok]).toEqual([1, false]);
    // On an idle machine it is 1.2 s; it was 6 s, whatever the machine.
    expect(t).toBeLessThan(5_000);
  },
  SLOW_MS,
);

const shell = (script: string) =>
  new Promise<string>((resolve) => {
    execFile("bash", ["-c", script, "bash", process.execPath, COMMAND], (_error, stdout) => resolve(stdout));
  });

test.concurrent.each<[string, string, number]>([
  // Its next line would come after 3 s, and the end after a day.
  ["run", "--messages 100000 --timeout 86400", 2],
  ["cloud", "--listen 127.0.0.1:0", 1],
  ["modem", "--commands", 1],
])(
  "simkey %s into head ends as head does",
  async (command, args, lines) => {
    const stdout = await shell(`"$1" "$2" ${command} ${args} | head -n ${lines}; exit \${PIPESTATUS[0]}`);
    expect(stdout.trimEnd().split("\n")).toHaveLength(lines);
  },
  SLOW_MS,
);

test("its output goes on where the reader stays", async () => {
  const child = spawn("bash", ["-c", `"$1" "$2" run --delay-scale 0 --json | cat`, "bash", process.execPath, COMMAND]);
  const { stdout } = await ended(child);
  expect(JSON.parse(stdout.trimEnd().split("\n").at(-1)!)).toMatchObject({ event: "summary", ok: true });
});
