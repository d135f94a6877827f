// 1NCE's onboarding and AWS IoT Core's front in a virtual world, with modelled certificates. The onboarding host
// stands under the firmware's built-in Amazon Root CA 1, as the real one very likely does; so does the endpoint.

import { encodePem } from "../../firmware/bytes/pem.js";
import { builtInRoots } from "../../firmware/cloud/roots.js";
import { AwsEndpoint } from "../cloud/broker/aws-endpoint.js";
import type { BrokerEvent } from "../cloud/broker/events.js";
import { CloudFaults } from "../cloud/faults.js";
import { CA_REPOSITORY_HOST, ENDPOINT_HOST, HTTPS_PORT } from "../cloud/names.js";
import type { AnswerStyle } from "../cloud/onboarding/answer.js";
import { Authorizer } from "../cloud/onboarding/authorizer.js";
import { CaRepository } from "../cloud/onboarding/ca-repository.js";
import { ONBOARDING_HOST, Onboarding, type OnboardingEvent, ROOT_CA_URL } from "../cloud/onboarding/onboarding.js";
import { seededSigner } from "../cloud/onboarding/signer.js";
import type { ServerCore, TlsPolicy } from "../world/core.js";
import type { Server } from "../world/server.js";
import type { TicketPolicy } from "../world/tls-server.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { modelCertificates } from "./model-certificates.js";

export interface VirtualCloudOptions {
  faults?: CloudFaults;
  /** Seconds from minting to expiry of a token. */
  tokenLifeSeconds?: number;
  /** Where onboarding is; left out: at 1NCE's own. */
  onboarding?: { host?: string | undefined; port?: number | undefined };
  /** How onboarding answers. */
  style?: Partial<AnswerStyle>;
  /** What its servers do with TLS sessions, asked at each handshake. Left out: they give no tickets. */
  tickets?: (() => TicketPolicy) | undefined;
  onEvent?: (event: OnboardingEvent | BrokerEvent) => void;
}

/** What is done to a broker from within its cloud. What comes of it is given to its server. */
export type BrokerDoor = Pick<AwsEndpoint, "open" | "receive" | "closed" | "publish" | "disconnect">;

/** The cloud's parts, to act on them while the world runs. */
export interface VirtualCloud {
  authorizer: Authorizer;
  broker: BrokerDoor;
  brokerServer: Server;
  onboardingServer: Server;
  onboardingHost: string;
  faults: CloudFaults;
  /** Publishes a command for a device, QoS 1. */
  sendCommand(iccid: string, json: unknown): void;
}

/** Adds the cloud to `world`. */
export function addCloud(world: VirtualWorld, options: VirtualCloudOptions = {}): VirtualCloud {
  const { faults = new CloudFaults(), tokenLifeSeconds, style, tickets, onEvent } = options;
  const { host: onboardingHost = ONBOARDING_HOST, port: onboardingPort = HTTPS_PORT } = options.onboarding ?? {};
  const authorizer = new Authorizer({
    signer: seededSigner("simulated authorizer"),
    ...(tokenLifeSeconds !== undefined && { tokenLifeSeconds }),
  });
  const [root] = builtInRoots();
  const watched = onEvent && { onEvent };
  const broker = new AwsEndpoint({ authorizer, endpoint: ENDPOINT_HOST, faults, ...watched });
  const rootCaPem = encodePem("CERTIFICATE", root!);
  const onboarding = new Onboarding({ authorizer, endpoint: ENDPOINT_HOST, rootCaPem, faults, style, ...watched });
  const certificates = modelCertificates(
    { broker: [ENDPOINT_HOST], onboarding: [onboardingHost, CA_REPOSITORY_HOST] },
    root!,
    world.now,
  );
  const serve = (core: ServerCore & TlsPolicy, host: string, port = HTTPS_PORT) =>
    world.server({ core, at: [{ host, port }], tls: { policy: core, certificates, tickets } });
  const onboardingServer = serve(onboarding, onboardingHost, onboardingPort);
  const brokerServer = serve(broker, ENDPOINT_HOST);
  serve(new CaRepository({ [new URL(ROOT_CA_URL).pathname]: rootCaPem }, faults), CA_REPOSITORY_HOST);
  return {
    authorizer,
    broker,
    brokerServer,
    onboardingServer,
    onboardingHost,
    faults,
    sendCommand: (iccid, json) =>
      brokerServer.push(broker.publish(`${iccid}/commands/request`, Buffer.from(JSON.stringify(json)), 1, world.now)),
  };
}
