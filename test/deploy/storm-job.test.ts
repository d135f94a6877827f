// deploy/storm-job.yaml: a Job that Kubernetes takes, whose pods run commands that simkey takes, and leave what it joins.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { JOB_SCHEMA } from "./job-schema.js";

const YAML = readFileSync("deploy/storm-job.yaml", "utf8");
const job = parse(YAML);
const [container] = job.spec.template.spec.containers;
const check = new Ajv({ strict: false, allErrors: true }).compile(JOB_SCHEMA);
const folder = mkdtempSync(join(tmpdir(), "simkey-storm-job-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The Job's command as one pod runs it, with fewer seeds, in a folder of this machine. */
function pod(index: number): string[] {
  const here: Readonly<Record<string, string>> = {
    "--seeds": "2",
    "--hours": "1",
    "--threads": "0",
    "--resume": join(folder, "storm-{index}.jsonl"),
  };
  const args = (container.args as string[]).map((arg) => {
    const [name] = arg.split("=", 1) as [string];
    return name in here ? `${name}=${here[name]}` : arg;
  });
  expect(args.filter((arg, i) => arg !== container.args[i])).toHaveLength(Object.keys(here).length);
  return [String(index), ...args];
}

function simkey([index, ...args]: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, JOB_COMPLETION_INDEX: index };
  return new Promise((settle) => {
    execFile(process.execPath, [resolve("dist/host-sim/cli/main.js"), ...args], { env }, (error, stdout, stderr) =>
      settle({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const lastOf = (stdout: string) => JSON.parse(stdout.trimEnd().split("\n").at(-1)!);

describe("the storm's Job", () => {
  test("keeps the schema, and mounts what its pods write to", () => {
    expect(check(job) ? [] : check.errors).toEqual([]);
    const [{ mountPath }] = container.volumeMounts;
    expect(container.args.join(" ")).toContain(`--resume=${mountPath}/`);
  });

  test("does as four pods what one process does, once their results are joined", async () => {
    const pods = await Promise.all([0, 1, 2, 3].map((index) => simkey(pod(index))));
    expect(pods.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(4).fill({ code: 0, stderr: "" }));
    const merged = await simkey(["", "storm", "--merge", folder, "--json"]);
    expect(merged).toMatchObject({ code: 0, stderr: "" });
    const alone = await simkey(["", "storm", "--seeds", "8", "--hours", "1", "--threads", "0", "--json"]);
    const { t: _, deviceDaysPerMinute: __, ...whole } = lastOf(alone.stdout);
    expect(lastOf(merged.stdout)).toMatchObject({ ...whole, seeds: 8, ok: true });
  }, 120_000);

  test("fails a pod for good whose seeds broke a promise, and lets one go on that was moved", () => {
    const { restartPolicy } = job.spec.template.spec;
    // Both are conditions of the API's for a policy by index.
    expect([restartPolicy, job.spec.backoffLimitPerIndex]).toEqual(["Never", expect.any(Number)]);
    const names = job.spec.podFailurePolicy.rules.map((rule: Record<string, { containerName?: string }>) => [
      rule.action,
      rule.onExitCodes?.containerName ?? container.name,
    ]);
    expect(names).toEqual([
      ["Ignore", container.name],
      ["FailIndex", container.name],
    ]);
  });

  test("says which seeds are missing where a pod has left nothing", async () => {
    rmSync(join(folder, "storm-2.jsonl"));
    const { code, stderr } = await simkey(["", "storm", "--merge", folder]);
    expect(code).toBe(1);
    expect(stderr).toContain("2 seeds are missing, the first is 5");
    // A slice at the end is missed where it is said how many there must be.
    rmSync(join(folder, "storm-3.jsonl"));
    expect(await simkey(["", "storm", "--merge", folder])).toMatchObject({ code: 0 });
    const fewer = await simkey(["", "storm", "--merge", folder, "--seeds", "8"]);
    expect(fewer).toMatchObject({ code: 1, stderr: expect.stringContaining("4 seeds are missing, the first is 5") });
  });

  test.each([
    ["no folder", "/nowhere", "--merge /nowhere is no folder"],
    ["a folder without results", tmpdir(), "there are no results (*.jsonl) in it"],
  ])("%s is wrong usage", async (_, where, message) => {
    const { code, stderr } = await simkey(["", "storm", "--merge", where]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
