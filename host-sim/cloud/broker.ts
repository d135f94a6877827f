// An MQTT 3.1.1 broker with QoS 0 and 1 as a core: no IO, no clock. What it forbids and how it forbids it is data
// (broker-profile.ts); who may enter is a function (gatekeeper.ts). Any breach of the rules ends the connection (§4.8).

import type { IConnectPacket, IPublishPacket, ISubscribePacket, IUnsubscribePacket, Packet } from "mqtt-packet";
import type { Hello, ServerAction, ServerCore, TlsDecision, TlsOffer, TlsPolicy } from "../world/core.js";
import { Client } from "./broker-client.js";
import { type BrokerCounters, type BrokerEvent, type CloseReason, newCounters } from "./broker-events.js";
import type { BrokerProfile } from "./broker-profile.js";
import { Breach, checkConnect, checkPublish, checkSubscribe, checkUnsubscribe } from "./broker-rules.js";
import { Deadlines } from "./deadlines.js";
import { CloudFaults } from "./faults.js";
import { type Gatekeeper, OPEN_GATE } from "./gatekeeper.js";
import { identityOf } from "./identities.js";
import { type ClientPacket, MqttViolation, type OtherLevel, packetBytes } from "./mqtt-wire.js";
import { type Message, type Outgoing, Session } from "./session.js";
import { SessionStore } from "./session-store.js";
import { matches } from "./topics.js";

export interface BrokerOptions {
  profile: BrokerProfile;
  /** Host names that clients may ask for by SNI. Empty: any. */
  names?: readonly string[];
  gatekeeper?: Gatekeeper;
  faults?: CloudFaults;
  onEvent?: (event: BrokerEvent) => void;
}

const UNACCEPTABLE_PROTOCOL_LEVEL = 1;
const SUBACK_FAILURE = 0x80;
/** Client ids whose last CONNECT is remembered before the old ones are swept out. */
const MAX_RECENT_CONNECTS = 10_000;

export class Broker implements ServerCore, TlsPolicy {
  readonly profile: BrokerProfile;
  readonly counters: BrokerCounters = newCounters();
  readonly #names: ReadonlySet<string>;
  readonly #gatekeeper: Gatekeeper;
  readonly #faults: CloudFaults;
  readonly #onEvent: ((event: BrokerEvent) => void) | undefined;
  readonly #clients = new Map<number, Client>();
  readonly #sessions = new SessionStore();
  readonly #retained = new Map<string, Message>();
  readonly #recentConnects = new Map<string, number>();
  readonly #deadlines = new Deadlines<Client | Session>();
  #actions: ServerAction[] = [];

  constructor(options: BrokerOptions) {
    this.profile = options.profile;
    this.#names = new Set(options.names?.map((name) => name.toLowerCase()));
    this.#gatekeeper = options.gatekeeper ?? OPEN_GATE;
    this.#faults = options.faults ?? new CloudFaults();
    this.#onEvent = options.onEvent;
  }

  /** Refuses a missing or wrong SNI and a missing or wrong ALPN where the profile needs them. */
  clientHello(offer: TlsOffer): TlsDecision {
    const { alpn, sniRequired } = this.profile;
    const known =
      offer.sni === undefined ? !sniRequired : this.#names.size === 0 || this.#names.has(offer.sni.toLowerCase());
    if (!known) return { alert: "unrecognized_name" };
    const fault = this.#faults.strike("wrong-alpn");
    const selected = alpn.names.find((name) => offer.alpn.includes(name));
    if (fault === "alert" || (selected === undefined && (alpn.required || offer.alpn.length > 0))) {
      return { alert: "no_application_protocol" };
    }
    return { certificate: identityOf("broker", this.#faults), alpn: fault === "none" ? undefined : selected };
  }

  open(connection: number, hello: Hello, now: number): ServerAction[] {
    const client = new Client(connection, hello, this.profile, now);
    this.#clients.set(connection, client);
    this.#rearm(client);
    return this.#flush();
  }

  receive(connection: number, bytes: Uint8Array, now: number): ServerAction[] {
    const client = this.#clients.get(connection);
    if (client !== undefined) this.#receive(client, bytes, now);
    return this.#flush();
  }

  closed(connection: number, now: number): ServerAction[] {
    const client = this.#clients.get(connection);
    if (client !== undefined) this.#drop(client, "CONNECTION_LOST", "the peer ended the connection", now);
    return this.#flush().filter((action) => action.connection !== connection);
  }

  poll(now: number): ServerAction[] {
    for (let owner = this.#deadlines.takeDue(now); owner !== undefined; owner = this.#deadlines.takeDue(now)) {
      if (owner instanceof Session) this.#sessionDue(owner, now);
      else this.#clientDue(owner, now);
    }
    return this.#flush();
  }

  nextDeadline(): number | undefined {
    return this.#deadlines.next();
  }

  /**
   * Publishes from the cloud's side.
   * @returns what to do for the clients that get it; the carrier must be given these
   */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1, now: number): ServerAction[] {
    this.#route({ topic, payload, qos, retain: false }, now);
    return this.#flush();
  }

  /** Ends the connection of a client, as an operator would. */
  disconnect(clientId: string, now: number): ServerAction[] {
    const number = this.#sessions.get(clientId)?.connection;
    const client = number === undefined ? undefined : this.#clients.get(number);
    if (client !== undefined) this.#drop(client, "SERVER_INITIATED_DISCONNECT", "ended by the operator", now);
    return this.#flush();
  }

  /** Whether a client with this id is connected. */
  isConnected(clientId: string): boolean {
    return this.#sessions.get(clientId)?.connection !== undefined;
  }

  #receive(client: Client, bytes: Uint8Array, now: number): void {
    client.reader.push(bytes);
    try {
      while (!client.gone) {
        const packet = client.reader.next();
        if (packet === undefined) return;
        client.heard(now);
        this.#take(client, packet, now);
        this.#rearm(client);
      }
    } catch (error) {
      if (error instanceof Breach) this.#drop(client, error.reason, error.message, now);
      else if (error instanceof MqttViolation) this.#drop(client, "CLIENT_ERROR", error.message, now);
      else throw error;
    }
  }

  #take(client: Client, packet: ClientPacket | OtherLevel, now: number): void {
    const isConnect = packet.cmd === "connect" || packet.cmd === "other-level";
    if (client.stage === "new" && !isConnect) throw new Breach("CLIENT_ERROR", "the first packet is not CONNECT");
    if (client.stage !== "new" && isConnect) throw new Breach("CLIENT_ERROR", "a second CONNECT");
    if (client.stage === "admitting") throw new Breach("CLIENT_ERROR", "a packet before CONNACK was sent");
    switch (packet.cmd) {
      case "other-level":
        this.#send(client, { cmd: "connack", returnCode: UNACCEPTABLE_PROTOCOL_LEVEL, sessionPresent: false });
        throw new Breach("CLIENT_ERROR", "a protocol level other than 4");
      case "connect":
        this.#connect(client, packet, now);
        break;
      case "publish":
        this.#published(client, packet, now);
        break;
      case "puback":
        this.#acknowledged(client, packet.messageId!, now);
        break;
      case "subscribe":
        this.#subscribe(client, packet, now);
        break;
      case "unsubscribe":
        this.#unsubscribe(client, packet, now);
        break;
      case "pingreq":
        if (this.#faults.strike("no-pingresp") === undefined) this.#send(client, { cmd: "pingresp" });
        break;
      case "disconnect":
        client.will = undefined;
        this.#drop(client, "CLIENT_INITIATED_DISCONNECT", "DISCONNECT", now);
    }
  }

  #connect(client: Client, packet: IConnectPacket, now: number): void {
    const refusal = checkConnect(packet, this.profile);
    client.connect(packet, now);
    this.#throttle(packet.clientId, now);
    const refuse = this.#faults.strike("broker-refuses");
    client.verdict =
      refusal ??
      (refuse !== undefined
        ? { admitted: false, denial: "ordered by a fault", returnCode: refuse === "close" ? refuse : Number(refuse) }
        : this.#gatekeeper(
            { clientId: packet.clientId, username: packet.username, password: packet.password },
            client.hello,
            now,
          ));
    if (this.#faults.strike("broker-silent") !== undefined) client.connackAt = undefined;
    else if (this.profile.connackAfterMs === 0) this.#connack(client, now);
  }

  #throttle(clientId: string, now: number): void {
    const every = this.profile.connectEveryMs;
    if (every === 0) return;
    const last = this.#recentConnects.get(clientId);
    this.#recentConnects.set(clientId, now);
    if (this.#recentConnects.size > MAX_RECENT_CONNECTS) {
      for (const [id, at] of this.#recentConnects) if (at + every <= now) this.#recentConnects.delete(id);
    }
    if (last !== undefined && now < last + every) {
      throw new Breach("THROTTLED", `CONNECTs of one client id less than ${every} ms apart`);
    }
  }

  #connack(client: Client, now: number): void {
    const verdict = client.verdict!;
    const { clientId, clean, keepalive } = client.asked!;
    const common = { type: "connect", at: now, connection: client.connection, clientId } as const;
    const asked = { cleanSession: clean ?? true, keepAlive: keepalive ?? 0 };
    if (!verdict.admitted) {
      const returnCode = verdict.returnCode ?? this.profile.refusal;
      this.counters.refused++;
      this.#tell({ ...common, ...asked, returnCode, sessionPresent: false, denial: verdict.denial });
      if (returnCode !== "close") this.#send(client, { cmd: "connack", returnCode, sessionPresent: false });
      this.#drop(client, "AUTH_ERROR", verdict.denial, now);
      return;
    }
    const { session, present } = this.#attach(client, clientId, asked.cleanSession, now);
    client.admit(verdict, session, now);
    const drops = this.#faults.strike("broker-drops");
    if (drops !== undefined)
      client.endsAt = Math.min(client.endsAt ?? Number.POSITIVE_INFINITY, now + Number(drops) * 1000);
    this.counters.connects++;
    this.#tell({ ...common, ...asked, returnCode: 0, sessionPresent: present });
    this.#send(client, { cmd: "connack", returnCode: 0, sessionPresent: present });
    if (this.#faults.strike("close-after-connack") !== undefined) {
      this.#drop(client, "SERVER_INITIATED_DISCONNECT", "ordered by a fault", now);
      return;
    }
    this.#sendAll(client, session.repeat(now, now));
    this.#feed(session, now);
  }

  /** Finds or makes the session, and ends an older connection of the same client (MQTT-3.1.4-2). */
  #attach(client: Client, clientId: string, clean: boolean, now: number): { session: Session; present: boolean } {
    const before = this.#sessions.get(clientId);
    if (before?.connection !== undefined) {
      this.#drop(
        this.#clients.get(before.connection)!,
        "DUPLICATE_CLIENTID",
        "the same client id connected again",
        now,
      );
    }
    const kept = this.#sessions.get(clientId);
    const temporary = clean || this.profile.sessionLifeMs === 0;
    const present = kept !== undefined && !temporary;
    if (kept !== undefined && !present) this.#sessions.remove(kept);
    const session = present ? kept : new Session(clientId, temporary, this.profile);
    if (!present) this.#sessions.add(session);
    session.connection = client.connection;
    return { session, present };
  }

  #published(client: Client, packet: IPublishPacket, now: number): void {
    checkPublish(packet, client, this.profile);
    if (!client.underRate(now, this.profile.publishesPerSecond)) {
      this.counters.throttled++;
      return;
    }
    const { topic, dup, messageId } = packet;
    const qos = packet.qos as 0 | 1;
    const payload = Uint8Array.from(packet.payload as Buffer);
    const acknowledged = qos === 1 && this.#faults.strike("no-puback") === undefined;
    this.counters.publishes++;
    if (dup) this.counters.repeats++;
    if (acknowledged) this.#send(client, { cmd: "puback", messageId: messageId! });
    this.#tell({
      ...this.#about(client, now),
      type: "publish",
      topic,
      payload,
      qos,
      dup,
      packetId: qos === 0 ? undefined : messageId,
      acknowledged,
    });
    this.#route({ topic, payload, qos, retain: packet.retain && this.profile.retain === "keep" }, now);
  }

  #subscribe(client: Client, packet: ISubscribePacket, now: number): void {
    checkSubscribe(packet, client, this.profile);
    const session = client.session!;
    const refuseAll = this.#faults.strike("suback-failure") !== undefined;
    const filters = packet.subscriptions.map(({ topic: filter, qos }) => {
      const grant = Math.min(qos, 1) as 0 | 1;
      const allowed = !refuseAll && client.admission!.maySubscribe(filter);
      return {
        filter,
        qos,
        granted: allowed && this.#sessions.subscribe(session, filter, grant) ? grant : SUBACK_FAILURE,
      };
    });
    if (this.#faults.strike("no-suback") === undefined) {
      this.#send(client, {
        cmd: "suback",
        messageId: packet.messageId!,
        granted: filters.map(({ granted }) => granted),
      });
    }
    this.#tell({ ...this.#about(client, now), type: "subscribe", filters });
    this.#sendRetained(session, filters);
    this.#feed(session, now);
  }

  /** Retained messages go to each new subscription that matches (MQTT-3.3.1-6). */
  #sendRetained(session: Session, filters: readonly { filter: string; granted: number }[]): void {
    if (this.#retained.size === 0) return;
    for (const { filter, granted } of filters) {
      if (granted === SUBACK_FAILURE) continue;
      for (const message of this.#retained.values()) {
        if (!matches(filter, message.topic, this.profile.hashMatchesParent)) continue;
        session.enqueue({ ...message, qos: Math.min(granted, message.qos) as 0 | 1 });
      }
    }
  }

  #unsubscribe(client: Client, packet: IUnsubscribePacket, now: number): void {
    checkUnsubscribe(packet, this.profile);
    for (const filter of packet.unsubscriptions) this.#sessions.unsubscribe(client.session!, filter);
    this.#send(client, { cmd: "unsuback", messageId: packet.messageId!, granted: [] });
    this.#tell({ ...this.#about(client, now), type: "unsubscribe", filters: packet.unsubscriptions });
  }

  #acknowledged(client: Client, packetId: number, now: number): void {
    const message = client.session!.acknowledge(packetId);
    if (message === undefined) return;
    this.counters.delivered++;
    this.#tell({ ...this.#about(client, now), type: "delivered", topic: message.topic, packetId });
    this.#feed(client.session!, now);
  }

  #route(message: Message, now: number): void {
    if (message.retain) {
      if (message.payload.length === 0) this.#retained.delete(message.topic);
      else this.#retained.set(message.topic, message);
    }
    for (const { session, granted } of this.#sessions.subscribersOf(message.topic)) {
      session.enqueue({ ...message, retain: false, qos: Math.min(granted, message.qos) as 0 | 1 });
      this.#feed(session, now);
    }
  }

  /** Sends what waits in a session, if its client is there. */
  #feed(session: Session, now: number): void {
    this.counters.dropped += session.dropped;
    session.dropped = 0;
    const client = session.connection === undefined ? undefined : this.#clients.get(session.connection);
    if (client === undefined) return;
    this.#sendAll(client, session.take(now));
    this.#deadlines.set(session, session.retryAt);
  }

  #sendAll(client: Client, messages: readonly Outgoing[]): void {
    for (const { topic, payload, qos, retain, dup, packetId } of messages) {
      this.counters.sent++;
      const packet: IPublishPacket = { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain, dup };
      this.#send(client, packetId === undefined ? packet : { ...packet, messageId: packetId });
    }
  }

  #sessionDue(session: Session, now: number): void {
    const client = session.connection === undefined ? undefined : this.#clients.get(session.connection);
    if (client === undefined) {
      this.#sessions.remove(session);
      return;
    }
    this.#sendAll(client, session.repeat(now - this.profile.retryAfterMs, now));
    this.#deadlines.set(session, session.retryAt);
  }

  #clientDue(client: Client, now: number): void {
    const { connackAt } = client;
    if (client.stage === "admitting" && connackAt !== undefined && connackAt <= now) this.#connack(client, now);
    const overdue = client.gone ? undefined : client.overdue(now);
    if (overdue !== undefined) this.#drop(client, overdue.reason, overdue.detail, now);
    this.#rearm(client);
  }

  #drop(client: Client, reason: CloseReason, detail: string, now: number): void {
    if (client.gone) return;
    client.gone = true;
    this.#clients.delete(client.connection);
    this.#rearm(client);
    this.counters.closes[reason] = (this.counters.closes[reason] ?? 0) + 1;
    this.#actions.push({ do: "close", connection: client.connection });
    this.#tell({ ...this.#about(client, now), type: "close", reason, detail });
    this.#detach(client, now);
    if (client.will !== undefined) this.#route(client.will, now);
  }

  #detach(client: Client, now: number): void {
    const session = client.session;
    if (session?.connection !== client.connection) return;
    session.connection = undefined;
    this.#deadlines.set(session, session.clean ? undefined : now + this.profile.sessionLifeMs);
    if (session.clean) this.#sessions.remove(session);
  }

  #rearm(client: Client): void {
    this.#deadlines.set(client, client.gone ? undefined : client.deadline);
  }

  #about(client: Client, now: number): { at: number; connection: number; clientId: string | undefined } {
    return { at: now, connection: client.connection, clientId: client.asked?.clientId };
  }

  #tell(event: BrokerEvent): void {
    this.#onEvent?.(event);
  }

  #send(client: Client, packet: Packet): void {
    this.#actions.push({ do: "send", connection: client.connection, bytes: packetBytes(packet) });
  }

  #flush(): ServerAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }
}
