// A fleet on a real broker over loopback, and on one that throws everybody out.

import { execFile } from "node:child_process";
import { createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import mqtt from "mqtt-packet";
import { type FleetCommandOptions, fleetCommand } from "../../host-sim/cli/commands/fleet.js";
import { Fleet } from "../../host-sim/fleet/fleet.js";
import { givenProfile } from "../../host-sim/fleet/profile.js";
import { nodeTcp } from "../../host-sim/platform/tcp.js";
import { NodeTLS } from "../../host-sim/platform/tls.js";
import { startMosquitto } from "../support/mosquitto.js";
import { describeWith } from "../support/peers.js";

const COMMAND = fileURLToPath(new URL("../../dist/host-sim/cli/main.js", import.meta.url));
const SLOW_MS = 60_000;
const never = new Promise<void>(() => {});

async function fleet(options: Partial<FleetCommandOptions>, env: Record<string, string> = {}) {
  let text = "";
  const around = {
    stdin: process.stdin,
    stdout: (more: string) => {
      text += more;
    },
    stderr: () => {},
    env,
    interrupted: never,
  };
  const all: FleetCommandOptions = {
    ...{
      broker: "mqtt://127.0.0.1:1",
      devices: 1,
      first: 0,
      clientId: "d{index}",
      tokenIn: "password",
      lifetime: 3600,
    },
    ...{ ramp: 500, interval: 1, keepAlive: 60, duration: 3, every: 1, json: true, ...options },
  };
  const failure = await fleetCommand(all, around).then(
    () => undefined,
    (error: Error) => error.message,
  );
  const entries = all.json
    ? text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
  return { text, entries, summary: entries.at(-1), failure };
}

describeWith("mosquitto", "a fleet", () => {
  test(
    "of 200 comes online at the pace of the ramp, publishes, and loses nothing",
    async () => {
      const broker = await startMosquitto();
      try {
        const { entries, summary, failure } = await fleet({
          broker: `mqtt://127.0.0.1:${broker.port}`,
          devices: 200,
          ramp: 150,
        });
        expect(failure).toBeUndefined();
        expect(entries[0]).toMatchObject({ event: "fleet-ready", first: 0, last: 199 });
        const [early] = entries.filter(({ event }) => event === "fleet");
        expect(early.connected).toBeGreaterThan(50);
        expect(early.connected).toBeLessThanOrEqual(160);
        expect(summary).toMatchObject({ event: "summary", ok: true, devices: 200, reached: 200, lost: 0, waiting: 0 });
        expect(summary.acked).toBe(summary.recorded);
        expect(summary.acked).toBeGreaterThan(300);
        expect(summary.pubackP50Ms).toBeGreaterThan(0);
        expect(summary.pubackP99Ms).toBeGreaterThanOrEqual(summary.pubackP50Ms);
      } finally {
        await broker.close();
      }
    },
    SLOW_MS,
  );

  test(
    "in a process of its own tells what a device takes of its memory",
    async () => {
      const broker = await startMosquitto();
      try {
        const args = ["--broker", `mqtt://127.0.0.1:${broker.port}`, "--devices", "200", "--ramp", "200", "--json"];
        // This is a process that has run other tests: it may have the memory for 200 devices already.
        const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, "fleet", ...args, "--duration", "4"]);
        const summary = JSON.parse(stdout.trim().split("\n").at(-1)!);
        expect(summary).toMatchObject({ event: "summary", ok: true, reached: 200 });
        expect(summary.bytesPerDevice).toBeGreaterThan(1_000);
        expect(summary.bytesPerDevice).toBeLessThan(1_000_000);
      } finally {
        await broker.close();
      }
    },
    SLOW_MS,
  );

  test(
    "takes the slice of client ids that its index names, and says so to people too",
    async () => {
      const broker = await startMosquitto();
      try {
        const { text, failure } = await fleet(
          {
            broker: `mqtt://127.0.0.1:${broker.port}`,
            ...{ devices: 5, first: 100, indexFromEnv: "JOB_COMPLETION_INDEX", duration: 2, json: false },
          },
          { JOB_COMPLETION_INDEX: "3" },
        );
        expect(failure).toBeUndefined();
        expect(text).toMatch(/devices 115 to 119 on mqtt:/);
        expect(text).toMatch(/5 connected .*PUBACK p50 .* ms, p99 .* ms/);
        expect(text).toMatch(/5 of 5 came online/);
      } finally {
        await broker.close();
      }
    },
    SLOW_MS,
  );
});

describe("a fleet that cannot do its work", () => {
  test("says which failure it met, and ends with an error", async () => {
    const { entries, failure } = await fleet({ devices: 3, duration: 1 });
    expect(failure).toBe("3 of 3 devices never came online");
    expect(entries.filter(({ event }) => event === "failure")).toHaveLength(1);
    expect(entries.find(({ event }) => event === "failure")).toMatchObject({ code: "tcp-refused" });
    expect(entries.at(-1)).toMatchObject({ event: "summary", ok: false, reached: 0 });
    expect(entries.at(-1)["failed:tcp-refused"]).toBeGreaterThanOrEqual(3);
  });

  test.each([undefined, "", "x", "-1"])("refuses an index that is %p", async (value) => {
    const { failure } = await fleet({ indexFromEnv: "INDEX" }, value === undefined ? {} : { INDEX: value });
    expect(failure).toMatch(/INDEX must hold a number/);
  });

  test("refuses more devices than there can be sockets, and says how to have more", async () => {
    const { failure } = await fleet({ devices: 1e9 });
    expect(failure).toMatch(/raise it with ulimit -n/);
  });
});

test(
  "a broker that throws everybody out sees them come back no faster than the ramp",
  async () => {
    const connects: number[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {});
      const parser = mqtt.parser();
      parser.on("packet", (packet) => {
        if (packet.cmd === "connect") {
          connects.push(performance.now());
          socket.write(mqtt.generate({ cmd: "connack", returnCode: 0, sessionPresent: false }));
        }
        if (packet.cmd === "subscribe") {
          socket.write(mqtt.generate({ cmd: "suback", messageId: packet.messageId!, granted: [1] }));
        }
        if (packet.cmd === "publish") socket.write(mqtt.generate({ cmd: "puback", messageId: packet.messageId! }));
      });
      socket.on("data", (bytes) => parser.parse(bytes));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const [devices, ramp] = [60, 40];
    const fleet = new Fleet({
      ...{ first: 0, devices, ramp, intervalS: 1, keepAliveS: 60, TCP: nodeTcp(), TLS: NodeTLS },
      profile: (index) =>
        givenProfile(
          { host: "127.0.0.1", port },
          { clientId: `d${index}` },
          {
            telemetry: `d${index}/t`,
            commands: `d${index}/c`,
            responses: `d${index}/r`,
          },
        ),
    });
    const until = async (done: () => boolean) => {
      while (!done()) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await until(() => fleet.figures().connected === devices);
    for (const socket of sockets) socket.destroy();
    await until(() => fleet.figures().reconnects === devices);
    await fleet.stop();
    expect(fleet.figures()).toMatchObject({ connected: 0, reconnects: devices, lost: 0, waiting: 0 });
    for (const from of connects) {
      // A slot may be used a little late, when the machine is busy.
      expect(connects.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(ramp * 1.5);
    }
    server.close();
  },
  SLOW_MS,
);
