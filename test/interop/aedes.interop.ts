// aedes, the broker of the MQTT.js family, in this process.

import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { Aedes } from "aedes";
import { connect } from "../../firmware/cloud/connect.js";
import { nodeClock } from "../../host-sim/platform/clock.js";
import { nodeRandom } from "../../host-sim/platform/system.js";
import { nodeTcp } from "../../host-sim/platform/tcp.js";
import { NodeTLS } from "../../host-sim/platform/tls.js";
import { journeys } from "./journeys.js";

describe("aedes", () => {
  let broker: Aedes;
  let server: Server;
  beforeAll(async () => {
    broker = await Aedes.createBroker();
    server = createServer(broker.handle).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    server.close();
  });

  const io = { TCP: nodeTcp(), TLS: NodeTLS, clock: nodeClock("system"), random: nodeRandom };
  journeys(() => connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port }, io), { shared: true });
});
