// One connection to a broker: how far it has come, and when it must end.

import type { IConnectPacket, Packet } from "mqtt-packet";
import type { Hello } from "../../world/core.js";
import type { CloseReason } from "./events.js";
import type { Admission, Refusal } from "./gatekeeper.js";
import { PacketReader } from "./mqtt-wire.js";
import type { BrokerProfile } from "./profile.js";
import type { Message, QoS, Session } from "./session.js";

/** A connection ends at this many times its keep-alive without a packet (MQTT-3.1.2-24). */
const KEEP_ALIVE_FACTOR = 1.5;
const SECOND = 1000;
/** A broker that a fault keeps silent lets go of a client after this. */
const SILENT_MS = 600 * SECOND;

/** Why a connection ends whose credentials have expired. */
export const EXPIRY = { reason: "CUSTOMAUTH_TTL_EXPIRATION", detail: "the credentials' time is over" } as const;

interface Ending {
  at: number;
  reason: CloseReason;
  detail: string;
}

export class Client {
  readonly connection: number;
  readonly hello: Hello;
  readonly reader: PacketReader;
  readonly #profile: BrokerProfile;
  /** Before CONNECT; between CONNECT and CONNACK; after it. */
  stage: "new" | "admitting" | "open" = "new";
  gone = false;
  asked: IConnectPacket | undefined;
  verdict: Admission | Refusal | undefined;
  connackAt: number | undefined;
  /** Set once admitted. */
  admission: Admission | undefined;
  session: Session | undefined;
  will: Message | undefined;
  /** Answers that a fault holds back, the first to go out first. */
  readonly held: { at: number; packet: Packet }[] = [];
  /** When a fault ends the connection. */
  dropsAt: number | undefined;
  #openedAt: number;
  #heardAt: number;
  #keepAliveMs = 0;
  #rateSecond = 0;
  #rateCount = 0;

  constructor(connection: number, hello: Hello, profile: BrokerProfile, now: number) {
    this.connection = connection;
    this.hello = hello;
    this.reader = new PacketReader(profile.maxPayloadBytes);
    this.#profile = profile;
    this.#openedAt = now;
    this.#heardAt = now;
  }

  /** A packet came. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  connect(packet: IConnectPacket, now: number): void {
    this.asked = packet;
    this.stage = "admitting";
    this.connackAt = now + this.#profile.connackAfterMs;
    this.#keepAliveMs = effectiveKeepAlive(packet.keepalive ?? 0, this.#profile) * SECOND;
  }

  admit(admission: Admission, session: Session, now: number): void {
    this.stage = "open";
    this.admission = admission;
    this.session = session;
    this.#heardAt = now;
    const will = this.#profile.will === "keep" ? this.asked?.will : undefined;
    if (will !== undefined && admission.mayPublish(will.topic, will.payload.length)) {
      this.will = {
        topic: will.topic,
        payload: Buffer.from(will.payload),
        qos: Math.min(will.qos ?? 0, this.#profile.maxQos) as QoS,
        retain: will.retain === true && this.#profile.retain === "keep",
      };
    }
  }

  /** Whether the credentials' time is over. */
  expired(now: number): boolean {
    return now >= (this.admission?.endsAt ?? Number.POSITIVE_INFINITY);
  }

  /** Counts a PUBLISH; false: it is one too many in this second. */
  underRate(now: number, perSecond: number): boolean {
    const second = Math.floor(now / SECOND);
    this.#rateCount = second === this.#rateSecond ? this.#rateCount + 1 : 1;
    this.#rateSecond = second;
    return this.#rateCount <= perSecond;
  }

  /** When something is next to be done about this connection. */
  get deadline(): number | undefined {
    const times = this.#endings().map(({ at }) => at);
    if (this.stage === "admitting" && this.connackAt !== undefined) times.push(this.connackAt);
    if (this.held[0] !== undefined) times.push(this.held[0].at);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Why the connection must end by `now`, if it must. */
  overdue(now: number): Ending | undefined {
    return this.#endings().find(({ at }) => at <= now);
  }

  #endings(): Ending[] {
    const { idleMs, connectWithinMs } = this.#profile;
    const endings: Ending[] = [];
    if (this.stage === "new") {
      endings.push({ at: this.#openedAt + connectWithinMs, reason: "CONNECTION_LOST", detail: "no CONNECT" });
    }
    if (this.stage === "admitting") {
      endings.push({ at: this.#openedAt + SILENT_MS, reason: "CONNECTION_LOST", detail: "no CONNACK" });
    }
    if (this.stage === "open" && this.#keepAliveMs > 0) {
      const at = this.#heardAt + this.#keepAliveMs * KEEP_ALIVE_FACTOR;
      endings.push({ at, reason: "MQTT_KEEP_ALIVE_TIMEOUT", detail: "nothing came within 1.5 times the keep-alive" });
    }
    if (this.stage === "open" && idleMs !== undefined) {
      endings.push({ at: this.#heardAt + idleMs, reason: "CONNECTION_LOST", detail: "idle for too long" });
    }
    const expiresAt = this.#profile.expiresOn === "time" ? this.admission?.endsAt : undefined;
    if (expiresAt !== undefined) endings.push({ at: expiresAt, ...EXPIRY });
    if (this.dropsAt !== undefined) {
      endings.push({ at: this.dropsAt, reason: "SERVER_INITIATED_DISCONNECT", detail: "ordered by a fault" });
    }
    return endings;
  }
}

function effectiveKeepAlive(seconds: number, { keepAlive }: BrokerProfile): number {
  if (keepAlive === undefined) return seconds;
  if (seconds === 0) return keepAlive.mostSeconds;
  return Math.min(Math.max(seconds, keepAlive.leastSeconds), keepAlive.mostSeconds);
}
