// The whole firmware through the simulated modem, over real sockets and real TLS, to a broker that is not ours.

import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import mqtt from "mqtt-packet";
import { mqttUplink } from "../../firmware/cloud/mqtt-uplink.js";
import type { Profile } from "../../firmware/cloud/profile.js";
import { composeDevice } from "../../firmware/compose.js";
import { STANDARD_LIMITS } from "../../firmware/mqtt/limits.js";
import type { Platform } from "../../firmware/platform/platform.js";
import { configure } from "../../firmware/settings/configure.js";
import { CertificateAuthority } from "../../host-sim/cloud/node/ca.js";
import { NodeModem } from "../../host-sim/modem/node-modem.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import { nodeClock, nodeTimer } from "../../host-sim/platform/clock.js";
import { serialOver } from "../../host-sim/platform/serial.js";
import { nodeRandom } from "../../host-sim/platform/system.js";
import { NodeTLS } from "../../host-sim/platform/tls.js";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";
import { DEFAULT_SIM } from "../../host-sim/world/sims.js";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.js";
import { describeWith } from "../support/peers.js";

const HOST = "broker.example";
const CLIENT = "e2e-device";

describeWith("mosquitto", "a device behind the simulated modem and a broker of another make", () => {
  let broker: Mosquitto;
  let authority: CertificateAuthority;
  beforeAll(async () => {
    authority = await CertificateAuthority.create("Test root CA", Date.now(), "p256");
    const { chainPem, keyPem } = await authority.serverIdentity([HOST]);
    broker = await startMosquitto({ certPem: chainPem, keyPem });
  });
  afterAll(() => broker?.close());

  test("publishes five records over verified TLS and answers a command, without ALPN", async () => {
    const others = await watch(broker.port, `${CLIENT}/#`);
    const modem = new NodeModem(new Sim7080({ delayScale: 0, poweredOn: true, sim: DEFAULT_SIM }), {
      sim: DEFAULT_SIM,
      names: {
        lookup: (host, port) =>
          host === HOST && port === 8883 ? { host: "127.0.0.1", port: broker.tlsPort! } : undefined,
      },
    });
    const platform: Platform = {
      clock: nodeClock(),
      timer: nodeTimer,
      random: nodeRandom,
      log: () => {},
      Serial: serialOver(() => modem.uart),
      TLS: NodeTLS,
      keyValue: new MemoryKeyValue(),
    };
    const profile: Profile = {
      name: "test",
      renewals: 0,
      forget: () => {},
      topics: () => ({
        telemetry: `${CLIENT}/telemetry`,
        commands: `${CLIENT}/commands/#`,
        responses: `${CLIENT}/responses`,
      }),
      plan: async () => ({
        host: HOST,
        port: 8883,
        // mosquitto 2.0 selects no ALPN.
        tls: { serverName: HOST, alpn: "mqtt", requireAlpn: false, roots: [authority.rootDer] },
        credentials: { clientId: CLIENT, username: "u".repeat(1100) },
      }),
    };
    const { device } = composeDevice(platform, {
      config: configure({ telemetryIntervalS: 1 }),
      profile,
      uplink: mqttUplink({ limits: STANDARD_LIMITS, keepAliveS: 60 }),
    });
    device.start();
    try {
      await others.until((messages) => messages.length >= 1);
      others.publish(`${CLIENT}/commands/x`, '{"id":"1","cmd":"ping"}');
      const messages = await others.until((all) => all.length >= 7);
      const numbers = messages
        .filter(({ topic }) => topic.endsWith("/telemetry"))
        .map(({ payload }) => JSON.parse(payload).seq);
      expect(numbers.length).toBeGreaterThanOrEqual(5);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      const answer = messages.find(({ topic }) => topic === `${CLIENT}/responses`);
      expect(JSON.parse(answer!.payload)).toMatchObject({ id: "1", ok: true });
      expect(device.counters).toMatchObject({ received: 1, answered: 1, lost: 0, reconnects: 0 });
    } finally {
      device.stop();
      await device.ended;
      others.close();
      await modem.close();
    }
  }, 30_000);
});

interface Message {
  topic: string;
  payload: string;
}

/** A plain client of another make that hears all of `filter`, but for commands. */
async function watch(port: number, filter: string) {
  const messages: Message[] = [];
  let check = () => {};
  const socket = connect(port, "127.0.0.1");
  const parser = mqtt.parser();
  const ready = new Promise<void>((resolve) => {
    parser.on("packet", (packet) => {
      if (packet.cmd === "connack") {
        socket.write(mqtt.generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: filter, qos: 0 }] }));
      }
      if (packet.cmd === "suback") resolve();
      if (packet.cmd === "publish" && !packet.topic.includes("/commands/")) {
        messages.push({ topic: packet.topic, payload: packet.payload.toString() });
        check();
      }
    });
  });
  socket.on("data", (bytes) => parser.parse(bytes));
  socket.write(
    mqtt.generate({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clean: true,
      clientId: "watcher",
      keepalive: 60,
    }),
  );
  await ready;
  return {
    until: (enough: (messages: readonly Message[]) => boolean) =>
      new Promise<readonly Message[]>((resolve) => {
        check = () => {
          if (enough(messages)) resolve(messages);
        };
        check();
      }),
    publish: (topic: string, payload: string) => {
      socket.write(mqtt.generate({ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false }));
    },
    close: () => socket.destroy(),
  };
}
