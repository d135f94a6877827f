// An MQTT 3.1.1 broker as a core: no IO, no clock. What it forbids and how it forbids it is data
// (broker-profile.ts); who may enter is a function (gatekeeper.ts). Any breach of the rules ends the connection (§4.8).

import type { IConnectPacket, IPublishPacket, ISubscribePacket, IUnsubscribePacket, Packet } from "mqtt-packet";
import type { Hello, ServerAction, ServerCore, TlsDecision, TlsOffer, TlsPolicy } from "../../world/core.js";
import { CloudFaults } from "../faults.js";
import { identityOf } from "../identities.js";
import { Client, EXPIRY } from "./client.js";
import { Deadlines } from "./deadlines.js";
import { Delivery } from "./delivery.js";
import { type BrokerCounters, type BrokerEvent, type CloseReason, newCounters } from "./events.js";
import { type Gatekeeper, OPEN_GATE } from "./gatekeeper.js";
import { type ClientPacket, MqttViolation, type OtherLevel, packetBytes } from "./mqtt-wire.js";
import type { BrokerProfile } from "./profile.js";
import { Breach, checkConnect, checkPublish, checkSubscribe, checkUnsubscribe } from "./rules.js";
import { type Message, type QoS, Session } from "./session.js";

export interface BrokerOptions {
  profile: BrokerProfile;
  /** Host names that clients may ask for by SNI. Empty: any. */
  names?: readonly string[] | undefined;
  gatekeeper?: Gatekeeper | undefined;
  faults?: CloudFaults | undefined;
  onEvent?: ((event: BrokerEvent) => void) | undefined;
}

const UNACCEPTABLE_PROTOCOL_LEVEL = 1;
const SUBACK_FAILURE = 0x80;
const QOS_2_PACKETS: ReadonlySet<string> = new Set(["pubrec", "pubrel", "pubcomp"]);
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
  readonly #delivery: Delivery;
  readonly #recentConnects = new Map<string, number>();
  readonly #deadlines = new Deadlines<Client | Session>();
  #actions: ServerAction[] = [];

  constructor(options: BrokerOptions) {
    this.profile = options.profile;
    this.#names = new Set(options.names?.map((name) => name.toLowerCase()));
    this.#gatekeeper = options.gatekeeper ?? OPEN_GATE;
    this.#faults = options.faults ?? new CloudFaults();
    this.#onEvent = options.onEvent;
    this.#delivery = new Delivery({
      profile: this.profile,
      counters: this.counters,
      send: (connection, packet) => this.#act(connection, packet),
      wake: (session, at) => this.#deadlines.set(session, at),
      copies: () => (this.#faults.strike("delivers-twice") === undefined ? 1 : 2),
    });
  }

  /** Refuses a missing or wrong SNI and a missing or wrong ALPN where the profile needs them. */
  clientHello(offer: TlsOffer): TlsDecision {
    const { alpn } = this.profile;
    if (!this.knows(offer.sni)) return { alert: "unrecognized_name" };
    const fault = this.#faults.strike("wrong-alpn");
    const selected = alpn.names.find((name) => offer.alpn.includes(name));
    if (fault === "alert" || (selected === undefined && alpn.required)) {
      return { alert: "no_application_protocol" };
    }
    return { certificate: identityOf("broker", this.#faults), alpn: fault === "none" ? undefined : selected };
  }

  /** Whether a client may ask for this name, or for none. */
  knows(sni: string | undefined): boolean {
    if (sni === undefined) return !this.profile.sniRequired;
    return this.#names.size === 0 || this.#names.has(sni.toLowerCase());
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
      if (owner instanceof Session) this.#delivery.due(owner, now);
      else this.#clientDue(owner, now);
    }
    return this.#flush();
  }

  nextDeadline(): number | undefined {
    return this.#deadlines.next();
  }

  /**
   * Publishes from the cloud's side.
   * @param retain the broker keeps it, for whoever subscribes later
   * @returns what to do for the clients that get it; the carrier must be given these
   */
  publish(topic: string, payload: Uint8Array, qos: QoS, now: number, retain = false): ServerAction[] {
    this.#delivery.route({ topic, payload, qos, retain }, now);
    return this.#flush();
  }

  /**
   * Takes a message that came by another way than MQTT, as from a client. Its topic and its right are checked already.
   * @param connection number of the connection it came by
   */
  accept(connection: number, clientId: string, message: Omit<Message, "retain">, now: number): ServerAction[] {
    this.counters.publishes++;
    const common = { type: "publish", at: now, connection, clientId } as const;
    this.#tell({ ...common, ...message, dup: false, packetId: undefined, acknowledged: true });
    this.#delivery.route({ ...message, retain: false }, now);
    return this.#flush();
  }

  /** Ends the connection of a client, as an operator would. */
  disconnect(clientId: string, now: number): ServerAction[] {
    const number = this.#delivery.session(clientId)?.connection;
    const client = number === undefined ? undefined : this.#clients.get(number);
    if (client !== undefined) this.#drop(client, "SERVER_INITIATED_DISCONNECT", "ended by the operator", now);
    return this.#flush();
  }

  /** Whether a client with this id is connected. */
  isConnected(clientId: string): boolean {
    return this.#delivery.session(clientId)?.connection !== undefined;
  }

  #receive(client: Client, bytes: Uint8Array, now: number): void {
    client.reader.push(bytes);
    try {
      while (!client.gone) {
        const packet = client.reader.next();
        if (packet === undefined) return;
        if (this.profile.expiresOn === "packet" && client.expired(now)) throw new Breach(EXPIRY.reason, EXPIRY.detail);
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
    if (this.profile.maxQos < 2 && QOS_2_PACKETS.has(packet.cmd)) throw new Breach("CLIENT_ERROR", "a packet of QoS 2");
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
      case "pubcomp":
        this.#acknowledged(client, packet.messageId!, now);
        break;
      case "pubrec":
        client.session!.recordReceived(packet.messageId!, now);
        this.#send(client, { cmd: "pubrel", messageId: packet.messageId! });
        break;
      case "pubrel":
        client.session!.release(packet.messageId!);
        this.#send(client, { cmd: "pubcomp", messageId: packet.messageId! });
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
    this.#dropOlder(clientId, now);
    const { session, present } = this.#delivery.attach(client.connection, clientId, asked.cleanSession);
    client.admit(verdict, session, now);
    const drops = this.#faults.strike("broker-drops");
    if (drops !== undefined) client.dropsAt = now + Number(drops) * 1000;
    this.counters.connects++;
    const until = verdict.endsAt === undefined ? {} : { endsAt: verdict.endsAt };
    this.#tell({ ...common, ...asked, returnCode: 0, sessionPresent: present, ...until });
    this.#send(client, { cmd: "connack", returnCode: 0, sessionPresent: present });
    if (this.#faults.strike("close-after-connack") !== undefined) {
      this.#drop(client, "SERVER_INITIATED_DISCONNECT", "ordered by a fault", now);
      return;
    }
    this.#delivery.resume(session, now);
  }

  /** Ends an older connection of the same client (MQTT-3.1.4-2). */
  #dropOlder(clientId: string, now: number): void {
    const older = this.#delivery.session(clientId)?.connection;
    if (older === undefined) return;
    this.#drop(this.#clients.get(older)!, "DUPLICATE_CLIENTID", "the same client id connected again", now);
  }

  #published(client: Client, packet: IPublishPacket, now: number): void {
    checkPublish(packet, client, this.profile);
    if (!client.underRate(now, this.profile.publishesPerSecond)) {
      this.counters.throttled++;
      return;
    }
    const { topic, dup, messageId, qos } = packet;
    const payload = Uint8Array.from(packet.payload as Buffer);
    const acknowledged = qos > 0 && this.#faults.strike("no-puback") === undefined;
    this.counters.publishes++;
    if (dup) this.counters.repeats++;
    if (acknowledged) this.#send(client, { cmd: qos === 1 ? "puback" : "pubrec", messageId: messageId! });
    const packetId = qos === 0 ? undefined : messageId;
    this.#tell({ ...this.#about(client, now), type: "publish", topic, payload, qos, dup, packetId, acknowledged });
    if (qos === 2 && !client.session!.receive(messageId!)) return;
    const retain = packet.retain && this.profile.retain === "keep";
    this.#delivery.route({ topic, payload, qos, retain }, now);
  }

  #subscribe(client: Client, packet: ISubscribePacket, now: number): void {
    checkSubscribe(packet, client, this.profile);
    const session = client.session!;
    const refuseAll = this.#faults.strike("suback-failure") !== undefined;
    const filters = packet.subscriptions.map(({ topic: filter, qos }) => {
      const grant = Math.min(qos, this.profile.maxQos) as QoS;
      const allowed = !refuseAll && client.admission!.maySubscribe(filter);
      const granted = allowed && this.#delivery.subscribe(session, filter, grant) ? grant : SUBACK_FAILURE;
      if (granted !== SUBACK_FAILURE) this.#greet(client, filter, granted);
      return { filter, qos, granted };
    });
    if (this.#faults.strike("no-suback") === undefined) {
      const suback: Packet = {
        cmd: "suback",
        messageId: packet.messageId!,
        granted: filters.map(({ granted }) => granted),
      };
      const late = this.#faults.strike("late-suback");
      if (late === undefined) this.#send(client, suback);
      else client.held.push({ at: now + Number(late) * 1000, packet: suback });
    }
    this.#tell({ ...this.#about(client, now), type: "subscribe", filters });
    this.#delivery.feed(session, now);
  }

  /** What a new subscription brings at once. */
  #greet(client: Client, filter: string, granted: QoS): void {
    const session = client.session!;
    this.#delivery.queueRetained(session, filter, granted);
    for (const message of client.admission!.greeting?.(filter) ?? []) {
      session.enqueue({ ...message, qos: granted, retain: false });
    }
  }

  #unsubscribe(client: Client, packet: IUnsubscribePacket, now: number): void {
    checkUnsubscribe(packet, this.profile);
    for (const filter of packet.unsubscriptions) this.#delivery.unsubscribe(client.session!, filter);
    this.#send(client, { cmd: "unsuback", messageId: packet.messageId!, granted: [] });
    this.#tell({ ...this.#about(client, now), type: "unsubscribe", filters: packet.unsubscriptions });
  }

  #acknowledged(client: Client, packetId: number, now: number): void {
    const message = client.session!.acknowledge(packetId);
    if (message === undefined) return;
    this.counters.delivered++;
    this.#tell({ ...this.#about(client, now), type: "delivered", topic: message.topic, packetId });
    this.#delivery.feed(client.session!, now);
  }

  #clientDue(client: Client, now: number): void {
    const { connackAt } = client;
    if (client.stage === "admitting" && connackAt !== undefined && connackAt <= now) this.#connack(client, now);
    while (client.held[0] !== undefined && client.held[0].at <= now) this.#send(client, client.held.shift()!.packet);
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
    if (client.session?.connection === client.connection) this.#delivery.detach(client.session, now);
    if (client.will !== undefined) this.#delivery.route(client.will, now);
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
    this.#act(client.connection, packet);
  }

  #act(connection: number, packet: Packet): void {
    this.#actions.push({ do: "send", connection, bytes: packetBytes(packet) });
  }

  #flush(): ServerAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }
}
