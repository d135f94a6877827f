// Several TLS hosts on one loopback port, with certificates of their own: what every simulated cloud in real time needs.

import type { NameTable, ServerAction, ServerCore, TlsPolicy } from "../../world/core.js";
import type { Keep, KeyKind } from "./ca.js";
import { carry } from "./carrier.js";
import { Certificates } from "./certificates.js";
import { SniFront } from "./sni-front.js";

export interface Address {
  host: string;
  port: number;
}

/** Where and how to listen. */
export interface ListenOptions {
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** One port for all hosts, told apart by SNI. Default 0: any free port. */
  port?: number | undefined;
  /** Default P-256. */
  keys?: KeyKind | undefined;
  /** Milliseconds since 1970; default the real time. */
  clock?: (() => number) | undefined;
  /** Keeps the roots from run to run; left out: each run has new ones. */
  keep?: Keep | undefined;
}

/** Hosts that listen. */
export interface Hosts {
  address: Address;
  /** Does something with one of the cores. */
  perform(act: (now: number) => ServerAction[]): void;
  close(): Promise<void>;
}

/** Makes the certificates: `names` by the identities that the hosts' policies name. */
export function makeCertificates(
  names: Readonly<Record<string, readonly string[]>>,
  options: ListenOptions,
): Promise<Certificates> {
  const { clock = Date.now, keys: kind = "p256", keep } = options;
  return Certificates.create({ names, now: clock(), kind, keep });
}

/**
 * Starts listening.
 * @param hosts cores by host name, in lower case
 * @throws the error of `listen`, e.g. with the code EADDRINUSE
 */
export async function serveHosts(
  hosts: Readonly<Record<string, ServerCore & TlsPolicy>>,
  certificates: Certificates,
  options: ListenOptions,
): Promise<Hosts> {
  const front = new SniFront(hosts);
  const carrier = await carry({
    core: front,
    tls: { policy: front, context: (identity) => certificates.context(identity) },
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    clock: options.clock ?? Date.now,
  });
  return {
    address: { host: carrier.host, port: carrier.port },
    perform: (act) => carrier.perform((now) => front.noted(act(now))),
    close: () => carrier.close(),
  };
}

/** A name table in which some hosts answer, on some ports. */
export function nameTableTo(address: Address, hosts: readonly string[], ports: readonly number[]): NameTable {
  const known = new Set(hosts);
  return { lookup: (host, port) => (known.has(host) && ports.includes(port) ? address : undefined) };
}
