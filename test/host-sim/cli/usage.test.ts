// What makes no sense on the command line is said once, in one line, with what may be meant.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { FAULTS as CLOUD } from "../../../host-sim/cloud/faults.js";
import { FAULTS as MODEM } from "../../../host-sim/modem/faults.js";
import { simkey } from "../../support/in-process.js";

const folder = mkdtempSync(join(tmpdir(), "simkey-usage-"));
writeFileSync(join(folder, "README.md"), "# No key\n");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RUN = ["run", "--fault"];

describe("wrong usage ends with code 2 and this line", () => {
  test.each<[args: string[], line: string]>([
    [["run", "--messages", "0"], '--messages must be a whole number from 1 to 1000000, not "0"'],
    [["run", "--transport", "htps"], '--transport must be one of mqtt, ws, https, not "htps"; did you mean https?'],
    [["run", "--profile", "azure"], "--profile: no such cloud; known: 1nce, google, clearblade, jwt"],
    [["run", "--fautl", "x"], "there is no option --fautl; did you mean --fault?; see simkey run --help"],
    [["run", "--board", "x"], "there is no option --board; the board stands in simkey.json; see simkey run --help"],
    [
      ["set", "telemetryIntervalS", "5"],
      'there is no command "set"; settings stand in simkey.json, as "settings": {"telemetryIntervalS": 30}, or in a file for simkey run --config; see simkey --help',
    ],
    [["run", "more"], "run takes no argument, and here is one; see simkey run --help"],
    [["rnu"], 'there is no command "rnu"; did you mean run?; see simkey --help'],
    [["events", "onlin"], 'no event is called "onlin"; did you mean online?; simkey events lists all'],
    [["settings", "anp"], 'there is no setting "anp"; did you mean apn?; simkey settings shows all'],
    [["new"], "<path> is missing: folder to be made; its last part is the project's name; see simkey new --help"],
    [
      ["keygen", "--out"],
      "--out needs its <file>: where to write the private key (mode 600); never over another file; see simkey keygen --help",
    ],
    [
      ["keygen"],
      "--out <file> is missing: where to write the private key (mode 600); never over another file; see simkey keygen --help",
    ],
    [["keygen", "--out", "k", "--alg", "ES265"], '--alg must be one of ES256, RS256, not "ES265"; did you mean ES256?'],
    [["token", "--key", "FOLDER/README.md"], "--key: the file is not a key: it is neither PEM nor DER nor a JWK"],
    [
      ["run", "--modem", "serial:X@abc"],
      '--modem serial:X@abc: the speed behind @ must be 300 to 4000000 bits a second, such as 115200, not "abc"',
    ],
    [
      ["at", "--modem", "serial:X@9"],
      '--modem serial:X@9: the speed behind @ must be 300 to 4000000 bits a second, such as 115200, not "9"',
    ],
    [[...RUN, "wrongca"], 'there is no fault "wrongca"; did you mean wrong-ca?; simkey run --help tells all'],
    [[...RUN, "gremlins"], 'there is no fault "gremlins"; simkey run --help tells all'],
    [
      ["cloud", "--fault", "wrongca"],
      'there is no fault "wrongca"; did you mean wrong-ca?; simkey run --help tells all',
    ],
    [[...RUN, "late=99999999"], 'fault late: MS must be 0 to 1000000, not "99999999"'],
    [[...RUN, "late="], 'fault late: MS must be 0 to 1000000, not ""'],
    [[...RUN, "sim-pin=12"], 'fault sim-pin: PIN must be 4 to 8 digits, not "12"'],
    [[...RUN, "no-sim=1"], "fault no-sim takes no value"],
    [[...RUN, "restart=1*0"], "fault restart: *TIMES must be 1 to 999999"],
    [[...RUN, "wrong-ca*0"], "fault wrong-ca: *TIMES must be 1 to 999999"],
    [[...RUN, "wrong-ca=me"], 'fault wrong-ca takes broker|onboarding, not "me"'],
    [[...RUN, "broker-drops=abc"], 'fault broker-drops takes SECONDS, 0 to 999999, not "abc"'],
    [[...RUN, "onboarding-slow=0"], 'fault onboarding-slow takes MS, 1 to 999999, not "0"'],
    [[...RUN, "no-puback=1"], "fault no-puback takes no value"],
  ])("%j", async (args, line) => {
    const { code, stdout, stderr } = await simkey(args.map((arg) => arg.replace("FOLDER", folder)));
    expect([code, stdout, stderr]).toEqual([2, "", `simkey: ${line}\n`]);
  });
});

describe("an option that would do nothing is refused", () => {
  test.each<[args: string[], line: string]>([
    [["--publish-form", "headers"], "--publish-form goes with --profile 1nce --transport https"],
    [["--publish-form", "1nce", "--transport", "ws"], "--publish-form goes with --profile 1nce --transport https"],
    [
      ["--profile", "google", "--transport", "https", "--publish-form", "query"],
      "--publish-form goes with --profile 1nce --transport https",
    ],
    [["--audience", "a"], "--audience goes with --profile jwt"],
    [["--profile", "google", "--alpn", "mqtt"], "--alpn goes with --profile jwt"],
    [
      ["--lifetime", "60"],
      "--lifetime goes with --profile google, clearblade or jwt: with 1nce the SIM is the identity",
    ],
    [["--profile", "google", "--onboarding", "https://x.example"], "--onboarding goes with --profile 1nce"],
    [
      ["--command", '{"cmd":"ping"}', "--transport", "https"],
      "--command goes with a simulated cloud of this run (--modem sim, no --broker) and a transport that hears commands (mqtt, ws)",
    ],
    [["--modem", "tcp:127.0.0.1:1", "--delay-scale", "0"], "--delay-scale goes with --modem sim"],
  ])("%j", async (args, line) => {
    const { code, stdout, stderr } = await simkey(["run", ...args]);
    expect([code, stdout, stderr]).toEqual([2, "", `simkey: ${line}\n`]);
  });
});

test("help states the default of each fault that takes a value", () => {
  for (const { name, value, help } of [...MODEM, ...CLOUD])
    if (value !== undefined) expect([name, help]).toEqual([name, expect.stringMatching(/ Default \S+\./)]);
});

describe("an error comes one time", () => {
  const count = (text: string, part: string) => text.split(part).length - 1;

  test.each<[what: string, args: string[], part: string]>([
    ["of a run that ends at its first failure", ["run", "--fault", "no-sim"], "no SIM card is inserted"],
    ["of the doctor's walk", ["doctor", "--fault", "no-sim"], "no SIM card is inserted"],
  ])("%s", async (_what, args, part) => {
    const { code, stdout, stderr } = await simkey([...args, "--delay-scale", "0"]);
    expect(code).toBe(1);
    expect(count(stdout + stderr, part)).toBe(1);
    expect(stderr).toMatch(/^simkey: .*\n$/);
  });

  test("and where it came before, once each time, the last time with what to do", async () => {
    const { stdout, stderr } = await simkey(["run", "--delay-scale", "0", "--fault", "wrong-ca"]);
    const part = "UNABLE_TO_GET_ISSUER_CERT_LOCALLY";
    expect([count(stdout, part), count(stderr, part)]).toEqual([1, 1]);
    expect(stdout).toMatch(/\n {2}Not done after \d\.\d s\n/);
    expect(stderr).toContain("[tls-untrusted]: the server's certificate comes from another CA: check --ca");
  });
});

test("without delays a run takes no time for the boot of a modem", async () => {
  const { code, stdout } = await simkey(["run", "--delay-scale", "0", "--messages", "1", "--json"]);
  const entries = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect([code, entries.at(-1).ok]).toEqual([0, true]);
  // The waits of the firmware for a modem that is off: 7 s of the 13 that a run took.
  const stages = entries.flatMap(({ event, stage }) => (event === "stage" ? [stage] : []));
  expect(stages).not.toContain("power");
});
