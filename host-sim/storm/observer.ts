// Gathers the evidence of a run as it comes.

import type { LogEvent, LogEvents, LogFields, LogLevel } from "../../firmware/platform/events.js";
import type { ClientPacket, OtherLevel, ServerPacket } from "../cloud/broker/mqtt-wire.js";
import type { AppDeed } from "../desk/app-tap.js";
import type { CloudEvent, DeskWatcher } from "../desk/desk.js";
import { FIRST_TWIN } from "../desk/twin.js";
import type { UnitWatcher } from "../desk/unit.js";
import type { Dial } from "../desk/wiretap.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { AskedWaits } from "./asked.js";
import { Climbs } from "./climbs.js";
import {
  type Admitted,
  type Arrived,
  type Closed,
  type Evidence,
  KEPT_EVENTS,
  type Logged,
  type Onboarded,
  type Posted,
  type Refused,
  type Sent,
} from "./evidence.js";
import type { Ledger, RecordLife } from "./ledger.js";
import { secretIn } from "./secrets.js";
import type { Wire } from "./wire.js";

const KEPT: ReadonlySet<LogEvent> = new Set(KEPT_EVENTS);
/** HTTP: OK, Switching Protocols. */
const SUCCESS: ReadonlySet<number> = new Set([200, 101]);

type Gathered = Omit<
  Evidence,
  | ("trial" | "records" | "vanished" | "proofs" | "cramped" | "commands")
  | ("measured" | "checks" | "end" | "totals" | "digest")
>;

export class Observer implements DeskWatcher {
  readonly sent: Sent[] = [];
  readonly posted: Posted[] = [];
  readonly refused: Refused[] = [];
  readonly arrived: Arrived[] = [];
  readonly connects: number[] = [];
  readonly cloneConnects: number[] = [];
  readonly admitted: Admitted[] = [];
  readonly closed: Closed[] = [];
  readonly onboardings: Onboarded[] = [];
  readonly boots: number[] = [];
  readonly kept: Logged[] = [];
  readonly crashes: { at: number; message: string }[] = [];
  readonly leaks: { at: number; event: LogEvent; secret: string }[] = [];
  readonly feeds: number[] = [];
  readonly broken: { at: number; what: string }[] = [];
  readonly deeds: AppDeed[] = [];
  /** Told of all that the cloud sees. */
  onCloud: (event: CloudEvent) => void = () => {};
  /** Connections of the clone's. */
  readonly #clones = new Set<number>();
  readonly #climbs = new Climbs();
  readonly #asked = new AskedWaits();
  /** Sessions so far; the latest is the one that goes on. */
  #sessions = 0;
  /** What the PUBLISH packets of this session stand for, by packet id, until that is acknowledged. */
  readonly #flights = new Map<number, RecordLife[]>();
  /** What went out last in this session, by packet id. */
  readonly #latest = new Map<number, Sent>();
  #resumed = false;
  readonly #world: VirtualWorld;
  readonly #ledger: Ledger;
  readonly #wire: Wire;
  readonly #also: (logged: Logged) => void;
  readonly #pin: string | undefined;

  /**
   * @param world whose time began with the first power-on
   * @param also takes every line of the log
   * @param pin the card's, which no line may hold; left out: it has none
   */
  constructor(world: VirtualWorld, ledger: Ledger, wire: Wire, also: (logged: Logged) => void, pin?: string) {
    this.#pin = pin;
    this.#world = world;
    this.#ledger = ledger;
    this.#wire = wire;
    this.#also = also;
  }

  get gathered(): Gathered {
    const {
      sent,
      posted,
      refused,
      arrived,
      connects,
      cloneConnects,
      admitted,
      closed,
      onboardings,
      boots,
      kept,
      crashes,
      leaks,
      feeds,
      broken,
      deeds,
    } = this;
    const { connections, heard } = this.#wire;
    return {
      sent,
      posted,
      refused,
      arrived,
      connects,
      cloneConnects,
      connections,
      heard,
      admitted,
      closed,
      onboardings,
      askedWaits: this.#asked.all,
      climbs: this.#climbs.all,
      boots,
      log: kept,
      crashes,
      leaks,
      feeds,
      broken,
      deeds,
    };
  }

  // ------------------------------------------------------------ the device

  log<E extends LogEvent>(level: LogLevel, event: E, fields: LogEvents[E] & LogFields): void {
    const logged = { at: this.#world.elapsed, level, event, fields } as Logged;
    if (KEPT.has(event)) this.kept.push(logged);
    this.#climbs.log(logged);
    const secret = secretIn(fields, this.#pin);
    if (secret) this.leaks.push({ at: logged.at, event, secret });
    this.#also(logged);
  }

  booted(): void {
    this.#wire.booted();
    this.#climbs.booted();
    this.boots.push(this.#world.elapsed);
  }

  crashed(error: unknown): void {
    this.#noted(textOf(error));
  }

  /** A promise was broken that nobody waits for. */
  rejected(reason: unknown): void {
    this.#noted(`a promise that nobody waits for: ${String(reason)}`);
  }

  fed(): void {
    this.feeds.push(this.#world.elapsed);
  }

  /** Something that must hold inside the firmware does not. */
  broke(what: string): void {
    this.broken.push({ at: this.#world.elapsed, what });
  }

  app(deed: AppDeed): void {
    this.deeds.push(deed);
  }

  at(direction: "tx" | "rx", text: string): void {
    this.#climbs.line(direction, text);
  }

  dialled(dial: Dial): void {
    this.#wire.dialled(dial);
    this.#asked.dialled(dial.connection, dial.host);
  }

  stream(connection: number, direction: "up" | "down", bytes: Uint8Array): void {
    if (direction === "down") this.#asked.read(connection, bytes, this.#world.elapsed);
  }

  ended(connection: number): void {
    this.#wire.ended(connection);
    this.#asked.ended(connection);
  }

  received(packet: ServerPacket, _: Uint8Array, connection: number): void {
    this.#wire.read(packet, connection);
    const sent = packet.cmd === "puback" ? this.#latest.get(packet.messageId!) : undefined;
    if (sent !== undefined) sent.answeredAt ??= this.#world.elapsed;
  }

  packet(packet: ClientPacket | OtherLevel, _: Uint8Array, connection: number): void {
    this.#wire.said(packet, connection);
    if (packet.cmd === "connect") this.connects.push(this.#world.elapsed);
    if (packet.cmd !== "publish") return;
    const records = this.#recordsIn(packet);
    const sent: Sent = {
      at: this.#world.elapsed,
      session: this.#sessions,
      resumed: this.#resumed,
      packetId: packet.messageId,
      dup: packet.dup,
      sequence: records[0]?.sequence,
      ...(records.length > 1 && { group: records.map((record) => record?.sequence) }),
    };
    this.sent.push(sent);
    if (packet.messageId !== undefined) this.#latest.set(packet.messageId, sent);
  }

  /** What a PUBLISH stands for: sent again, what it stood for before, though others say the same. */
  #recordsIn({
    topic,
    payload,
    messageId: id,
    dup,
  }: Extract<ClientPacket, { cmd: "publish" }>): (RecordLife | undefined)[] {
    const flights = this.#flights;
    for (const [other, records] of flights)
      if (records.every(({ ackedAt }) => ackedAt !== undefined)) flights.delete(other);
    const before = dup && id !== undefined ? flights.get(id) : undefined;
    if (id !== undefined) flights.delete(id);
    const underWay = [...flights.values()].flat();
    const records = this.#ledger.find(topic, payload as Uint8Array, before, underWay);
    if (id !== undefined)
      flights.set(
        id,
        records.filter((record) => record !== undefined),
      );
    return records;
  }

  posts(topic: string, payload: Uint8Array): void {
    for (const record of this.#ledger.find(topic, payload))
      this.posted.push({ at: this.#world.elapsed, sequence: record?.sequence });
  }

  answered(status: number): void {
    if (!SUCCESS.has(status)) this.refused.push({ at: this.#world.elapsed, status });
  }

  session(present: boolean): void {
    this.#resumed = present;
    if (present) return;
    this.#sessions++;
    this.#flights.clear();
    this.#latest.clear();
  }

  violation(message: string): void {
    this.#noted(`what was sent is no MQTT: ${message}`);
  }

  #noted(message: string): void {
    this.crashes.push({ at: this.#world.elapsed, message });
  }

  // ------------------------------------------------------------ its clone

  /** Hears what the clone hands to TLS. */
  readonly clone: UnitWatcher = {
    packet: ({ cmd }) => {
      if (cmd === "connect") this.cloneConnects.push(this.#world.elapsed);
    },
    violation: (message) => this.violation(message),
    crashed: (error) => this.#noted(`of the clone: ${textOf(error)}`),
  };

  /** Connection number `connection` is one of the clone's. */
  cloned(connection: number): void {
    this.#clones.add(connection);
  }

  // ------------------------------------------------------------ the cloud

  cloud(event: CloudEvent): void {
    this.onCloud(event);
    const at = event.at - this.#world.startMs;
    if (event.type === "onboarding") {
      const { status, retryAfterS, connection } = event;
      const isClone = this.#clones.has(connection);
      this.onboardings.push({
        at,
        status,
        ...(retryAfterS !== undefined && { retryAfterS }),
        ...(isClone && { isClone }),
      });
      return;
    }
    const { connection } = event;
    if (connection >= FIRST_TWIN || this.#clones.has(connection)) return;
    if (event.type === "publish") {
      for (const record of this.#ledger.arrived(event.topic, event.payload))
        this.arrived.push({ at, connection, topic: event.topic, sequence: record?.sequence });
    } else if (event.type === "connect") {
      const endsAt = event.endsAt === undefined ? undefined : event.endsAt - this.#world.startMs;
      this.admitted.push({ at, connection, denial: event.denial, endsAt });
    } else if (event.type === "close") {
      this.closed.push({ at, connection, reason: event.reason, detail: event.detail });
    }
  }
}

const textOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
