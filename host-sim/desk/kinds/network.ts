// Faults of the mobile network, of names and sockets, and of TLS.

import { ENDPOINT_HOST } from "../../cloud/names.js";
import type { Reachability } from "../../world/server.js";
import type { FaultKind, Seam } from "../fault.js";
import type { Stage } from "../stage.js";
import { cloud, from, HOURS, holds, LONG, MINUTES, MOMENTS, mishap, oneOf, strikes } from "./make.js";

const FEW = from(1, 8);
const ACCESS = "roaming";

const access = (value: "denied" | "none", help: string): FaultKind => ({
  seam: "network",
  help,
  lasts: LONG,
  begin: (stage) => stage.push(stage.modem.setNetwork({ access: value }, stage.now)),
  end: (stage) => stage.push(stage.modem.setNetwork({ access: ACCESS }, stage.now)),
});

export const NETWORK_KINDS: Readonly<Record<string, FaultKind>> = {
  "network-denied": access("denied", "registration is denied"),
  "network-no-coverage": access("none", "no cell is heard"),
  "network-slow": holds("network", "registration-slow", "registration takes this many seconds", HOURS, from(10, 120)),
  "network-pdp-drop": mishap("network", "pdp-drop", "the PDP context is taken away"),
  "network-pdp-refused": strikes("network", "pdp-refused", "a PDP context is refused", FEW),
  "network-pdp-silent": strikes("network", "pdp-silent", "a PDP context is promised and does not come", FEW),
  "network-dns": strikes("network", "dns-fails", "names do not resolve", FEW),
  "network-name-gone": {
    seam: "network",
    help: "the endpoint's name does not exist",
    lasts: MINUTES,
    begin: ({ network }) => network.setResolvable(ENDPOINT_HOST, false),
    end: ({ network }) => network.setResolvable(ENDPOINT_HOST, true),
  },
};

type Which = "brokerServer" | "onboardingServer";

const server = (
  seam: Seam,
  which: Which,
  reachability: Reachability,
  help: string,
  lasts: FaultKind["lasts"] = MINUTES,
): FaultKind => ({
  seam,
  help,
  lasts: lasts!,
  begin: ({ cloud: { [which]: it } }) => {
    it.reachability = reachability;
  },
  end: ({ cloud: { [which]: it } }) => {
    it.reachability = "up";
  },
});

const path = (help: string, cut: (stage: Stage) => void): FaultKind => ({
  seam: "socket",
  help,
  lasts: MINUTES,
  begin: cut,
  end: (stage) => stage.path.restore(),
});

/** The radio is so for a while; the value goes into one figure of its profile. */
const radio = (figure: "bytesPerSecond" | "latencyMs" | "loss", help: string, value: FaultKind["value"]): FaultKind => {
  const set = (stage: Stage, changed: object) => {
    stage.path.up.profile = { ...stage.radio, ...changed };
    stage.path.down.profile = { ...stage.radio, ...changed };
  };
  return {
    seam: "socket",
    help,
    lasts: MINUTES,
    ...(value && { value }),
    begin: (stage, drawn) => set(stage, { [figure]: Number(drawn) }),
    end: (stage) => set(stage, {}),
  };
};

export const SOCKET_KINDS: Readonly<Record<string, FaultKind>> = {
  "socket-refused": server("socket", "brokerServer", "refusing", "the broker's port is closed", LONG),
  "socket-hang": server("socket", "brokerServer", "silent", "connecting to the broker hangs for 75 s and fails"),
  "socket-reset": {
    seam: "socket",
    help: "all connections to the broker are reset",
    begin: ({ cloud: { brokerServer } }) => brokerServer.reset(),
  },
  "socket-vanish": {
    seam: "socket",
    help: "all connections swallow what is sent, and neither end is told",
    begin: ({ cloud: { brokerServer, onboardingServer } }) => {
      brokerServer.vanish();
      onboardingServer.vanish();
    },
  },
  "socket-half-close": holds(
    "socket",
    "peer-close",
    "the peer's end comes after this many bytes, while they are unread",
    MINUTES,
    from(1, 400),
  ),
  "socket-stall": path("nothing passes either way", (stage) => stage.path.cut()),
  "socket-up-silent": path("nothing passes from the device", (stage) => stage.path.up.cut()),
  "socket-down-silent": path("nothing passes to the device", (stage) => stage.path.down.cut()),
  "socket-slow": radio("bytesPerSecond", "this few bytes a second", from(100, 4_000)),
  "socket-far": radio("latencyMs", "this many milliseconds one way", from(300, 6_000)),
  "socket-lossy": radio("loss", "this share of segments comes late", oneOf(0.05, 0.15, 0.3)),
  "socket-open-stall": strikes("socket", "caopen-stall", "opening a socket takes 75 s and fails", FEW),
  "socket-open-close": strikes("socket", "caopen-close", "a socket is closed as soon as it is open", FEW),
  "socket-open-fails": {
    ...holds("socket", "caopen-result", "opening a socket fails with this code", MINUTES, from(1, 27)),
    begin: ({ modem }, value) => modem.setFault("caopen-result", value, 3),
  },
  "socket-send-error": strikes("socket", "casend-error", "the modem takes bytes and says ERROR", FEW),
  "socket-send-refused": strikes("socket", "casend-refused", "the modem takes no bytes", FEW),
};

const BOTH = oneOf("broker", "onboarding");

export const TLS_KINDS: Readonly<Record<string, FaultKind>> = {
  "tls-alpn": cloud(
    "tls",
    "wrong-alpn",
    "the protocol is refused, or none is selected",
    MINUTES,
    oneOf("alert", "none"),
  ),
  "tls-untrusted": cloud("tls", "wrong-ca", "a certificate of a stranger's", MINUTES, BOTH),
  "tls-name": cloud("tls", "wrong-name", "a certificate for another host", MINUTES, BOTH),
  "tls-expired": cloud("tls", "expired-certificate", "a certificate that is over", MINUTES, BOTH),
  "tls-early": cloud("tls", "early-certificate", "a certificate that is not valid yet", MINUTES, BOTH),
  "tls-cut-broker": server("tls", "brokerServer", "cutting", "the broker's handshake is cut off"),
  "tls-mute-broker": server("tls", "brokerServer", "mute", "the broker takes connections and says nothing"),
  "tls-mute-onboarding": server("tls", "onboardingServer", "mute", "the onboarding service says nothing"),
  "tls-cut-onboarding": server("tls", "onboardingServer", "cutting", "the onboarding service's handshake is cut off"),
};

export const ONBOARDING_KINDS: Readonly<Record<string, FaultKind>> = {
  "onboarding-refused": server("onboarding", "onboardingServer", "refusing", "its port is closed", LONG),
  "onboarding-hang": server("onboarding", "onboardingServer", "silent", "connecting to it hangs"),
  "onboarding-name-gone": {
    seam: "onboarding",
    help: "its name does not exist",
    lasts: MINUTES,
    begin: ({ network, cloud }) => network.setResolvable(cloud.onboardingHost, false),
    end: ({ network, cloud }) => network.setResolvable(cloud.onboardingHost, true),
  },
  "onboarding-status": cloud(
    "onboarding",
    "onboarding-status",
    "it answers with this HTTP status",
    MINUTES,
    oneOf("400", "404", "429", "429,60", "429,300", "500", "503", "503,60", "503,120", "503,600"),
  ),
  "onboarding-cut": cloud(
    "onboarding",
    "onboarding-cut",
    "its answer ends after this many bytes",
    MINUTES,
    from(1, 2_600),
  ),
  "onboarding-garbage": cloud("onboarding", "onboarding-garbage", "it answers with bytes that are no CSV"),
  "onboarding-slow": cloud(
    "onboarding",
    "onboarding-slow",
    "its answer drips, this many milliseconds between pieces",
    MINUTES,
    from(20, 900),
  ),
  "onboarding-silent": cloud("onboarding", "onboarding-silent", "it takes the request and does not answer", MOMENTS),
};
