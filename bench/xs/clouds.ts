// The clouds that measured devices talk to.

import { encodePem } from "../../firmware/bytes/pem.js";
import { builtInRoots } from "../../firmware/cloud/roots.js";
import { Authorizer } from "../../host-sim/cloud/authorizer.js";
import { AwsEndpoint } from "../../host-sim/cloud/aws-endpoint.js";
import { ENDPOINT_HOST, HTTPS_PORT } from "../../host-sim/cloud/names.js";
import { ONBOARDING_HOST, Onboarding } from "../../host-sim/cloud/onboarding.js";
import { seededSigner } from "../../host-sim/cloud/signer.js";
import { DEFAULT_SIM, iccidOf } from "../../host-sim/world/sims.js";
import type { Cloud } from "./journey.js";

const PING = Buffer.from(JSON.stringify({ id: "1", cmd: "ping" }));
/** Acknowledged records after which the command is sent. */
const PING_AFTER = 2;

/** 1NCE's onboarding and AWS's endpoint. The device gets one command. */
export function oneNceCloud(): Cloud {
  const authorizer = new Authorizer({ signer: seededSigner("bench") });
  let published = 0;
  const broker = new AwsEndpoint({
    authorizer,
    endpoint: ENDPOINT_HOST,
    onEvent: ({ type }) => {
      if (type === "publish") published++;
    },
  });
  const rootCaPem = encodePem("CERTIFICATE", builtInRoots()[0]!);
  const onboarding = new Onboarding({ authorizer, endpoint: ENDPOINT_HOST, rootCaPem });
  let asked = false;
  return {
    servers: [
      { host: ONBOARDING_HOST, port: HTTPS_PORT, core: onboarding },
      { host: ENDPOINT_HOST, port: HTTPS_PORT, core: broker, hello: { sni: ENDPOINT_HOST, alpn: "mqtt" } },
    ],
    act: (push, now) => {
      if (asked || published < PING_AFTER) return;
      asked = true;
      push(1, broker.publish(`${iccidOf(DEFAULT_SIM)}/commands/request`, PING, 1, now));
    },
  };
}
