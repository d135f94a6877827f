// What went wrong at the modem is named wherever the failure shows: in the device's log, at the end of a run, by the doctor.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { Faults } from "../../host-sim/modem/faults.js";
import { started } from "../support/desk.js";

const COMMAND = join(process.cwd(), "dist/host-sim/cli/main.js");
const home = mkdtempSync(join(tmpdir(), "simkey-cause-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The first failure of a device whose modem has this fault. */
async function firstFailure(fault: string) {
  const desk = started({ seed: 3, modem: { faults: new Faults([fault]) }, settings: { telemetryIntervalS: 10 } });
  await desk.run(() => desk.named("failure").length > 0, 600_000);
  return desk.named("failure")[0];
}

describe("the device's log", () => {
  test("of a CASEND that is refused within a handshake", async () => {
    expect(await firstFailure("casend-refused")).toMatchObject({
      code: "tls-closed",
      cause: "at-cme",
      message: expect.stringMatching(
        /^the connection ended within the handshake: .*CASEND.*: \+CME ERROR: Invalid input value$/,
      ),
    });
  });

  test("of a CASEND that takes its bytes and fails", async () => {
    expect(await firstFailure("casend-error")).toMatchObject({
      code: "tls-closed",
      message: expect.stringContaining("+CME ERROR: Operation failed"),
    });
  });

  test("of a modem that dies as it opens a connection: the advice is to reset it", async () => {
    expect(await firstFailure("caopen-freeze")).toMatchObject({
      code: "socket-timeout",
      cause: "at-timeout",
      advice: "reset-modem",
      message: expect.stringMatching(/stopped answering.*AT\+CASTATE\?: no answer/),
    });
  });

  test("of a PDP context that is lost within a handshake", async () => {
    expect(await firstFailure("pdp-drop=100")).toMatchObject({
      code: "pdp-lost",
      message: expect.stringContaining("the network took the IP address away"),
    });
  });
});

/** What the command says on stderr in the end. */
function lastWords(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, ...args], { env: { ...process.env, SIMKEY_HOME: home } });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  return new Promise((resolve) => child.once("close", () => resolve(said)));
}

describe.each([["run", "--timeout", "14"], ["doctor"]])("simkey %s", (...args) => {
  test("ends with a line that names what the modem said", async () => {
    const line = await lastWords(...args, "--delay-scale", "0", "--fault", "casend-refused*9999");
    expect(line.trim().split("\n")).toHaveLength(1);
    expect(line).toMatch(
      /the connection ended within the handshake: .*CASEND.*: \+CME ERROR: Invalid input value \[tls-closed\]/,
    );
  }, 60_000);
});
