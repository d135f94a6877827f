// A socket's failure reaches the top of every stack with its chain of causes whole: TLS, WebSocket, HTTP and MQTT hand it on.

import { expect, test } from "@jest/globals";
import { connect } from "../../../firmware/cloud/connect.js";
import { AWS_IOT_LIMITS } from "../../../firmware/cloud/limits.js";
import { httpRequest } from "../../../firmware/http/client.js";
import { MqttClient } from "../../../firmware/mqtt/client.js";
import { RamJournal } from "../../../firmware/mqtt/journal.js";
import { chainOf, type Failure, storyOf } from "../../../firmware/platform/failure.js";
import { nodeClock, nodeTimer } from "../../../host-sim/platform/clock.js";
import { NodeTLS } from "../../../host-sim/platform/tls.js";
import { modelTls } from "../../../host-sim/world/tls-client.js";
import { brokenCarrier, REFUSED } from "../../support/broken-carrier.js";
import { TlsLoopback } from "../../support/tls-loopback.js";

const roots = [(await TlsLoopback.create()).authority.rootDer];
const clock = nodeClock("system");
const timer = nodeTimer;
const random = (into: Uint8Array) => into.fill(7);
const TLS = { node: NodeTLS, model: modelTls() };
const host = "cloud.example.com";

type Layers = { tls?: keyof typeof TLS; ws?: boolean };

const stack = ({ tls, ws }: Layers) =>
  connect(
    {
      host,
      port: 443,
      ...(tls && { tls: { serverName: host, requireAlpn: false, roots } }),
      ...(ws && { ws: { path: "/mqtt", protocol: "mqtt" } }),
    },
    { TCP: brokenCarrier, TLS: TLS[tls ?? "model"], clock, random },
  );

const byHttp = (layers: Layers) =>
  httpRequest({ io: stack(layers), timer, clock, host, path: "/" }).then(
    () => undefined,
    (error: Failure) => error,
  );

const byMqtt = (layers: Layers) =>
  new Promise<Failure | undefined>((resolve) => {
    new MqttClient({
      io: stack(layers),
      clock,
      timer,
      journal: new RamJournal(),
      connect: { clientId: "c", keepAlive: 60, cleanSession: true },
      limits: AWS_IOT_LIMITS,
      onClosed: resolve,
    });
  });

test.each<[string, (layers: Layers) => Promise<Failure | undefined>, Layers, string[]]>([
  ["HTTP", byHttp, {}, ["socket-send", "at-cme"]],
  ["HTTP over TLS", byHttp, { tls: "node" }, ["tls-closed", "socket-send", "at-cme"]],
  ["HTTP over the model of TLS", byHttp, { tls: "model" }, ["tls-closed", "socket-send", "at-cme"]],
  ["MQTT", byMqtt, {}, ["socket-send", "at-cme"]],
  ["MQTT over TLS", byMqtt, { tls: "node" }, ["tls-closed", "socket-send", "at-cme"]],
  ["MQTT over a WebSocket", byMqtt, { ws: true }, ["socket-send", "at-cme"]],
  ["MQTT over a WebSocket over TLS", byMqtt, { tls: "model", ws: true }, ["tls-closed", "socket-send", "at-cme"]],
])("%s", async (_, by, layers, codes) => {
  const failure = await by(layers);
  expect(chainOf(failure).map(({ code }) => code)).toEqual(codes);
  expect(storyOf(failure)).toContain(REFUSED.message);
  expect(failure).toMatchObject({ advice: "reset-modem" });
});
