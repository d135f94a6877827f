// `simkey rollout` against brokers of other makes. The devices answer from within the broker, or as another of its clients.

import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Aedes } from "aedes";
import { main } from "../../../host-sim/cli/main.js";
import { CertificateAuthority } from "../../../host-sim/cloud/node/ca.js";
import { OperatorLink } from "../../../host-sim/update/operator-link.js";
import { simkey } from "../../support/in-process.js";
import { type Mosquitto, startMosquitto } from "../../support/mosquitto.js";
import { describeWith } from "../../support/peers.js";

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const MANIFEST = `${part({ alg: "ES256", kid: "r" })}.${part({ seq: 7 })}.c2ln`;
const NAMES = Array.from({ length: 20 }, (_, i) => `8988228000000000${String(i).padStart(3, "0")}`);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simkey-rollout-"));
  writeFileSync(join(folder, "m.jws"), `${MANIFEST}\n`);
  writeFileSync(join(folder, "devices"), `# a fleet\n${NAMES.join("\n")}\n\n`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const argsFor = (broker: string, ...more: string[]) => [
  ...["rollout", join(folder, "m.jws"), "--devices", join(folder, "devices"), "--broker", broker, "--json", ...more],
];
const entries = (stdout: string) =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("against aedes", () => {
  let broker: Aedes;
  let server: Server;
  let url: string;
  /** Devices that were told, in order; topics that a message is kept for; what each device says when it is told. */
  let told: string[];
  let kept: Set<string>;
  let says: (name: string, nth: number) => object[];
  beforeAll(async () => {
    broker = await Aedes.createBroker();
    broker.on("publish", ({ topic, payload, retain }) => {
      if (retain && payload.length === 0) kept.delete(topic);
      else if (retain) kept.add(topic);
      const [name = "", last] = topic.split("/update");
      if (last !== "" || payload.length === 0 || name.startsWith("$SYS")) return;
      expect(payload.toString()).toBe(MANIFEST);
      told.push(name);
      for (const report of says(name, told.length)) {
        broker.publish(
          {
            ...{ cmd: "publish", topic: `${name}/update/state`, payload: Buffer.from(JSON.stringify(report)) },
            ...{ qos: 1, retain: false, dup: false },
          },
          () => {},
        );
      }
    });
    server = createServer(broker.handle).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    server.close();
  });
  beforeEach(() => {
    told = [];
    kept = new Set();
    says = () => ["accepted", "trial", "confirmed"].map((state) => ({ update: 7, state }));
  });
  test("a fleet that confirms is told in three stages, and the command ends with 0", async () => {
    const { code, stdout, stderr } = await simkey(argsFor(url));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(entries(stdout).filter(({ event }) => event === "stage")).toMatchObject([
      { stage: 1, devices: 1 },
      { stage: 2, devices: 5 },
      { stage: 3, devices: 20 },
    ]);
    expect([...told].sort()).toEqual(NAMES);
    expect(entries(stdout).at(-1)).toMatchObject({ event: "summary", verdict: "done", confirmed: 20, failed: 0 });
    // Once more: everybody has it, nobody is told again.
    expect((await simkey(argsFor(url))).code).toBe(0);
    expect(told).toHaveLength(20);
  });

  test("failures stop it within their stage, and what is retained for the others is taken back", async () => {
    says = (_name, nth) =>
      nth === 3
        ? [{ update: 7, state: "rolled-back", reason: "update-health" }]
        : nth > 3
          ? []
          : [{ update: 7, state: "confirmed" }];
    const { code, stdout, stderr } = await simkey(argsFor(url, "--stages", "10,50,100"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^simkey: stopped: more than 5 % failed \(1 of 10\); no more devices are told\n$/);
    expect(entries(stdout).at(-1)).toMatchObject({
      ...{ verdict: "stopped", told: 10, confirmed: 2, failed: 1, open: 7, reasons: [["update-health", 1]] },
    });
    expect([...kept].sort()).toEqual(
      told
        .slice(0, 2)
        .map((name) => `${name}/update`)
        .sort(),
    );
    // It stays stopped.
    expect((await simkey(argsFor(url, "--stages", "10,50,100"))).code).toBe(1);
    expect(told).toHaveLength(10);
  });

  test("interrupted, it keeps its state, and goes on where it ended", async () => {
    let interrupt = () => {};
    const interrupted = new Promise<void>((resolve) => {
      interrupt = resolve;
    });
    says = (_name, nth) => {
      if (nth === 5) interrupt();
      return nth < 5 ? [{ update: 7, state: "confirmed" }] : [];
    };
    const said = { stderr: "" };
    const around = { stdin: process.stdin, stdout: () => {}, env: {}, interrupted };
    const code = await main(argsFor(url, "--stages", "20,100"), {
      ...around,
      stderr: (text) => {
        said.stderr += text;
      },
    });
    expect(code).toBe(1);
    expect(said.stderr).toMatch(/not over yet; the same command goes on from here/);
    const state = JSON.parse(readFileSync(join(folder, "m.jws.rollout.json"), "utf8"));
    expect(state).toMatchObject({ seq: 7, stage: 1 });
    const before = told.length;
    says = () => [{ update: 7, state: "confirmed" }];
    // Those who were told say their last word once somebody listens.
    const late = setInterval(() => {
      for (const name of told)
        broker.publish(
          {
            ...{
              cmd: "publish",
              topic: `${name}/update/state`,
              payload: Buffer.from('{"update":7,"state":"confirmed"}'),
            },
            ...{ qos: 0, retain: false, dup: false },
          },
          () => {},
        );
    }, 50);
    expect((await simkey(argsFor(url, "--stages", "20,100"))).code).toBe(0);
    clearInterval(late);
    expect(new Set(told)).toEqual(new Set(NAMES));
    expect(told.length - before).toBe(20 - before);
  });

  test("a connection that is lost is made anew, and who was not told is told then", async () => {
    let connections = 0;
    // The first connection ends with the first message, before any PUBACK.
    const flaky = createServer((socket) => {
      const inner = connect(Number(new URL(url).port), "127.0.0.1");
      const isFirst = connections++ === 0;
      for (const [from, to] of [
        [socket, inner],
        [inner, socket],
      ] as const) {
        from.on("error", () => {});
        from.on("close", () => to.destroy());
      }
      inner.pipe(socket);
      socket.on("data", (bytes) => {
        if (isFirst && bytes.includes("/update", 0, "latin1") && bytes.includes(MANIFEST, 0, "latin1"))
          socket.destroy();
        else inner.write(bytes);
      });
    }).listen(0, "127.0.0.1");
    await once(flaky, "listening");
    const { code, stdout } = await simkey(argsFor(`mqtt://127.0.0.1:${(flaky.address() as AddressInfo).port}`));
    flaky.close();
    expect(code).toBe(0);
    // The third ends the session.
    expect(connections).toBe(3);
    expect(entries(stdout)).toContainEqual(expect.objectContaining({ event: "lost" }));
    expect(new Set(told)).toEqual(new Set(NAMES));
  });

  test.each<[what: string, args: string[], said: RegExp]>([
    ["stages that do not rise", ["--stages", "50,25,100"], /--stages must rise to 100, as 5,25,100 does/],
    ["stages that do not reach everybody", ["--stages", "5,25"], /--stages must rise to 100/],
    ["a topic without a device", ["--topic", "all/update"], /--topic must hold \{device\}/],
    ["a root for clear text", ["--ca", "x"], /--ca, --cert, --cert-key and --alpn go with mqtts/],
    ["a password without a name", ["--password-file", "x"], /--password-file needs --username/],
  ])("%s: refused in one line", async (_what, args, said) => {
    const { code, stderr } = await simkey(argsFor(url, ...args));
    expect({ code, lines: stderr.trim().split("\n").length }).toEqual({ code: 2, lines: 1 });
    expect(stderr).toMatch(said);
  });

  test("a device twice, a name that would reach others, no manifest, another's state: refused", async () => {
    const refused = async (said: RegExp) => {
      const { code, stderr } = await simkey(argsFor(url));
      expect(code).toBe(2);
      expect(stderr).toMatch(said);
    };
    writeFileSync(
      join(folder, "m.jws.rollout.json"),
      JSON.stringify({ seq: 6, manifest: "other", stage: 0, waitedMs: 0, devices: [] }),
    );
    await refused(/the state is that of another manifest, of release 6; choose another with --state/);
    writeFileSync(join(folder, "m.jws.rollout.json"), "{");
    await refused(/is not the state of a rollout/);
    writeFileSync(join(folder, "devices"), "898822\n898822\n");
    await refused(/has 898822 twice/);
    writeFileSync(join(folder, "devices"), "+\n");
    await refused(/"\+" is no name of a device/);
    writeFileSync(join(folder, "devices"), "898822\n");
    writeFileSync(join(folder, "m.jws"), "nothing");
    await refused(/MANIFEST: not a manifest/);
  });

  test("a password goes to no other machine in clear", async () => {
    writeFileSync(join(folder, "password"), "secret\n");
    const { code, stderr } = await simkey(
      argsFor("mqtt://broker.test:1883", "--username", "u", "--password-file", join(folder, "password")),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/no secret is sent to broker\.test in clear/);
    expect(stderr).not.toContain("secret\n");
  });
});

test("a broker that is not there is told in one line", async () => {
  const { code, stderr } = await simkey(argsFor("mqtt://127.0.0.1:1"));
  expect(code).toBe(1);
  expect(stderr).toMatch(/nothing listens at 127\.0\.0\.1:1|ECONNREFUSED/);
});

describeWith("mosquitto", "against mosquitto over TLS", () => {
  let broker: Mosquitto;
  let authority: CertificateAuthority;
  let other: CertificateAuthority;
  beforeAll(async () => {
    authority = await CertificateAuthority.create("Test root CA", Date.now(), "p256");
    other = await CertificateAuthority.create("Other root CA", Date.now(), "p256");
    const { chainPem, keyPem } = await authority.serverIdentity(["localhost"]);
    broker = await startMosquitto({ certPem: chainPem, keyPem });
  });
  afterAll(() => broker?.close());

  test("a fleet is told, and only by a broker that the root leads to", async () => {
    writeFileSync(join(folder, "ca.pem"), authority.rootPem);
    writeFileSync(join(folder, "other.pem"), other.rootPem);
    const url = `mqtts://localhost:${broker.tlsPort}`;
    const wrong = await simkey(argsFor(url, "--ca", join(folder, "other.pem")));
    expect(wrong).toMatchObject({ code: 1, stdout: expect.not.stringContaining("told") });
    const fleet = await OperatorLink.open({
      ...{ host: "127.0.0.1", port: broker.port, clientId: "fleet", keepAliveS: 60 },
      onClosed: () => {},
      onMessage: (topic) =>
        void fleet.publish(`${topic}/state`, '{"update":7,"state":"confirmed"}', false).catch(() => {}),
    });
    await fleet.subscribe("+/update");
    const { code, stdout, stderr } = await simkey(argsFor(url, "--ca", join(folder, "ca.pem")));
    fleet.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(entries(stdout).at(-1)).toMatchObject({ verdict: "done", told: 20, confirmed: 20 });
  });

  test("what devices report while it is interrupted waits for it at the broker", async () => {
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const interrupt = { now: () => {} };
    const interrupted = new Promise<void>((resolve) => {
      interrupt.now = resolve;
    });
    const told: string[] = [];
    let everybody = () => {};
    const isTold = new Promise<void>((resolve) => {
      everybody = resolve;
    });
    const fleet = await OperatorLink.open({
      ...{ host: "127.0.0.1", port: broker.port, clientId: "fleet-2", keepAliveS: 60 },
      onClosed: () => {},
      onMessage: (topic) => told.push(topic) === NAMES.length && everybody(),
    });
    await fleet.subscribe("away/+/update");
    const args = argsFor(url, "--stages", "100", "--topic", "away/{device}/update", "--no-retain");
    const code = await main(args, {
      ...{ stdin: process.stdin, stderr: () => {}, env: {}, interrupted },
      stdout: (text) => text.includes('"told"') && interrupt.now(),
    });
    expect(code).toBe(1);
    await isTold;
    for (const topic of told) await fleet.publish(`${topic}/state`, '{"update":7,"state":"confirmed"}', false);
    const after = await simkey(args);
    expect(after.code).toBe(0);
    expect(entries(after.stdout).at(-1)).toMatchObject({ verdict: "done", confirmed: 20 });
    fleet.close();
    expect(told).toHaveLength(20);
  });
});
