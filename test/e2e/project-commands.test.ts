// The commands of a project, as its owner meets them. Its app is JavaScript and imports nothing, so that every Node reads it.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const COMMAND = join(process.cwd(), "dist/host-sim/cli/main.js");
const SLOW_MS = 90_000;
const QUICK = ["--delay-scale", "0", "--json", "--trace", "cloud"];

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simkey-owner-"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "simkey.json"), '{ "app": "./app.js", "settings": { "limit": 7 } }');
  app(1);
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Saves the app. @param version what each record tells @param file left out: the project's */
function app(version: number, file = "app.js"): void {
  writeFileSync(
    join(folder, file),
    `export const settings = { limit: { default: 5, range: [1, 9], unit: "steps", help: "how far it goes" } };
     export const commands = { go: { help: "goes", args: { steps: { range: [1, 9] } }, run: ({ steps }) => ({ steps }) } };
     export const start = (ctx) => ({ sample: () => ({ version: ${version}, limit: ctx.settings.limit }) });`,
  );
}

function start(...args: string[]): ChildProcess {
  const { MODDABLE: _, ...env } = process.env;
  child = spawn(process.execPath, [COMMAND, ...args], { cwd: folder, env: { ...env, SIMKEY_HOME: folder } });
  return child;
}

async function ended(running: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const said = { stdout: "", stderr: "" };
  running.stdout!.on("data", (text) => {
    said.stdout += text;
  });
  running.stderr!.on("data", (text) => {
    said.stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => running.once("close", resolve));
  return { code, ...said };
}

/** What the app says in the records that the cloud takes, one after the other. */
async function* told(running: ChildProcess): AsyncGenerator<Record<string, unknown>> {
  for await (const line of createInterface({ input: running.stdout! })) {
    const said = /\/telemetry (\{.*\})$/.exec(String((JSON.parse(line) as { text?: string }).text))?.[1];
    if (said !== undefined) yield (JSON.parse(said) as { app: Record<string, unknown> }).app;
  }
}

test(
  "simkey run takes the app and the settings of the folder, and the cloud's commands from the line",
  async () => {
    const go = ['{"cmd":"go","steps":3}', '{"cmd":"go","steps":10}'].flatMap((text) => ["--command", text]);
    const { code, stdout } = await ended(start("run", ...QUICK, "--messages", "1", ...go));
    expect(code).toBe(0);
    expect(stdout).toContain('\\"app\\":{\\"version\\":1,\\"limit\\":7}');
    expect(stdout).toContain('{\\"id\\":\\"1\\",\\"ok\\":true,\\"steps\\":3}');
    expect(stdout).toContain('{\\"id\\":\\"2\\",\\"ok\\":false,\\"error\\":\\"bad-argument\\"');
  },
  SLOW_MS,
);

test(
  "simkey run --watch begins anew when the app is saved, until it is told to end",
  async () => {
    const running = start("run", ...QUICK, "--watch");
    const records = told(running);
    expect((await records.next()).value).toEqual({ version: 1, limit: 7 });
    for (const version of [2, 3, 4]) {
      // As most editors save: another file takes the place of the one that was there.
      app(version, "app.js~");
      renameSync(join(folder, "app.js~"), join(folder, "app.js"));
      for (;;) if ((await records.next()).value?.version === version) break;
    }
    running.kill("SIGTERM");
    expect(await new Promise((resolve) => running.once("close", resolve))).toBe(143);
  },
  SLOW_MS,
);

test.each<[args: string[], code: number, said: RegExp]>([
  [
    ["settings", "limit"],
    0,
    /^limit\n {4}how far it goes\n {4}a whole number from 1 to 9 \(steps\); default: 5; in simkey\.json: 7; .*, cloud \(.*\)\n$/,
  ],
  [["settings", "limt"], 2, /^simkey: there is no setting "limt"; did you mean limit\?; simkey settings shows all\n$/],
  [["settings", "nothing"], 2, /^simkey: there is no setting "nothing"; simkey settings shows all\n$/],
  [["build", "esp32"], 1, /^simkey: MODDABLE is not set: /],
  [["build", "toaster"], 2, /^simkey: <board> must be one of esp32, .*lin, not "toaster"\n$/],
  [["run", "--app", "none.js"], 2, /^simkey: the app .*none\.js is not there; check the path\n$/],
  [["storm", "--app", "none.js"], 2, /^simkey: the app .*none\.js is not there; check the path\n$/],
  [["run", "--command", "go"], 2, /^simkey: --command must be JSON such as /],
  [["new", "."], 2, /is there already|is no name of a package/],
])("simkey %j ends with code %i in one line that says what to do", async (args, code, said) => {
  const result = await ended(start(...args));
  expect(result.code).toBe(code);
  expect(code === 0 ? result.stdout : result.stderr).toMatch(said);
});

test(
  "simkey storm storms the app of the folder on threads, and results of another app do not count",
  async () => {
    const storm = ["storm", "--hours", "1", "--seeds", "2", "--resume", "results.jsonl", "--json"];
    const digests = async (...args: string[]) => {
      const { code, stdout, stderr } = await ended(start(...storm, ...args));
      const lines = stdout.split("\n").filter((line) => line !== "");
      const seeds = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "seed");
      return { code, stderr, digests: seeds.map(({ digest }) => digest as string).sort() };
    };
    const first = await digests();
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.digests).toHaveLength(2);
    app(2);
    const other = await digests();
    expect(other).toMatchObject({ code: 2, digests: [] });
    expect(other.stderr).toMatch(/^simkey: --resume results\.jsonl: its seeds ran other code, or another app /);
    const anew = await digests("--resume", "others.jsonl", "--app", "app.js");
    expect(anew.code).toBe(0);
    expect(anew.digests).toHaveLength(2);
    expect(anew.digests).not.toEqual(first.digests);
    writeFileSync(join(folder, "simkey.json"), '{ "app": "./app.js", "settings": { "limit": 70 } }');
    expect((await digests()).stderr).toMatch(/^simkey: setting "limit" must be a whole number from 1 to 9 /);
  },
  SLOW_MS,
);

test("settings that the app does not have are refused before anything is built or run", async () => {
  writeFileSync(join(folder, "simkey.json"), '{ "app": "./app.js", "settings": { "limit": 70 } }');
  for (const command of [["build"], ["run"], ["settings", "limit"]]) {
    const { code, stderr } = await ended(start(...command));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^simkey: setting "limit" must be a whole number from 1 to 9 \(steps\)/);
  }
  writeFileSync(join(folder, "simkey.json"), '{ "app": "./app.js", "settings": { "limt": 7 } }');
  expect(await ended(start("settings", "apn"))).toMatchObject({
    code: 2,
    stderr: 'simkey: unknown setting "limt"; did you mean limit?; simkey settings shows all\n',
  });
});
