// What went over the device's connections, both ways, in short: a line for each connection, and one for each message that came.

import type { ClientPacket, OtherLevel, ServerPacket } from "../cloud/broker/mqtt-wire.js";
import type { Dial } from "../desk/wiretap.js";

/** One connection of the device's. Times are milliseconds from its first power-on. */
export interface Connection extends Omit<Dial, "connection"> {
  at: number;
  /** When the firmware closed it or was told of its end; undefined: neither, as its life or the run ended before. */
  endedAt: number | undefined;
  /** Sockets that the modem still had when it was dialled. */
  socketsBefore: number;
  /** Packets were handed over: it carried MQTT. */
  isMqtt: boolean;
  /** Number of the token that its CONNECT bore; undefined: none. */
  token: number | undefined;
  /** Seconds, as CONNECT asked. */
  keepAliveS: number;
  /** The broker's CONNACK, as it was read. */
  connack: { at: number; returnCode: number; present: boolean } | undefined;
  /**
   * Filters that the broker had neither granted in this session nor been asked for as the first new record went out;
   * undefined: none went.
   */
  missing: readonly string[] | undefined;
  /** A SUBACK that grants all was read. */
  grantedAt?: number;
  /** A SUBACK that refuses was read, and what was handed over after that. */
  refusedAt: number | undefined;
  saidAfterRefusal: number;
  /** The longest time behind the CONNACK in which nothing was handed over, and when it was over. */
  silence: { ms: number; until: number };
  pings: number;
  /** A PINGREQ that was not answered before the connection ended: when it was handed over. */
  pingAt: number | undefined;
}

/** A message that the device was handed. */
export interface Heard {
  at: number;
  /** Number of the start in which it came, from 1. */
  life: number;
  topic: string;
  /** As text, a character a byte. */
  text: string;
  /** The broker had kept it. */
  retained: boolean;
  /** When its acknowledgement was handed over; undefined: it never was. */
  ackedAt: number | undefined;
  /** Commands refused in this life by then. */
  refused: number;
}

/** What a wire asks of the desk around it. */
export interface WireMeans {
  /** Milliseconds from the first power-on. */
  now(): number;
  /** Sockets that the modem has. */
  sockets(): number;
  /** Commands that the firmware that runs has refused so far. */
  refused(): number;
}

const SUBACK_FAILURE = 0x80;

export class Wire {
  readonly connections: Connection[] = [];
  readonly heard: Heard[] = [];
  readonly #means: WireMeans;
  readonly #filters: readonly string[];
  readonly #open = new Map<number, Line>();
  readonly #tokens = new Map<string, number>();
  /** Filters that the session has, as far as the device was told; of each SUBSCRIBE under way, by its packet id. */
  readonly #granted = new Set<string>();
  #life = 0;

  /** @param filters what the device must have subscribed to */
  constructor(filters: readonly string[], means: WireMeans) {
    this.#filters = filters;
    this.#means = means;
  }

  /** A start: what was open before is not heard of any more. */
  booted(): void {
    this.#life++;
    this.#open.clear();
  }

  dialled({ connection, ...dial }: Dial): void {
    const it: Connection = {
      ...dial,
      at: this.#means.now(),
      endedAt: undefined,
      socketsBefore: this.#means.sockets(),
      isMqtt: false,
      token: undefined,
      keepAliveS: 0,
      connack: undefined,
      missing: undefined,
      refusedAt: undefined,
      saidAfterRefusal: 0,
      silence: { ms: 0, until: 0 },
      pings: 0,
      pingAt: undefined,
    };
    this.connections.push(it);
    this.#open.set(connection, { it, saidAt: undefined, asked: new Map(), waiting: new Map() });
  }

  ended(connection: number): void {
    const line = this.#open.get(connection);
    if (line === undefined) return;
    this.#open.delete(connection);
    line.it.endedAt = this.#means.now();
    measureSilence(line, line.it.endedAt);
  }

  /** The device handed over a packet. */
  said(packet: ClientPacket | OtherLevel, connection: number): void {
    const line = this.#open.get(connection);
    if (line === undefined) return;
    const { it } = line;
    const now = this.#means.now();
    it.isMqtt = true;
    if (it.refusedAt !== undefined) it.saidAfterRefusal++;
    measureSilence(line, now);
    // What a session that goes on repeats comes first in it.
    if (packet.cmd === "publish" && !packet.dup)
      it.missing ??= this.#filters.filter((filter) => !this.#stands(filter, line));
    else if (packet.cmd === "puback") this.#acknowledged(line, packet.messageId!, now);
    else if (packet.cmd === "pingreq") {
      it.pings++;
      it.pingAt = now;
    } else if (packet.cmd === "subscribe") {
      const filters = packet.subscriptions.map(({ topic }) => topic);
      line.asked.set(packet.messageId!, filters);
    } else if (packet.cmd === "connect") {
      it.keepAliveS = packet.keepalive ?? 0;
      const { username, password } = packet;
      // One that the device signs itself is the password.
      it.token = this.#tokenOf(password === undefined ? username : String(password));
    }
  }

  /** The device read a packet of the broker's. */
  read(packet: ServerPacket, connection: number): void {
    const line = this.#open.get(connection);
    if (line === undefined) return;
    const { it } = line;
    const now = this.#means.now();
    if (packet.cmd === "publish") this.#message(line, packet, now);
    else if (packet.cmd === "pingresp") it.pingAt = undefined;
    else if (packet.cmd === "suback") {
      const filters = line.asked.get(packet.messageId!) ?? [];
      for (const [i, filter] of filters.entries()) {
        if (packet.granted[i] === SUBACK_FAILURE) it.refusedAt ??= now;
        else this.#granted.add(filter);
      }
      if (it.refusedAt === undefined) it.grantedAt ??= now;
    } else if (packet.cmd === "connack") {
      const { returnCode = 0, sessionPresent: present } = packet;
      it.connack = { at: now, returnCode, present };
      if (returnCode === 0 && !present) this.#granted.clear();
      line.saidAt = now;
    }
  }

  #stands(filter: string, { asked }: Line): boolean {
    return this.#granted.has(filter) || [...asked.values()].some((filters) => filters.includes(filter));
  }

  #message(line: Line, packet: Extract<ServerPacket, { cmd: "publish" }>, at: number): void {
    const { topic, retain: retained, messageId } = packet;
    const text = (packet.payload as Buffer).toString("latin1");
    const heard = { at, life: this.#life, topic, text, retained, ackedAt: undefined, refused: 0 };
    this.heard.push(heard);
    if (messageId !== undefined) line.waiting.set(messageId, heard);
  }

  #acknowledged({ waiting }: Line, packetId: number, now: number): void {
    const heard = waiting.get(packetId);
    if (heard === undefined) return;
    waiting.delete(packetId);
    heard.ackedAt = now;
    heard.refused = this.#means.refused();
  }

  #tokenOf(username: string | undefined): number | undefined {
    if (username === undefined || username === "") return undefined;
    const known = this.#tokens.get(username) ?? this.#tokens.size + 1;
    this.#tokens.set(username, known);
    return known;
  }
}

/** A connection that lives. */
interface Line {
  it: Connection;
  /** When something was handed over last, from the CONNACK on. */
  saidAt: number | undefined;
  /** Filters of each SUBSCRIBE, by packet id. */
  asked: Map<number, readonly string[]>;
  /** Messages not acknowledged yet, by packet id. */
  waiting: Map<number, Heard>;
}

function measureSilence(line: Line, now: number): void {
  if (line.saidAt === undefined) return;
  const ms = now - line.saidAt;
  if (ms > line.it.silence.ms) line.it.silence = { ms, until: now };
  line.saidAt = now;
}
