// The broker of eclipse/paho.mqtt.testing, which closes on each violation of the standard. It is not installed by anything:
// PAHO_MQTT_TESTING names a checkout of the repository; it needs Python 3.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "@jest/globals";
import { connect } from "../../firmware/cloud/connect.js";
import { nodeClock } from "../../host-sim/platform/clock.js";
import { nodeRandom } from "../../host-sim/platform/system.js";
import { nodeTcp } from "../../host-sim/platform/tcp.js";
import { NodeTLS } from "../../host-sim/platform/tls.js";
import { freePort } from "../support/mosquitto.js";
import { journeys } from "./journeys.js";

const CHECKOUT = process.env.PAHO_MQTT_TESTING;

function described(checkout: string): void {
  let broker: ChildProcess;
  let port = 0;
  const directory = mkdtempSync(join(tmpdir(), "simkey-paho-"));
  beforeAll(async () => {
    port = await freePort();
    const config = join(directory, "broker.conf");
    // Its option --port is ignored: the listener stands in the file.
    writeFileSync(config, `loglevel error\nlistener ${port} 127.0.0.1\n`);
    broker = spawn("python3", ["startbroker.py", "-c", config], {
      cwd: join(checkout, "interoperability"),
      stdio: "ignore",
      // It prints topics.
      env: { ...process.env, PYTHONUTF8: "1" },
    });
    await answering(port, broker);
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => broker.once("exit", resolve));
    broker.kill("SIGKILL");
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });

  const io = { TCP: nodeTcp(), TLS: NodeTLS, clock: nodeClock("system"), random: nodeRandom };
  journeys(() => connect({ host: "127.0.0.1", port }, io), { unicode: true, shared: true });
}

function answering(port: number, broker: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    broker.once("exit", (code) => reject(new Error(`the broker ended with ${code}`)));
    const knock = () => {
      const socket = dial(port, "127.0.0.1", () => {
        socket.destroy();
        resolve();
      });
      socket.on("error", () => setTimeout(knock, 50));
    };
    knock();
  });
}

describe("paho.mqtt.testing", () => {
  if (CHECKOUT) described(CHECKOUT);
  else test("is not tried: PAHO_MQTT_TESTING names no checkout", () => {});
});
