// Eclipse mosquitto (Debian's package), over plain TCP, over verified TLS and over a WebSocket (its libwebsockets).

import { afterAll, beforeAll, describe } from "@jest/globals";
import { connect } from "../../firmware/cloud/connect.js";
import { CertificateAuthority } from "../../host-sim/cloud/node/ca.js";
import { nodeClock } from "../../host-sim/platform/clock.js";
import { nodeRandom } from "../../host-sim/platform/system.js";
import { nodeTcp } from "../../host-sim/platform/tcp.js";
import { NodeTLS } from "../../host-sim/platform/tls.js";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.js";
import { describeWith } from "../support/peers.js";
import { journeys } from "./journeys.js";

const HOST = "broker.example";

describeWith("mosquitto", "mosquitto", () => {
  let broker: Mosquitto;
  let authority: CertificateAuthority;
  beforeAll(async () => {
    authority = await CertificateAuthority.create("Test root CA", Date.now(), "p256");
    const { chainPem, keyPem } = await authority.serverIdentity([HOST]);
    broker = await startMosquitto({ certPem: chainPem, keyPem }, true);
  });
  afterAll(() => broker?.close());

  const io = {
    TCP: nodeTcp({
      names: { lookup: (_, port) => ({ host: "127.0.0.1", port }) },
    }),
    TLS: NodeTLS,
    clock: nodeClock("system"),
    random: nodeRandom,
  };

  describe("over plain TCP", () => {
    journeys(() => connect({ host: HOST, port: broker.port }, io));
  });

  describe("over a WebSocket", () => {
    journeys(() => connect({ host: HOST, port: broker.wsPort!, ws: { path: "/mqtt", protocol: "mqtt" } }, io));
  });

  describe("over TLS", () => {
    journeys(() => {
      const tls = { serverName: HOST, requireAlpn: false, roots: [authority.rootDer] };
      return connect({ host: HOST, port: broker.tlsPort!, tls }, io);
    });
  });
});
