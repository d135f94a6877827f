// Drives a server core directly and reads its answers with mqtt-packet: a client in a few lines, in virtual time.

import mqtt, { type IConnectPacket, type Packet } from "mqtt-packet";
import type { Hello, ServerAction, ServerCore } from "../../../host-sim/world/core.js";

export const START = Date.UTC(2026, 0, 1);

/** A world of one core, with the time in its hands. */
export class Probe {
  readonly core: ServerCore;
  now = START;
  #last = 0;
  readonly #peers = new Map<number, Peer>();

  constructor(core: ServerCore) {
    this.core = core;
  }

  connect(hello: Partial<Hello> = {}): Peer {
    const peer = new Peer(this, ++this.#last);
    this.#peers.set(peer.connection, peer);
    this.take(this.core.open(peer.connection, { sourceAddress: "127.16.0.1", alpn: "mqtt", ...hello }, this.now));
    return peer;
  }

  take(actions: ServerAction[]): void {
    for (const action of actions) {
      const peer = this.#peers.get(action.connection);
      if (peer === undefined || peer.closed) throw new Error(`action ${action.do} on a connection that is gone`);
      if (action.do === "send") peer.arrived(action.bytes);
      else peer.closed = true;
    }
  }

  /** Lets time pass, deadline by deadline. */
  pass(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (let next = this.core.nextDeadline(); next !== undefined && next <= until; next = this.core.nextDeadline()) {
      this.now = Math.max(this.now, next);
      this.take(this.core.poll(this.now));
    }
    this.now = until;
  }
}

/** One connection of a probe. */
export class Peer {
  readonly connection: number;
  readonly #probe: Probe;
  readonly #parser = mqtt.parser({ protocolVersion: 4 });
  closed = false;
  /** Bytes received, all of them. */
  bytes: Buffer = Buffer.alloc(0);
  /** Packets received and not yet taken. */
  packets: Packet[] = [];

  constructor(probe: Probe, connection: number) {
    this.#probe = probe;
    this.connection = connection;
    this.#parser.on("packet", (packet) => this.packets.push(packet));
  }

  arrived(bytes: Uint8Array): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    if (this.bytes[0] !== 0x48) this.#parser.parse(Buffer.from(bytes));
  }

  /** Sends bytes, or text, or a packet. */
  send(what: Packet | Uint8Array | string): this {
    const bytes =
      typeof what === "string" ? Buffer.from(what) : what instanceof Uint8Array ? what : mqtt.generate(what);
    this.#probe.take(this.#probe.core.receive(this.connection, bytes, this.#probe.now));
    return this;
  }

  end(): void {
    this.#probe.take(this.#probe.core.closed(this.connection, this.#probe.now));
    this.closed = true;
  }

  /** The next packet, which must be of this kind. */
  expect<C extends Packet["cmd"]>(cmd: C): Extract<Packet, { cmd: C }> {
    const packet = this.packets.shift();
    if (packet?.cmd !== cmd) throw new Error(`expected ${cmd}, got ${packet?.cmd ?? "nothing"}`);
    return packet as Extract<Packet, { cmd: C }>;
  }

  get text(): string {
    return this.bytes.toString("latin1");
  }
}

export function connectPacket(fields: Partial<IConnectPacket> & { clientId: string }): IConnectPacket {
  return { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60, ...fields };
}
