// `simkey storm` as a program: its lines, its summary, its exit codes, on two threads.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { drawTrial, type Trial } from "../../host-sim/storm/trial.js";

const MAIN = resolve("dist/host-sim/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "simkey-storm-"));

afterAll(() => rmSync(folder, { recursive: true }));

function storm(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((settle) => {
    execFile(process.execPath, [MAIN, "storm", ...args], { cwd: folder }, (error, stdout, stderr) => {
      settle({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const lines = (stdout: string) =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("simkey storm", () => {
  test("--json tells of each seed and ends with a summary; results kept are not run again", async () => {
    const args = ["--seeds", "3", "--hours", "1", "--seed", "100", "--json", "--resume", "results.jsonl"];
    const { code, stdout } = await storm(...args);
    expect(code).toBe(0);
    const told = lines(stdout);
    expect(told.slice(0, -1).map(({ event, ok }) => [event, ok])).toEqual(Array(3).fill(["seed", true]));
    const summary = told.at(-1);
    expect(summary).toMatchObject({ event: "summary", ok: true, seeds: 3, failedSeeds: 0, lost: 0 });
    for (const name of ["t", "recorded", "acked", "received", "onboardings", "reconnects", "firstPubackMs"]) {
      expect(summary[name]).toEqual(expect.any(Number));
    }
    const again = lines((await storm(...args)).stdout);
    expect(again).toHaveLength(1);
    expect(again[0]).toMatchObject({ recorded: summary.recorded, acked: summary.acked });
  }, 60_000);

  test("a broken promise ends with exit code 1, a story, and the few faults that are enough", async () => {
    // Nobody can switch this modem on again.
    const drawn = drawTrial(7, 2);
    const fatal = { at: 3_600_000, fault: "modem-power-loss", duration: 0 };
    const trial: Trial = { ...drawn, setup: { ...drawn.setup, powerKey: false }, faults: [...drawn.faults, fatal] };
    trial.faults.sort((a, b) => a.at - b.at);
    writeFileSync(join(folder, "trial.json"), JSON.stringify(trial));
    const { code, stdout, stderr } = await storm("--schedule", "trial.json", "--shrink");
    expect(code).toBe(1);
    expect(stderr).toBe("simkey: 1 of 1 seeds broke a promise; see above\n");
    expect(stdout).toContain(
      "recovers: Wherever no fault lasts, a record is acknowledged within ten minutes of the last one's end",
    );
    expect(stdout).toContain("*** modem-power-loss begins");
    expect(stdout).toContain(`1 of its ${trial.faults.length} faults are enough`);
    expect(JSON.parse(readFileSync(join(folder, "storm-7.json"), "utf8")).faults).toEqual([fatal]);
    expect((await storm("--schedule", "storm-7.json")).code).toBe(1);
  }, 60_000);

  test("of an app says how much of it was tried, and what was not", async () => {
    const app = resolve("dist/host-sim/storm/app.js");
    const { code, stdout } = await storm("--app", app, "--seeds", "1", "--hours", "1", "--seed", "9");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}app {9}\d+ samples asked for, \d+ given; /m);
    expect(stdout).toMatch(/^ {2}commands {4}led: \d+ sent, 0 carried out, 0 answered$/m);
    expect(stdout).toMatch(
      /^ {2}nothing was seen of:\n {4}the command led, .*with the transport https no command comes/m,
    );
    const json = await storm("--app", app, "--seeds", "1", "--hours", "1", "--seed", "1", "--json");
    expect(lines(json.stdout).at(-1)).toMatchObject({
      event: "summary",
      app: { samples: expect.any(Number), hearing: 1, untried: expect.any(Array) },
    });
  }, 60_000);

  test.each([
    ["a file that is not there", ["--schedule", "nowhere.json"], /nowhere\.json does not exist/],
    ["a file that is no trial", ["--schedule", "results.jsonl"], /this is no trial/],
    ["no hours", ["--hours", "0"], /--hours must be a whole number from 1/],
  ])("%s is wrong usage", async (_, args, message) => {
    const { code, stderr } = await storm(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
