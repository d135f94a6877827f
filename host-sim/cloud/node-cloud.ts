// The simulated cloud in real time: 1NCE's onboarding service and AWS IoT Core's front, listening on loopback with TLS.

import type { NameTable, ServerAction } from "../world/core.js";
import { Authorizer } from "./authorizer.js";
import { AwsEndpoint } from "./aws-endpoint.js";
import type { BrokerCounters, BrokerEvent } from "./broker-events.js";
import type { BrokerProfile } from "./broker-profile.js";
import type { KeyKind } from "./ca.js";
import { CaRepository } from "./ca-repository.js";
import { CloudFaults } from "./faults.js";
import { CA_REPOSITORY_HOST, ENDPOINT_HOST, HTTPS_PORT } from "./names.js";
import { carry } from "./node-carrier.js";
import { Certificates } from "./node-certificates.js";
import { ONBOARDING_HOST, Onboarding, type OnboardingEvent, ROOT_CA_URL } from "./onboarding.js";
import type { AnswerStyle } from "./onboarding-answer.js";
import { rsaSigner, type Signer } from "./signer.js";
import { SniFront } from "./sni-front.js";

export type CloudEvent = OnboardingEvent | BrokerEvent;

export interface CloudOptions {
  /** Address to listen on; default 127.0.0.1. */
  host?: string;
  /** One port for all hosts, told apart by SNI. Default 0: any free port. */
  port?: number;
  faults?: CloudFaults;
  /** Default: a new RSA key. */
  signer?: Signer;
  /** Default 24 h. */
  tokenLifeSeconds?: number;
  /** Longest life of an MQTT connection; default 24 h. */
  disconnectAfterSeconds?: number;
  keys?: KeyKind;
  style?: Partial<AnswerStyle>;
  /** Rules in which the broker shall differ from AWS's. */
  profile?: Partial<BrokerProfile>;
  /** Numbers of SIMs that are not active. */
  deactivated?: ReadonlySet<number>;
  clock?: () => number;
  onEvent?: (event: CloudEvent) => void;
}

export interface Address {
  host: string;
  port: number;
}

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
  const clock = options.clock ?? Date.now;
  const faults = options.faults ?? new CloudFaults();
  const names = { onboarding: ONBOARDING_HOST, endpoint: ENDPOINT_HOST };
  const certificates = await Certificates.create({
    names: { onboarding: [names.onboarding, CA_REPOSITORY_HOST], broker: [names.endpoint] },
    now: clock(),
    kind: options.keys ?? "p256",
  });
  const authorizer = new Authorizer({
    signer: options.signer ?? rsaSigner(),
    ...given(options, ["tokenLifeSeconds", "disconnectAfterSeconds"]),
  });
  const broker = new AwsEndpoint({
    authorizer,
    endpoint: names.endpoint,
    faults,
    ...given(options, ["profile", "onEvent"]),
  });
  const onboarding = new Onboarding({
    authorizer,
    endpoint: names.endpoint,
    rootCaPem: certificates.rootPem("broker"),
    faults,
    ...given(options, ["style", "deactivated", "onEvent"]),
  });
  const context = (identity: string) => certificates.context(identity);
  const repository = new CaRepository({ [new URL(ROOT_CA_URL).pathname]: certificates.rootPem("broker") }, faults);
  const front = new SniFront({
    [names.onboarding]: onboarding,
    [CA_REPOSITORY_HOST]: repository,
    [names.endpoint]: broker,
  });
  const carrier = await carry({
    core: front,
    tls: { policy: front, context },
    port: options.port ?? 0,
    clock,
    ...given(options, ["host"]),
  });
  const address = { host: carrier.host, port: carrier.port };
  return {
    address,
    caPem: certificates.rootPem("onboarding"),
    endpointCaPem: certificates.rootPem("broker"),
    names,
    nameTable: cloudAt(address),
    faults,
    counters: broker.counters,
    sendCommand: (iccid, json) =>
      carrier.perform((now) => broker.publish(`${iccid}/commands/request`, Buffer.from(JSON.stringify(json)), 1, now)),
    withBroker: (act) => carrier.perform((now) => front.noted(act(broker, now))),
    isConnected: (iccid) => broker.isConnected(iccid),
    close: () => carrier.close(),
  };
}

/** A name table that leads to a simulated cloud at an address: all of its hosts, on port 443. */
export function cloudAt(address: Address): NameTable {
  return nameTableOf({ [ONBOARDING_HOST]: address, [CA_REPOSITORY_HOST]: address, [ENDPOINT_HOST]: address });
}

/** A name table in which each of some hosts answers on port 443. */
export function nameTableOf(hosts: Readonly<Record<string, Address>>): NameTable {
  return {
    lookup: (host, port) => (port === HTTPS_PORT && Object.hasOwn(hosts, host) ? hosts[host] : undefined),
  };
}

/** Those of some properties that are there: an optional one that is passed on must not become an undefined one. */
function given<T extends object, K extends keyof T>(
  from: T,
  keys: readonly K[],
): { [P in K]?: Exclude<T[P], undefined> } {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as {
    [P in K]?: Exclude<T[P], undefined>;
  };
}
