// The command as a user meets it: a process of its own, its output and its exit code.

import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { CertificateAuthority } from "../../host-sim/cloud/node/ca.js";
import { ONBOARDING_HOST } from "../../host-sim/cloud/onboarding/onboarding.js";
import { end, ended, heard, line, objects, startIn } from "../support/command.js";
import { startMosquitto } from "../support/mosquitto.js";
import { describeWith } from "../support/peers.js";

const SLOW_MS = 60_000;
/** Delays scaled away where the test is not about them. */
const JWT = ["run", "--profile", "jwt", "--client-id", "c", "--broker"];
const QUICK = ["run", "--delay-scale", "0"];

// At once and not in beforeAll, which concurrent tests do not wait for.
const home = mkdtempSync(join(tmpdir(), "simkey-cli-"));
const authority = await CertificateAuthority.create("Somebody else's root CA", Date.now(), "p256");
writeFileSync(join(home, "other.pem"), authority.rootPem);
writeFileSync(join(home, "settings.json"), '{"telemetryIntervall": 5}');
mkdirSync(join(home, "open"));
chmodSync(join(home, "open"), 0o755);
mkdirSync(join(home, "linked"), { mode: 0o700 });
symlinkSync(join(home, "other.pem"), join(home, "linked/kv-token"));
const busy = createServer().listen(0, "127.0.0.1");
await new Promise((resolve) => busy.once("listening", resolve));
afterAll(() => {
  busy.close();
  rmSync(home, { recursive: true, force: true });
});

function start(...args: string[]): ChildProcess {
  return startIn(home, ...args);
}

const sequencesOf = (stdout: string) =>
  objects(stdout).flatMap(({ event, seq }) => (event === "recorded" ? [Number(seq)] : []));

describe("a run with everything simulated", () => {
  test(
    "ends by itself with a summary after five acknowledged messages and an answered command",
    async () => {
      const { code, stdout, stderr } = await ended(start(...QUICK, "--json"));
      expect([code, stderr]).toEqual([0, ""]);
      const entries = objects(stdout);
      const summary = entries.at(-1)!;
      expect(summary).toMatchObject({
        event: "summary",
        ok: true,
        received: 1,
        answered: 1,
        lost: 0,
        onboardings: 1,
        reconnects: 0,
      });
      expect(summary.acked).toBeGreaterThanOrEqual(6);
      for (const field of ["recorded", "uartTxBytes", "uartRxBytes", "airTxBytes", "airRxBytes", "firstPubackMs"]) {
        expect(summary[field]).toBeGreaterThan(0);
      }
      for (const entry of entries) expect(entry).toMatchObject({ t: expect.any(Number), event: expect.any(String) });
    },
    SLOW_MS,
  );

  test(
    "shows people a timeline, and the AT exchange on demand, but never the token",
    async () => {
      const { code, stdout } = await ended(start(...QUICK, "--trace", "at"));
      expect(code).toBe(0);
      expect(stdout).toMatch(/s {2}onboarded .*username \d+ bytes \[…\]/);
      expect(stdout).toMatch(/s {2}at +> AT\+CAOPEN=/);
      expect(stdout).toMatch(/Done after/);
      expect(stdout).not.toMatch(/x-amz-customauthorizer|eyJ/);
    },
    SLOW_MS,
  );

  test(
    "goes on in the outbox where the one before ended, and gets a token from the new cloud",
    async () => {
      const twice = [...QUICK, "--json", "--messages", "1", "--state", join(home, "state")];
      const first = await ended(start(...twice));
      expect([first.code, first.stderr]).toEqual([0, ""]);
      const second = await ended(start(...twice));
      expect([second.code, second.stderr]).toEqual([0, ""]);
      const last = Math.max(...sequencesOf(first.stdout));
      expect(Math.min(...sequencesOf(second.stdout))).toBe(last + 1);
      expect(objects(second.stdout).at(-1)).toMatchObject({ ok: true, lost: 0, onboardings: 1 });
    },
    2 * SLOW_MS,
  );
});

describe("every way to a cloud", () => {
  test.concurrent.each<[string, string[]]>([
    ["1NCE by WebSocket", ["--transport", "ws"]],
    ["1NCE by HTTPS publish, 1NCE's form", ["--transport", "https"]],
    ["1NCE by HTTPS publish, parameters in headers", ["--transport", "https", "--publish-form", "headers"]],
    ["1NCE by HTTPS publish, parameters in the query", ["--transport", "https", "--publish-form", "query"]],
    ["Google's dialect by MQTT", ["--profile", "google"]],
    ["Google's dialect by HTTPS", ["--profile", "google", "--transport", "https"]],
    ["ClearBlade by MQTT", ["--profile", "clearblade"]],
    ["ClearBlade by HTTPS", ["--profile", "clearblade", "--transport", "https"]],
  ])(
    "%s",
    async (_what, args) => {
      const { code, stdout, stderr } = await ended(start(...QUICK, ...args, "--json"));
      expect([code, stderr]).toEqual([0, ""]);
      expect(objects(stdout).at(-1)).toMatchObject({ event: "summary", ok: true, lost: 0, onboardings: 1 });
    },
    SLOW_MS,
  );
});

describeWith("mosquitto", "a broker that the user names", () => {
  test.concurrent(
    "is reached on loopback with a token of the device's own",
    async () => {
      const broker = await startMosquitto();
      const key = join(home, "device.pem");
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      writeFileSync(key, privateKey.export({ type: "sec1", format: "pem" }));
      const way = [
        "--profile",
        "jwt",
        "--broker",
        `mqtt://127.0.0.1:${broker.port}`,
        "--key",
        key,
        "--client-id",
        "device-1",
      ];
      try {
        const { code, stdout, stderr } = await ended(start(...QUICK, ...way, "--json"));
        expect([code, stderr]).toEqual([0, ""]);
        expect(objects(stdout).at(-1)).toMatchObject({ event: "summary", ok: true, acked: 5, lost: 0 });
      } finally {
        await broker.close();
      }
    },
    SLOW_MS,
  );
});

test.concurrent(
  "a modem that goes away ends the run at once, and the summary is the last line",
  async () => {
    const place = mkdtempSync(join(home, "away-"));
    const modem = startIn(place, "modem", "--listen", "127.0.0.1:0", "--delay-scale", "0");
    const [, port] = await line(modem, /powered on, at 127\.0\.0\.1:(\d+)/);
    const run = startIn(place, "run", "--modem", `tcp:127.0.0.1:${port}`, "--json", "--messages", "100");
    const over = ended(run);
    await line(run, /"event":"acked"/);
    await end(modem);
    const { code, stdout, stderr } = await over;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^simkey: .*\[serial-lost\]: start the modem again/);
    expect(objects(stdout).at(-1)).toMatchObject({ event: "summary", ok: false });
  },
  SLOW_MS,
);

describe("modem and firmware as two processes", () => {
  test(
    "a run reaches a modem on a TCP port, and its cloud behind it",
    async () => {
      const modem = start("modem", "--listen", "127.0.0.1:0", "--delay-scale", "0");
      try {
        const [, port] = await line(modem, /powered on, at 127\.0\.0\.1:(\d+)/);
        const { code, stdout, stderr } = await ended(start("run", "--modem", `tcp:127.0.0.1:${port}`, "--json"));
        expect([code, stderr]).toEqual([0, ""]);
        expect(objects(stdout).at(-1)).toMatchObject({ event: "summary", ok: true, answered: 1 });
      } finally {
        await end(modem);
      }
    },
    SLOW_MS,
  );

  test(
    "a second modem and its cloud leave the first one's CA alone, and nothing behind",
    async () => {
      const place = mkdtempSync(join(home, "two-"));
      const files = () => readdirSync(place).filter((name) => name.endsWith(".pem"));
      const modem = () => startIn(place, "modem", "--listen", "127.0.0.1:0", "--delay-scale", "0");
      const first = modem();
      try {
        const [, port] = await line(first, /powered on, at 127\.0\.0\.1:(\d+)/);
        const [file] = files();
        const content = readFileSync(join(place, file!), "utf8");
        const second = modem();
        const [, other] = await line(second, /powered on, at 127\.0\.0\.1:(\d+)/);
        expect(files()).toHaveLength(2);
        const run = (to: string) => ended(startIn(place, "run", "--modem", `tcp:127.0.0.1:${to}`, "--messages", "1"));
        expect((await run(other!)).code).toBe(0);
        await end(second);
        expect(files()).toEqual([file]);
        expect(readFileSync(join(place, file!), "utf8")).toBe(content);
        expect((await run(port!)).code).toBe(0);
      } finally {
        await end(first);
      }
      expect(files()).toEqual([]);
    },
    SLOW_MS,
  );

  test(
    "the cloud may be a third process",
    async () => {
      const cloud = start("cloud", "--listen", "127.0.0.1:0");
      const [, address] = await line(cloud, /simulated cloud at (127\.0\.0\.1:\d+)/);
      const modem = start("modem", "--listen", "127.0.0.1:0", "--delay-scale", "0", "--cloud", address!);
      try {
        const [, port] = await line(modem, /powered on, at 127\.0\.0\.1:(\d+)/);
        const { code } = await ended(start("run", "--modem", `tcp:127.0.0.1:${port}`));
        expect(code).toBe(0);
      } finally {
        await Promise.all([end(modem), end(cloud)]);
      }
    },
    SLOW_MS,
  );
});

describeWith("socat", "a modem on a serial port", () => {
  /** A pty with a simulated modem behind it, and the file of its cloud's root. */
  async function onPty(name: string, work: (port: string, ca: string) => Promise<void>): Promise<void> {
    const place = mkdtempSync(join(home, `${name}-`));
    const modem = startIn(place, "modem", "--listen", "127.0.0.1:0", "--delay-scale", "0");
    let cable: ChildProcess | undefined;
    try {
      const [, , ca, port] = await line(
        modem,
        /simulated cloud at (\S+); its root is (\S+)\n[\s\S]*powered on, at 127\.0\.0\.1:(\d+)/,
      );
      const pty = join(place, "modem.tty");
      cable = spawn("socat", ["-d", "-d", `pty,raw,echo=0,link=${pty}`, `tcp:127.0.0.1:${port}`]);
      await heard(cable.stderr!, /starting data transfer/);
      await work(`serial:${pty}@115200`, ca!);
    } finally {
      if (cable) await end(cable);
      await end(modem);
    }
  }

  test.concurrent(
    "runs the same journey over a pty",
    () =>
      onPty("run", async (modem, ca) => {
        const { code, stdout, stderr } = await ended(start("run", "--modem", modem, "--ca", ca, "--json"));
        expect([code, stderr]).toEqual([0, ""]);
        expect(objects(stdout).at(-1)).toMatchObject({ event: "summary", ok: true, answered: 1 });
      }),
    SLOW_MS,
  );

  test.concurrent(
    "is asked by hand, and shown to the doctor",
    () =>
      onPty("ask", async (modem, ca) => {
        const console = start("at", "--modem", modem);
        const answer = line(console, /\d{19}\r\n\r\nOK/);
        console.stdin!.end("AT+CCID\n");
        await answer;
        await ended(console);
        const { code, stdout } = await ended(start("doctor", "--modem", modem, "--ca", ca, "--json"));
        const checks = objects(stdout).filter(({ event }) => event === "check");
        expect([code, checks.length, checks.every(({ ok }) => ok)]).toEqual([0, 9, true]);
      }),
    SLOW_MS,
  );
});

describe("the doctor", () => {
  test.concurrent(
    "walks from power to TLS and finds all well",
    async () => {
      const { code, stdout } = await ended(
        start("doctor", "--delay-scale", "0", "--endpoint", ONBOARDING_HOST, "--json"),
      );
      expect(code).toBe(0);
      const checks = objects(stdout).filter(({ event }) => event === "check");
      expect(checks.map(({ check }) => check)).toEqual([
        "power",
        "modem",
        "sim",
        "registration",
        "pdp",
        "signal",
        "time",
        "dns",
        "tls",
        "endpoint",
      ]);
      expect(checks.every(({ ok }) => ok === true)).toBe(true);
      // node:tls gives tickets unless it is told not to.
      for (const { text } of checks.slice(-2)) expect(text).toMatch(/leads to a known root; it gave a session ticket/);
    },
    SLOW_MS,
  );

  test.concurrent.each<[string, RegExp]>([
    ["no-sim", /^simkey: sim: .*\[sim-missing\]: insert the SIM/],
    ["registration-denied", /^simkey: registration: .*active/],
    ["wrong-ca=onboarding", /^simkey: tls: .*\[tls-untrusted\]/],
  ])(
    "says at which check and why: %s",
    async (fault, message) => {
      const { code, stderr } = await ended(start("doctor", "--delay-scale", "0", "--fault", fault));
      expect([code, stderr.trimEnd().split("\n").length]).toEqual([1, 1]);
      expect(stderr).toMatch(message);
    },
    SLOW_MS,
  );
});

test.concurrent(
  "the AT console sends what is typed and shows what comes",
  async () => {
    const console = start("at");
    const answer = line(console, /\+CCID|\d{19}\r\n\r\nOK/);
    console.stdin!.end("AT+CCID\n");
    await expect(answer).resolves.toBeDefined();
    expect((await ended(console)).code).toBe(0);
  },
  SLOW_MS,
);

test.concurrent(
  "a modem's radio takes the time it is given",
  async () => {
    const lastByte = { heard: (_at: number) => {} };
    const server = createServer((socket) => {
      let left = 1000;
      socket.on("data", ({ length }) => {
        left -= length;
        if (left === 0) lastByte.heard(performance.now());
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port: behind } = server.address() as { port: number };
    const radio = ["--latency", "200", "--bandwidth", "1000", "--dial", `desk.example=127.0.0.1:${behind}`];
    const modem = start("modem", "--listen", "127.0.0.1:0", "--delay-scale", "0", ...radio);
    try {
      const [, port] = await line(modem, /powered on, at 127\.0\.0\.1:(\d+)/);
      const uart = connect(Number(port), "127.0.0.1");
      const at = (command: string, answer: RegExp) => {
        const answered = heard(uart, answer);
        uart.write(command);
        return answered;
      };
      await at("ATE0\rAT+CNACT=0,1\r", /0,ACTIVE/);
      const begin = performance.now();
      await at('AT+CAOPEN=0,0,"TCP","desk.example",443\r', /\+CAOPEN: 0,0/);
      const opened = performance.now();
      // A round trip; then a second's bytes, and one way.
      expect(opened - begin).toBeGreaterThan(390);
      const arrived = new Promise<number>((resolve) => {
        lastByte.heard = resolve;
      });
      await at("AT+CASEND=0,1000\r", />/);
      uart.write("x".repeat(1000));
      expect((await arrived) - opened).toBeGreaterThan(1_150);
      uart.destroy();
    } finally {
      await end(modem);
      server.close();
    }
  },
  SLOW_MS,
);

describeWith("nc", "a terminal at the modem's port", () => {
  test(
    "gets an answer to AT+CSQ",
    async () => {
      const modem = start("modem", "--listen", "127.0.0.1:0", "--delay-scale", "0");
      try {
        const [, port] = await line(modem, /powered on, at 127\.0\.0\.1:(\d+)/);
        const terminal = spawn("nc", ["-C", "127.0.0.1", port!]);
        const answer = line(terminal, /\+CSQ: \d+,\d+\r\n\r\nOK\r\n/);
        terminal.stdin.write("AT+CSQ\n");
        await expect(answer).resolves.toBeDefined();
        await end(terminal);
      } finally {
        await end(modem);
      }
    },
    SLOW_MS,
  );
});

describe("what goes wrong ends in one line that says what to do, and the right exit code", () => {
  test.concurrent.each<[string, number, RegExp, string[]]>([
    ["a wrong CA at the broker", 1, /\[tls-untrusted\]: .*--ca/, [...QUICK, "--fault", "wrong-ca"]],
    ["a CA file that is another's", 1, /\[tls-untrusted\]: .*--ca/, [...QUICK, "--ca", "HOME/other.pem"]],
    ["a server that refuses ALPN mqtt", 1, /\[tls-alpn\]: .*443/, [...QUICK, "--fault", "wrong-alpn"]],
    ["a server that selects no ALPN", 1, /\[tls-alpn\]: .*443/, [...QUICK, "--fault", "wrong-alpn=none"]],
    ["a certificate for another host", 1, /\[tls-name\]: .*host/, [...QUICK, "--fault", "wrong-name"]],
    [
      "a host name that leads nowhere",
      1,
      /\[socket-dns\]: .*spelling/,
      [...QUICK, "--onboarding", "https://nowhere.example"],
    ],
    ["an expired token", 1, /\[mqtt-refused\]: .*token/, [...QUICK, "--fault", "expired-token"]],
    ["404 from onboarding", 1, /404.*1NCE's portal/, [...QUICK, "--fault", "onboarding-status=404"]],
    ["no SIM", 1, /\[sim-missing\]: insert/, [...QUICK, "--fault", "no-sim"]],
    ["a time limit", 1, /not done within 1 s \(--timeout\)/, ["run", "--timeout", "1"]],
    [
      "nobody at the modem's port",
      1,
      /nothing listens at 127\.0\.0\.1:1; start it first/,
      ["run", "--modem", "tcp:127.0.0.1:1"],
    ],
    ["a port in use", 1, /is in use; choose another port with --listen/, ["modem", "--listen", "127.0.0.1:BUSY"]],
    [
      "a port in use by the cloud",
      1,
      /is in use; choose another port with --listen/,
      ["cloud", "--listen", "127.0.0.1:BUSY"],
    ],
    ["an unknown option", 2, /no option --frobnicate; see simkey run --help/, ["run", "--frobnicate"]],
    ["an unknown command", 2, /no command "frobnicate"; see simkey --help/, ["frobnicate"]],
    ["an unknown fault", 2, /no fault "gremlins"; simkey run --help tells all/, ["run", "--fault", "gremlins"]],
    ["a state with a number of times", 2, /fault no-sim lasts while it is set/, ["run", "--fault", "no-sim*2"]],
    ["a file that is not there", 2, /--ca: .*missing\.pem does not exist/, ["run", "--ca", "HOME/missing.pem"]],
    ["a file where a directory is needed", 2, /--state: .*other\.pem is a file/, ["run", "--state", "HOME/other.pem"]],
    ["a place where no directory can be made", 2, /--state: \/proc\/x cannot be made/, ["run", "--state", "/proc/x"]],
    // Node's recursive mkdir tries for ever there.
    ["a place where no project can be made", 2, /<path>: \/proc\/x cannot be made/, ["new", "/proc/x/y"]],
    ["a directory that is open to others", 2, /--state: .* chmod 700/, ["run", "--state", "HOME/open"]],
    ["a link in place of a file", 2, /--state: .*kv-token is a symbolic link/, ["run", "--state", "HOME/linked"]],
    ["a file that is a directory", 2, /--config: .*simkey-cli-.* is a directory/, ["run", "--config", "HOME"]],
    ["a file without a certificate", 2, /holds no certificate/, ["run", "--ca", "HOME/settings.json"]],
    ["an expired certificate", 1, /\[tls-expired\]: .*clock/, [...QUICK, "--fault", "expired-certificate"]],
    ["a certificate of tomorrow", 1, /\[tls-not-yet-valid\]: .*clock/, [...QUICK, "--fault", "early-certificate"]],
    [
      "a setting that is none",
      2,
      /unknown setting "telemetryIntervall"; did you mean telemetryIntervalS\?; simkey settings shows all/,
      ["run", "--config", "HOME/settings.json"],
    ],
    ["a cloud that is none", 2, /no such cloud; known: 1nce, google, clearblade, jwt/, ["run", "--profile", "azure"]],
    [
      "a transport that its cloud does not know",
      2,
      /the cloud google knows mqtt and https, not ws/,
      ["run", "--profile", "google", "--transport", "ws"],
    ],
    ["a profile without what it needs", 2, /--profile jwt needs --broker/, ["run", "--profile", "jwt"]],
    [
      "a token in clear to another machine",
      2,
      /not sent to .* in clear/,
      [...JWT, "mqtt://broker.example:1883", "--key", "HOME/settings.json"],
    ],
    [
      "a key that is none",
      2,
      /--key: the file holds no private key/,
      [...JWT, "mqtt://127.0.0.1:1", "--key", "HOME/settings.json"],
    ],
    ["a number out of range", 2, /--messages must be a whole number from 1/, ["run", "--messages", "0"]],
    ["an address that is none", 2, /must be HOST:PORT/, ["cloud", "--listen", "nowhere"]],
  ])(
    "%s",
    async (_what, code, message, args) => {
      const { port } = busy.address() as { port: number };
      const result = await ended(start(...args.map((arg) => arg.replace("HOME", home).replace("BUSY", String(port)))));
      expect(result.code).toBe(code);
      const lines = result.stderr.trimEnd().split("\n");
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^simkey: /);
      expect(lines[0]).toMatch(message);
    },
    SLOW_MS,
  );
});

test("--help names every command and exits with 0", async () => {
  const { code, stdout } = await ended(start("--help"));
  expect(code).toBe(0);
  for (const command of ["run", "modem", "cloud", "at", "doctor"])
    expect(stdout).toMatch(new RegExp(`^ +${command} `, "m"));
});
