// The simulated cloud in real time: 1NCE's onboarding service and AWS IoT Core's front, listening on loopback with TLS.

import type { NameTable, ServerAction } from "../../world/core.js";
import { AwsEndpoint } from "../broker/aws-endpoint.js";
import type { BrokerCounters, BrokerEvent } from "../broker/events.js";
import type { BrokerProfile } from "../broker/profile.js";
import { CloudFaults } from "../faults.js";
import { CA_REPOSITORY_HOST, ENDPOINT_HOST, HTTPS_PORT } from "../names.js";
import type { AnswerStyle } from "../onboarding/answer.js";
import { Authorizer } from "../onboarding/authorizer.js";
import { CaRepository } from "../onboarding/ca-repository.js";
import { ONBOARDING_HOST, Onboarding, type OnboardingEvent, ROOT_CA_URL } from "../onboarding/onboarding.js";
import type { Signer } from "../onboarding/signer.js";
import { type Address, type ListenOptions, makeCertificates, nameTableTo, serveHosts } from "./hosts.js";
import { rsaSigner } from "./rsa-signer.js";

/** What the cloud sees. */
export type CloudEvent = OnboardingEvent | BrokerEvent;

/** What may differ from cloud to cloud. */
export interface CloudOptions extends ListenOptions {
  faults?: CloudFaults;
  /** Default: a new RSA key. */
  signer?: Signer;
  /** Default 24 h. */
  tokenLifeSeconds?: number;
  /** Longest life of an MQTT connection; default 24 h. */
  disconnectAfterSeconds?: number;
  style?: Partial<AnswerStyle>;
  /** Rules in which the broker shall differ from AWS's. */
  profile?: Partial<BrokerProfile>;
  /** Another name by which the endpoint answers, for programs that cannot be led to its own. */
  localName?: string;
  /** Numbers of SIMs that are not active. */
  deactivated?: ReadonlySet<number>;
  onEvent?: (event: CloudEvent) => void;
}

/** A simulated cloud that runs. */
export interface Cloud {
  /** Where all of its hosts listen. */
  address: Address;
  /** Root of the onboarding host: what a device must be told. The endpoint's root comes with the token. */
  caPem: string;
  /** Root of the endpoint. */
  endpointCaPem: string;
  /** The hosts' names, as devices dial them. */
  names: { onboarding: string; endpoint: string };
  nameTable: NameTable;
  faults: CloudFaults;
  counters: BrokerCounters;
  /** Publishes a command for a device: a JSON value on `<iccid>/commands/request`, QoS 1. */
  sendCommand(iccid: string, json: unknown): void;
  /** Does something with the broker's core, e.g. `broker.publish`. */
  withBroker(act: (broker: AwsEndpoint, now: number) => ServerAction[]): void;
  /** Whether a device is connected. */
  isConnected(iccid: string): boolean;
  close(): Promise<void>;
}

/**
 * Starts the simulated cloud.
 * @throws the error of `listen`, e.g. with the code EADDRINUSE
 */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const { faults = new CloudFaults(), onEvent } = options;
  const names = { onboarding: ONBOARDING_HOST, endpoint: ENDPOINT_HOST };
  const also = options.localName === undefined ? [] : [options.localName];
  const certificates = await makeCertificates(
    { onboarding: [names.onboarding, CA_REPOSITORY_HOST], broker: [names.endpoint, ...also] },
    options,
  );
  const rootCaPem = certificates.rootPem("broker");
  const authorizer = new Authorizer({
    signer: options.signer ?? rsaSigner(),
    tokenLifeSeconds: options.tokenLifeSeconds,
    disconnectAfterSeconds: options.disconnectAfterSeconds,
  });
  const { endpoint } = names;
  const broker = new AwsEndpoint({ authorizer, endpoint, also, faults, profile: options.profile, onEvent });
  const { style, deactivated } = options;
  const onboarding = new Onboarding({ authorizer, endpoint, rootCaPem, faults, style, deactivated, onEvent });
  const repository = new CaRepository({ [new URL(ROOT_CA_URL).pathname]: rootCaPem }, faults);
  const hosts = await serveHosts(
    {
      [names.onboarding]: onboarding,
      [CA_REPOSITORY_HOST]: repository,
      [endpoint]: broker,
      ...Object.fromEntries(also.map((name) => [name, broker])),
    },
    certificates,
    options,
  );
  return {
    address: hosts.address,
    caPem: certificates.rootPem("onboarding"),
    endpointCaPem: rootCaPem,
    names,
    nameTable: cloudAt(hosts.address),
    faults,
    counters: broker.counters,
    sendCommand: (iccid, json) =>
      hosts.perform((now) => broker.publish(`${iccid}/commands/request`, Buffer.from(JSON.stringify(json)), 1, now)),
    withBroker: (act) => hosts.perform((now) => act(broker, now)),
    isConnected: (iccid) => broker.isConnected(iccid),
    close: () => hosts.close(),
  };
}

/** A name table that leads to a simulated cloud at an address: all of its hosts, on port 443. */
export function cloudAt(address: Address): NameTable {
  return nameTableTo(address, [ONBOARDING_HOST, CA_REPOSITORY_HOST, ENDPOINT_HOST], [HTTPS_PORT]);
}
