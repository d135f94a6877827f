// What we send under a packet identifier, until it is acknowledged (MQTT 3.1.1 §4.3, §4.4, §4.6).
//
//   sent                 awaits      then
//   PUBLISH QoS 1        PUBACK      done
//   PUBLISH QoS 2        PUBREC      PUBREL, awaits PUBCOMP, done
//   SUBSCRIBE            SUBACK      done
//   UNSUBSCRIBE          UNSUBACK    done
//
// Records come from the journal in its order, at most `inFlight` at a time, and leave it when they are done. A backlog goes
// out no faster than the broker takes it: what it drops would be sent again much later, and out of order.

import type { Failure } from "../platform/failure.js";
import { type BatchRule, type Group, gather, numbersOf } from "./batch.js";
import { MqttError } from "./error.js";
import type { Journal, JournalRecord } from "./journal.js";
import { checkMessage, checkTopic, type MqttLimits } from "./limits.js";
import {
  type Ack,
  type ClientPacket,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  type QoS,
  SUBACK,
  SUBSCRIBE,
  SUBSCRIBE_FAILURE,
  type Suback,
  type Subscribe,
  UNSUBACK,
  type Unsubscribe,
} from "./packets.js";
import type { SendBuffer } from "./send-buffer.js";
import type { Flight, SessionState } from "./state.js";

/** Times that one packet is sent on one connection before the connection is given up. */
export const SENDS_MAX = 4;

/** What became of one filter of a SUBSCRIBE. */
export interface Grant {
  filter: string;
  /** The QoS that was asked for. */
  asked: QoS;
  /** The QoS the broker grants, which may be lower; undefined: it refused the filter (§3.9.3). */
  granted: QoS | undefined;
}

export interface OutboundEvents {
  /** For the callbacks, each of which is called as a method of the object that has it: so they need not be closures. */
  target?: unknown;
  /** Record `sequence` is acknowledged, and has left the journal. */
  onDelivered?: ((sequence: number) => void) | undefined;
  /** Record `sequence` can never be sent here, and has left the journal. */
  onRejected?: ((sequence: number, failure: Failure) => void) | undefined;
  /** A SUBSCRIBE is answered. */
  onSubscribed?: ((grants: readonly Grant[]) => void) | undefined;
  onUnsubscribed?: ((filters: readonly string[]) => void) | undefined;
}

export interface OutboundParts {
  state: SessionState;
  journal: Journal;
  buffer: SendBuffer;
  limits: MqttLimits;
  /** Messages in flight at most. */
  inFlight: number;
  /** Which records travel together; left out: none. */
  batch?: BatchRule | undefined;
  events: OutboundEvents;
}

export class Outbound {
  readonly #parts: OutboundParts;
  readonly #resendMs: number;
  /** Least milliseconds between two PUBLISH packets in the long run; a whole window may go out at once. */
  readonly #publishMs: number;
  /** When the next PUBLISH is due at that pace, monotonic milliseconds. */
  #publishDue = Number.NEGATIVE_INFINITY;
  /** A PUBLISH waits for its time. */
  #held = false;
  /** The topic of the latest message, which is allowed: most have the same. */
  topic: string | undefined;

  /** @param resendMs how long to wait for an answer before the packet is sent again on this connection */
  constructor(parts: OutboundParts, resendMs: number) {
    this.#parts = parts;
    this.#resendMs = resendMs;
    const { limits, inFlight } = parts;
    this.#publishMs = Math.ceil(1_000 / paceOf(limits.publishesPerSecond, inFlight));
  }

  /** Filters that are granted, or asked for and not answered yet. */
  get filters(): Set<string> {
    const { granted, flights } = this.#parts.state;
    const filters = new Set(granted.keys());
    for (const { request } of flights.values()) {
      if (request?.type === SUBSCRIBE) for (const { filter } of request.filters) filters.add(filter);
    }
    return filters;
  }

  /** Sends a SUBSCRIBE or UNSUBSCRIBE as soon as there is room. */
  request(request: Omit<Subscribe, "id"> | Omit<Unsubscribe, "id">): void {
    const { state } = this.#parts;
    const id = state.nextId();
    state.flights.set(id, {
      awaits: request.type === SUBSCRIBE ? SUBACK : UNSUBACK,
      sequence: 0,
      dup: false,
      tries: 0,
      sentAt: undefined,
      request: { ...request, id },
    });
  }

  /**
   * Sends what is to be sent, as far as there is room: first what waits to be sent (again), then new records.
   * @param records false: no new ones
   */
  offer(now: number, records: boolean): void {
    const { state, journal, inFlight } = this.#parts;
    this.#held = false;
    // Not even begun where it is empty: XS makes several objects for a walk over a Map.
    if (state.flights.size > 0) {
      for (const [id, flight] of state.flights) {
        if (flight.sentAt === undefined && !this.transmit(id, flight, now)) return;
      }
    }
    while (records && state.messages < inFlight) {
      const record = journal.next(state.offered);
      if (!record || !this.begin(record, now)) return;
    }
  }

  /** Sends a record, and with it those that travel with it. @returns false when there is no room for it now */
  private begin(first: JournalRecord, now: number): boolean {
    const { state, journal, batch } = this.#parts;
    const group = batch && gather(journal, first, batch);
    const record = group?.record ?? first;
    const { sequence, qos } = record;
    const id = state.nextId();
    const flight: Flight = { awaits: qos === 1 ? PUBACK : PUBREC, sequence, dup: false, tries: 0, sentAt: undefined };
    if (group !== undefined && group.count > 1) flight.group = { last: group.last, count: group.count };
    const done = this.transmit(id, flight, now, record);
    if (flight.tries > 0) state.flights.set(id, flight);
    if (done) state.offered = group?.last ?? sequence;
    return done;
  }

  /**
   * Sends a flight, or forgets it where its record is gone. A record that can never be sent (kept by a firmware that took
   * it, or under other limits) is taken out of the way of what can, also where it was under way already.
   * @param known the flight's record, where it has just been read
   * @returns false when there is no room for it now
   */
  private transmit(id: number, flight: Flight, now: number, known?: JournalRecord): boolean {
    const { buffer, journal, events } = this.#parts;
    try {
      const packet = this.packet(id, flight, known);
      if (!packet) {
        this.forget(id, flight);
        return true;
      }
      const isPublish = packet.type === PUBLISH;
      if (isPublish && now < this.publishAt) {
        this.#held = true;
        return false;
      }
      if (!buffer.send(packet)) {
        if (!buffer.empty) return false;
        throw new MqttError("mqtt-too-large", "a packet longer than the send buffer");
      }
      if (isPublish) this.#publishDue = Math.max(this.#publishDue, now) + this.#publishMs;
    } catch (error) {
      // Only what will never do is taken out of the journal; a journal that cannot be read now may be later.
      if (!(error instanceof MqttError) || error.code === "mqtt-regroup" || flight.request) throw error;
      this.forget(id, flight);
      for (const sequence of this.numbers(flight)) {
        journal.delivered(sequence);
        events.onRejected?.(sequence, error);
      }
      return true;
    }
    flight.sentAt = now;
    flight.tries++;
    flight.dup = true;
    return true;
  }

  /**
   * The flight's record is gone. With QoS 2, where it may have been sent, PUBREL frees the id on both sides, whatever the
   * broker knows of it: behind the PUBRELs that are due already [MQTT-4.6.0-4]. With QoS 1 nothing but its PUBACK does.
   */
  private forget(id: number, flight: Flight): void {
    const { state } = this.#parts;
    state.flights.delete(id);
    if (!flight.dup) return;
    if (flight.awaits === PUBREC) state.flights.set(id, { ...flight, awaits: PUBCOMP });
    else state.abandoned = true;
  }

  /** Numbers of the records under way in a flight. */
  private numbers({ sequence, group }: Flight): readonly number[] {
    return numbersOf(this.#parts.journal, sequence, group?.last);
  }

  /**
   * What was sent as a group, as it was.
   * @throws MqttError `mqtt-regroup` where some of it is gone: what is left would be other bytes under the same packet id, so
   *   that the session ends, and the next one groups anew
   */
  private again(first: JournalRecord, { group, sequence }: Flight): Group {
    const { state, journal, batch } = this.#parts;
    const again = batch && first.sequence === sequence ? gather(journal, first, batch, group!.last) : undefined;
    if (again?.count === group!.count) return again!;
    state.foreign = true;
    throw new MqttError("mqtt-regroup", "a record of a group under way was dropped", "retry");
  }

  /** When the next PUBLISH may go out: ahead of its pace by a window at most. */
  private get publishAt(): number {
    return this.#publishDue - (this.#parts.inFlight - 1) * this.#publishMs;
  }

  /**
   * @returns what is to be sent; undefined for a record that the journal has no more
   * @throws MqttError `mqtt-usage`, `mqtt-regroup`
   */
  private packet(id: number, flight: Flight, known: JournalRecord | undefined): ClientPacket | undefined {
    const { journal, limits } = this.#parts;
    if (flight.request) return flight.request;
    if (flight.awaits === PUBCOMP) return { type: PUBREL, id };
    const first = known ?? journal.next(flight.sequence - 1);
    const { group } = flight;
    const isAgain = known === undefined && group !== undefined && first !== undefined && first.sequence <= group.last;
    const record = isAgain ? this.again(first, flight).record : first;
    if (record?.sequence !== flight.sequence) return undefined;
    if (record.topic !== this.topic) checkTopic(record.topic, limits);
    this.topic = record.topic;
    checkMessage(record, limits);
    const { topic, payload, qos, retain } = record;
    return { type: PUBLISH, topic, payload, qos, retain, dup: flight.dup, id };
  }

  /** @throws MqttError `mqtt-protocol` for an acknowledgement of another kind than the one awaited */
  acknowledged(packet: Ack | Suback): void {
    const { state, buffer } = this.#parts;
    const { type, id } = packet;
    const flight = state.flights.get(id);
    if (!flight || flight.tries === 0) {
      // The answer to a packet that was sent twice, or that has not been sent at all. A PUBREC is answered all the
      // same, or the broker waits for ever.
      if (type === PUBREC) buffer.send({ type: PUBREL, id }, 0);
    } else if (flight.awaits === PUBCOMP && type === PUBREC) flight.sentAt = undefined;
    else if (flight.awaits !== type) throw new MqttError("mqtt-protocol", "an acknowledgement of the wrong kind");
    else {
      state.flights.delete(id);
      if (type !== PUBREC) this.done(packet, flight);
      else {
        // To the end: PUBRELs go out in the order of the PUBRECs [MQTT-4.6.0-4].
        state.flights.set(id, { ...flight, awaits: PUBCOMP, tries: 0, sentAt: undefined });
      }
    }
  }

  private done(packet: Ack | Suback, flight: Flight): void {
    const { state, events } = this.#parts;
    const { request } = flight;
    if (!request) {
      if (flight.group === undefined) this.delivered(flight.sequence);
      else for (const sequence of this.numbers(flight)) this.delivered(sequence);
    } else if (request.type === SUBSCRIBE) {
      const grants = grantsOf(request, (packet as Suback).returnCodes);
      for (const { filter, granted } of grants) if (granted !== undefined) state.granted.set(filter, granted);
      events.onSubscribed?.(grants);
    } else {
      for (const filter of request.filters) state.granted.delete(filter);
      events.onUnsubscribed?.(request.filters);
    }
  }

  private delivered(sequence: number): void {
    const { journal, events } = this.#parts;
    journal.delivered(sequence);
    events.onDelivered?.(sequence);
  }

  /** Sends again what has waited too long, with the same id; throws MqttError `mqtt-timeout` when that did not help. */
  poll(now: number): void {
    for (const flight of this.#parts.state.flights.values()) {
      if (flight.sentAt === undefined || flight.sentAt + this.#resendMs > now) continue;
      if (flight.tries >= SENDS_MAX) throw new MqttError("mqtt-timeout", "no acknowledgement");
      flight.sentAt = undefined;
    }
  }

  /** When `poll` next has something to do; infinity: never. */
  nextDeadline(): number {
    let next = Number.POSITIVE_INFINITY;
    const { flights } = this.#parts.state;
    if (flights.size > 0) for (const { sentAt = next } of flights.values()) next = Math.min(next, sentAt);
    const resendAt = next + this.#resendMs;
    return this.#held ? Math.min(resendAt, this.publishAt) : resendAt;
  }
}

/**
 * PUBLISH packets a second that keep a broker's rate however a link delays and bunches them: in any second there come at
 * most those that were under way, a window, those that go out at once, another one, and those of the pace. A window so
 * wide that little is left for the pace may pass the rate.
 */
const paceOf = (perSecond: number, inFlight: number): number => Math.max(perSecond - 2 * inFlight, perSecond / 4);

/** @throws MqttError `mqtt-protocol` unless there is one code for each filter [MQTT-3.8.4-5] */
function grantsOf({ filters }: Subscribe, codes: readonly number[]): Grant[] {
  if (codes.length !== filters.length) throw new MqttError("mqtt-protocol", "SUBACK with a wrong number of codes");
  return filters.map(({ filter, qos }, i) => {
    const code = codes[i]!;
    return { filter, asked: qos, granted: code === SUBSCRIBE_FAILURE ? undefined : (code as QoS) };
  });
}
