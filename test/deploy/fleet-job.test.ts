// deploy/fleet-job.yaml: a Job that Kubernetes takes, whose pods run commands that simkey takes.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { CertificateAuthority } from "../../host-sim/cloud/node/ca.js";
import { startMosquitto } from "../support/mosquitto.js";
import { describeWith } from "../support/peers.js";
import { JOB_SCHEMA } from "./job-schema.js";

const YAML = readFileSync("deploy/fleet-job.yaml", "utf8");
const job = parse(YAML);
const [container] = job.spec.template.spec.containers;
const check = new Ajv({ strict: false, allErrors: true }).compile(JOB_SCHEMA);
const complaints = (candidate: unknown) =>
  check(candidate) ? [] : check.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);

const home = mkdtempSync(join(tmpdir(), "simkey-job-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("the Job", () => {
  test("keeps the schema", () => {
    expect(complaints(job)).toEqual([]);
  });

  test.each<[string, string, string]>([
    ["a misspelt field", "completionMode:", "completionmode:"],
    ["a number as a text", "parallelism: 10", "parallelism: ten"],
    ["a policy that Jobs do not know", "restartPolicy: Never", "restartPolicy: Always"],
    ["a quantity that is none", "memory: 512Mi", "memory: 512 MB"],
    ["another kind", "kind: Job", "kind: CronJob"],
    ["a name that is none", "name: simkey-fleet\n", "name: Simkey_Fleet\n"],
    ["no containers", "containers:", "initContainers:"],
  ])("would not with %s", (_what, right, wrong) => {
    expect(YAML).toContain(right);
    expect(complaints(parse(YAML.replace(right, wrong)))).not.toEqual([]);
  });

  test("runs all indexes at once, mounts what it names, and leaves its devices time to end", () => {
    const { spec } = job.spec.template;
    expect(job.spec.parallelism).toBe(job.spec.completions);
    expect(container.volumeMounts.map(({ name }: { name: string }) => name).sort()).toEqual(
      spec.volumes.map(({ name }: { name: string }) => name).sort(),
    );
    for (const { mountPath } of container.volumeMounts) expect(container.args.join(" ")).toContain(`=${mountPath}/`);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(20);
  });
});

describeWith("mosquitto", "the Job's command", () => {
  test("comes online as the slice that its pod's index names", async () => {
    const authority = await CertificateAuthority.create("Fleet root", Date.now(), "p256");
    const { chainPem, keyPem } = await authority.serverIdentity(["localhost"]);
    writeFileSync(join(home, "ca.pem"), authority.rootPem);
    writeFileSync(join(home, "key.pem"), keyPem);
    const broker = await startMosquitto({ certPem: chainPem, keyPem });
    try {
      const here: Readonly<Record<string, string | number>> = {
        "--broker": `mqtts://localhost:${broker.tlsPort}`,
        "--ca": join(home, "ca.pem"),
        "--key": join(home, "key.pem"),
        ...{ "--devices": 3, "--interval": 1, "--duration": 3, "--every": 1 },
      };
      const args = container.args.map((arg: string) => {
        const [name] = arg.split("=", 1) as [string];
        return name in here ? `${name}=${here[name]}` : arg;
      });
      expect(args.filter((arg: string, i: number) => arg !== container.args[i])).toHaveLength(Object.keys(here).length);
      const pod = spawn(process.execPath, ["dist/host-sim/cli/main.js", ...args], {
        env: { ...process.env, JOB_COMPLETION_INDEX: "2" },
      });
      const said = { stdout: "", stderr: "" };
      pod.stdout.on("data", (text) => {
        said.stdout += text;
      });
      pod.stderr.on("data", (text) => {
        said.stderr += text;
      });
      const code = await new Promise((resolve) => pod.once("close", resolve));
      expect([code, said.stderr]).toEqual([0, ""]);
      const entries = said.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(entries[0]).toMatchObject({ event: "fleet-ready", first: 6, last: 8 });
      expect(entries.at(-1)).toMatchObject({ event: "summary", ok: true, reached: 3, lost: 0, waiting: 0 });
    } finally {
      await broker.close();
    }
  }, 60_000);
});
