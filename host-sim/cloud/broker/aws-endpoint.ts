// An AWS IoT endpoint, port 443: with ALPN `mqtt` it is the MQTT front, without ALPN the HTTP front with its WebSockets
// (AWS IoT developer guide, "protocols"). One broker stands behind both. A client that offers `http/1.1`, as curl does in
// 1NCE's example, is led to the HTTP front too, with no protocol selected.

import type { Hello, ServerAction, ServerCore, TlsDecision, TlsOffer, TlsPolicy } from "../../world/core.js";
import { CloudFaults } from "../faults.js";
import { identityOf } from "../identities.js";
import { AwsBroker, type AwsBrokerOptions } from "./aws-broker.js";
import { AwsHttps, type WebSocketRequest } from "./aws-https.js";
import type { BrokerCounters } from "./events.js";
import { framed, WebSocketTunnel } from "./ws-tunnel.js";

const MQTT = "mqtt";
const HTTP = "http/1.1";

export class AwsEndpoint implements ServerCore, TlsPolicy {
  readonly #broker: AwsBroker;
  readonly #https: AwsHttps;
  readonly #faults: CloudFaults;
  readonly #mqtt = new Set<number>();
  readonly #tunnels = new Map<number, WebSocketTunnel>();

  constructor(options: AwsBrokerOptions) {
    this.#faults = options.faults ?? new CloudFaults();
    this.#broker = new AwsBroker({ ...options, faults: this.#faults });
    this.#https = new AwsHttps({
      authorizer: options.authorizer,
      broker: this.#broker,
      faults: this.#faults,
      frame: (actions) => this.#frame(actions),
      openWebSocket: (request) => this.#openWebSocket(request),
    });
  }

  get counters(): BrokerCounters {
    return this.#broker.counters;
  }

  clientHello(offer: TlsOffer): TlsDecision {
    const http = offer.alpn.length === 0 || (offer.alpn.includes(HTTP) && !offer.alpn.includes(MQTT));
    if (!http) return this.#broker.clientHello(offer);
    if (!this.#broker.knows(offer.sni)) return { alert: "unrecognized_name" };
    return { certificate: identityOf("broker", this.#faults) };
  }

  open(connection: number, hello: Hello, now: number): ServerAction[] {
    if (hello.alpn !== MQTT) return this.#https.open(connection, hello, now);
    this.#mqtt.add(connection);
    return this.#settle(this.#broker.open(connection, hello, now));
  }

  receive(connection: number, bytes: Uint8Array, now: number): ServerAction[] {
    if (this.#mqtt.has(connection)) return this.#frame(this.#broker.receive(connection, bytes, now));
    const tunnel = this.#tunnels.get(connection);
    return this.#settle(tunnel?.receive(bytes, now) ?? this.#https.receive(connection, bytes, now));
  }

  closed(connection: number, now: number): ServerAction[] {
    const byHttps = !this.#mqtt.delete(connection) && !this.#tunnels.delete(connection);
    if (byHttps) return this.#https.closed(connection, now);
    return this.#frame(this.#broker.closed(connection, now));
  }

  poll(now: number): ServerAction[] {
    return [...this.#frame(this.#broker.poll(now)), ...this.#https.poll(now)];
  }

  nextDeadline(): number | undefined {
    const [a, b] = [this.#broker.nextDeadline(), this.#https.nextDeadline()];
    return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
  }

  /** As `Broker.publish`. */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1, now: number, retain = false): ServerAction[] {
    return this.#frame(this.#broker.publish(topic, payload, qos, now, retain));
  }

  /** As `Broker.disconnect`. */
  disconnect(clientId: string, now: number): ServerAction[] {
    return this.#frame(this.#broker.disconnect(clientId, now));
  }

  /** As `Broker.isConnected`. */
  isConnected(clientId: string): boolean {
    return this.#broker.isConnected(clientId);
  }

  #openWebSocket({ connection, hello, now, rest }: WebSocketRequest): ServerAction[] {
    const tunnel = new WebSocketTunnel(connection, this.#broker, (actions) => this.#frame(actions));
    this.#tunnels.set(connection, tunnel);
    return [...this.#frame(this.#broker.open(connection, hello, now)), ...tunnel.receive(rest, now)];
  }

  /** What the broker wants done: for its WebSocket clients in frames. */
  #frame(actions: ServerAction[]): ServerAction[] {
    return this.#settle(framed(actions, (connection) => this.#tunnels.has(connection)));
  }

  #settle(actions: ServerAction[]): ServerAction[] {
    for (const action of actions) {
      if (action.do !== "close") continue;
      this.#mqtt.delete(action.connection);
      this.#tunnels.delete(action.connection);
    }
    return actions;
  }
}
