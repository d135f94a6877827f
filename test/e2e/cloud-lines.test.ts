// The lines that `simkey cloud` prints for other programs, run by those programs as they are printed.

import { type ChildProcess, execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { cloudLines, hostsLine } from "../../host-sim/cli/output/cloud-lines.js";
import { end, line, startIn } from "../support/command.js";
import { describeWith } from "../support/peers.js";

const SLOW_MS = 60_000;
// A blank in it: what is pasted must be quoted.
const home = join(mkdtempSync(join(tmpdir(), "simkey-cloud-")), "my home");
let cloud: ChildProcess;
/** By what each does. */
let lines: Map<string, string>;

beforeAll(async () => {
  cloud = startIn(home, "cloud", "--listen", "127.0.0.1:0");
  const [text] = await line(cloud, /reach it so[\s\S]*etc\/hosts\n.*\n/);
  lines = new Map([...text.matchAll(/^ {2}# (.*)\n {4}(.*)$/gm)].map(([, what, printed]) => [what!, printed!]));
}, SLOW_MS);
afterAll(async () => {
  await end(cloud);
  rmSync(join(home, ".."), { recursive: true, force: true });
});

/** Runs printed lines in one shell; those before the last one in silence. */
function pasted(...names: string[]): Promise<{ code: number; said: string }> {
  const script = names.map((name) => lines.get(name)!).join("\n");
  return new Promise((resolve) => {
    execFile("bash", ["-c", script], { timeout: SLOW_MS }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr }),
    );
  });
}
const NAME = "its user name, for the lines below";

describeWith("curl", "simkey cloud for other programs", () => {
  test("tells who the SIM is", async () => {
    const { code, said } = await pasted("who the SIM is, as JSON");
    expect(code).toBe(0);
    expect(JSON.parse(said)).toMatchObject({
      clientId: "8988280666000000015",
      username: expect.stringContaining("?x-amz-customauthorizer-name=1nce-authorizer"),
    });
  });

  test("takes a message by HTTPS", async () => {
    const { code, said } = await pasted(NAME, "publishes by HTTPS");
    expect([code, said]).toEqual([0, expect.stringContaining('{"message":"OK"')]);
  });
});

describeWith("mosquitto_pub", "simkey cloud for mosquitto", () => {
  test("takes a message by MQTT, by the command of 1NCE's documents", async () => {
    const { code, said } = await pasted(NAME, "publishes by MQTT");
    expect([code, said]).toEqual([0, expect.stringMatching(/received CONNACK \(0\)[\s\S]*sending PUBLISH/)]);
  });
});

describeWith("openssl", "simkey cloud for openssl", () => {
  test("shows a certificate that the root verifies", async () => {
    const { code, said } = await pasted("shows what TLS there is");
    expect([code, said]).toEqual([0, expect.stringContaining("Verification: OK")]);
  });
});

test("its files are there as long as it runs, and the user's alone", () => {
  const files = readdirSync(home).filter((name) => /^(ca|root)-\d+-\d+\.pem$/.test(name));
  expect(files).toHaveLength(2);
  for (const file of files) expect(statSync(join(home, file)).mode & 0o077).toBe(0);
});

describe("the lines", () => {
  const place = {
    ...{ host: "127.0.0.1", port: 8443, iccid: "898", ca: "/h/ca.pem", root: "/h/it's.pem" },
    names: { onboarding: "o.example", endpoint: "e.example" },
  };
  const all = (changes: object) =>
    cloudLines({ ...place, ...changes })
      .map(([each]) => each)
      .join("\n");

  test("name the endpoint by the name that leads there", () => {
    expect(all({})).toContain("mosquitto_pub -h localhost -p 8443");
    expect(all({ host: "0.0.0.0" })).toContain("--resolve o.example:8443:127.0.0.1");
    expect(all({ host: "192.0.2.7" })).toContain("mosquitto_pub -h e.example -p 8443");
    expect(all({ host: "::1" })).toContain("openssl s_client -connect [::1]:8443");
    expect(hostsLine({ ...place, host: "192.0.2.7" })).toBe("192.0.2.7 o.example e.example");
  });

  test("quote what a shell would read otherwise", () => {
    expect(all({})).toContain("--cafile '/h/it'\\''s.pem'");
  });
});
