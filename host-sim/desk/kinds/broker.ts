// Faults of the broker and of the tokens it takes.

import type { FaultKind } from "../fault.js";
import type { Stage } from "../stage.js";
import { cloud, from, HOURS, MINUTES, MOMENTS, oneOf } from "./make.js";

const hangUp = (stage: Stage) => stage.cloud.brokerServer.push(stage.cloud.broker.disconnect(stage.iccid, stage.now));

export const BROKER_KINDS: Readonly<Record<string, FaultKind>> = {
  "broker-refuses": cloud(
    "broker",
    "broker-refuses",
    "CONNECT is refused with this return code, or by a mere close",
    MINUTES,
    oneOf("1", "2", "3", "4", "5", "close"),
  ),
  "broker-silent": cloud("broker", "broker-silent", "CONNECT is not answered"),
  "broker-closes": cloud("broker", "close-after-connack", "the connection ends right after CONNACK"),
  "broker-drops": cloud(
    "broker",
    "broker-drops",
    "the connection ends this many seconds after CONNACK",
    MINUTES,
    from(1, 120),
  ),
  "broker-no-puback": cloud("broker", "no-puback", "nothing is acknowledged"),
  "broker-no-suback": cloud("broker", "no-suback", "SUBSCRIBE is not answered"),
  "broker-late-suback": cloud("broker", "late-suback", "SUBACK comes this many seconds late", MINUTES, from(1, 40)),
  "broker-suback-failure": cloud("broker", "suback-failure", "SUBSCRIBE is refused"),
  "broker-twice": cloud("broker", "delivers-twice", "each message comes twice"),
  "broker-busy": {
    ...cloud(
      "broker",
      "broker-busy",
      "requests by HTTPS are answered with this status, and a wait that is asked for",
      MINUTES,
      oneOf("429,60", "429,300", "503,120", "503,600"),
    ),
    // They have none.
    spares: ({ config, cloud }) => cloud === "jwt" || config.transport === "mqtt",
  },
  "broker-no-pingresp": cloud("broker", "no-pingresp", "PINGREQ is not answered", HOURS),
  "broker-kick": {
    seam: "broker",
    help: "another client connects under the same client id",
    begin: (stage) => stage.twin(),
  },
  "broker-clone": {
    seam: "broker",
    help: "a second device with the same SIM runs: each throws the other off",
    lasts: MINUTES,
    // Nobody is thrown off who has no session.
    spares: ({ config }) => config.transport === "https",
    begin: (stage) => stage.clone(true),
    end: (stage) => stage.clone(false),
  },
  "broker-hangs-up": { seam: "broker", help: "the broker ends the connection", begin: hangUp },
  "broker-token-revoked": {
    seam: "broker",
    help: "the token is not taken any more: a new one is needed",
    lasts: MOMENTS,
    begin: (stage) => {
      stage.cloud.faults.set("broker-refuses=5*1");
      hangUp(stage);
    },
    end: (stage) => stage.cloud.faults.clear("broker-refuses"),
  },
  "broker-token-short": cloud("broker", "token-life", "tokens live this many seconds", MINUTES, from(30, 3_600)),
  "broker-token-over": cloud("broker", "expired-token", "tokens are over when they are handed out"),
};
