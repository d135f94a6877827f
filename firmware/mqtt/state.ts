// What a session is on the client's side (MQTT 3.1.1 §4.1): messages under way in both directions, and subscriptions.
// It outlives a connection: hand the same object to the next one. With a store it outlives a restart too, as a session
// that is not clean must. Rules: what is saved is saved before the bytes that rely on it leave. An id whose PUBACK never came,
// though its record is gone (dropped, or delivered by another way), waits for it as long as the session lasts [MQTT-2.3.1-3].
// Nobody keeps a list of these, and after a restart nobody knows of them: a session that may have one gives no id twice, and
// where all were given, another one begins.
//
// A journal that takes notes keeps what is under way with QoS 1, beside the records themselves: no record costs a write to the
// store then. Each note bears the number of its session. The store has what the journal did not take, and QoS 2; and for the
// last packet id one that is ahead of it, behind which a restart goes on: by few as a connection begins, since some devices
// restart with each, and by more the more are given on it.

import { sameBytes } from "../bytes/equal.js";
import { MqttError } from "./error.js";
import { type FlightNote, type Journal, SESSIONS } from "./journal.js";
import { PUBACK, PUBCOMP, type QoS, type Subscribe, type Unsubscribe } from "./packets.js";
import { decodeSession, encodeSession, type SavedSession } from "./saved-session.js";

/** Something sent under a packet identifier, that waits for its acknowledgement. */
export interface Flight {
  /** Type of the packet that moves it on: PUBACK, PUBREC, PUBCOMP, SUBACK or UNSUBACK. */
  awaits: number;
  /** The journal's record; 0 for a request. */
  sequence: number;
  /** Where several records travel in it: number of the last one, and how many. */
  group?: { last: number; count: number };
  /** True once it was sent in this session: a PUBLISH then bears DUP [MQTT-3.3.1-1]. */
  dup: boolean;
  /** How often it was sent on this connection. */
  tries: number;
  /** When it was last sent on this connection, monotonic milliseconds; undefined: it is to be sent now. */
  sentAt: number | undefined;
  /** Whether the journal has a note of it; undefined: not asked yet. */
  noted?: boolean;
  request?: Subscribe | Unsubscribe;
}

/**
 * Keeps one session's state over a restart; `save` is atomic. Flights name their records by number, so the journal must
 * outlive the restart too.
 */
export interface SessionStore {
  load(): Uint8Array | undefined;
  save(bytes: Uint8Array): void;
}

/** What of a journal keeps notes. */
type NoteTaker = Pick<Journal, "note" | "notes">;

const takesNotes = (journal: NoteTaker | undefined): journal is Required<NoteTaker> =>
  journal?.note !== undefined && journal.notes !== undefined;

/** The highest packet identifier. */
const ID_MAX = 65_535;

/** How far the stored id is ahead as a connection begins, by what that grows each time it is reached, and at most. */
const [AHEAD, AHEAD_GROWTH, AHEAD_MAX] = [16, 8, 4_096];

/** A flight that is to be sent again after a restart. */
const AGAIN = { dup: true, tries: 0, sentAt: undefined };

export class SessionState {
  /** By packet identifier, in the order in which they are to be sent again [MQTT-4.6.0-1, -4]. */
  readonly flights = new Map<number, Flight>();
  /** Packet identifiers of QoS 2 messages that were received and not yet released. */
  readonly received = new Set<number>();
  /** Filters that the broker has granted in this session. */
  readonly granted = new Map<string, QoS>();
  /** Highest sequence number offered in this session. */
  offered = 0;
  /** False while nothing is known of a session that the broker may have: after a restart without a store. */
  known = false;
  /** True while a CONNECT has got no CONNACK: it may have begun a new session that the next one finds. */
  unanswered = false;
  /** True after the broker had a session that may not be ours: the next connection clears it away. */
  foreign = false;
  /** True where an id of this session may wait for ever for its PUBACK; of one that is stored nobody can tell. */
  abandoned: boolean;
  /** When the last CONNECT was sent, monotonic milliseconds. */
  connectSentAt = Number.NEGATIVE_INFINITY;
  #lastId = 0;
  /** What the store has for it, where the journal takes notes. */
  #storedId = AHEAD;
  #ahead = AHEAD;
  /** Whose session it is. */
  #clientId: string | undefined;
  readonly #store: SessionStore | undefined;
  /** What the store has; undefined: not all that it must have before anything is noted. */
  #saved: Uint8Array | undefined;
  /** Who notes what is under way, and what the notes of this session bear; undefined: the store has it all. */
  #notes: { readonly journal: Required<NoteTaker>; session: number } | undefined;

  /** @param store only for sessions that are not clean @param journal takes notes, if it can */
  constructor(store?: SessionStore, journal?: NoteTaker) {
    this.#store = store;
    this.abandoned = store !== undefined;
    if (store && takesNotes(journal)) this.#notes = { journal, session: 0 };
    const bytes = store?.load();
    const saved = bytes && decodeSession(bytes);
    if (saved) this.restore(saved);
    if (saved?.session === undefined) this.renumber();
  }

  private restore(saved: SavedSession): void {
    if (this.#notes) this.#notes.session = saved.session ?? 0;
    const notes = this.#notes?.journal.notes().filter(({ session }) => session === saved.session) ?? [];
    // PUBLISHes in the order of their records, as they were sent; PUBRELs have an order of their own.
    let noted = 0;
    for (const { id, awaits, sequence, group } of saved.flights) {
      while (noted < notes.length && awaits !== PUBCOMP && notes[noted]!.first < sequence) this.goOn(notes[noted++]!);
      this.flights.set(id, { ...AGAIN, awaits, sequence, noted: false, ...(group && { group }) });
      this.offered = Math.max(this.offered, group?.last ?? sequence);
    }
    while (noted < notes.length) this.goOn(notes[noted++]!);
    for (const id of saved.received) this.received.add(id);
    for (const [filter, qos] of saved.granted) this.granted.set(filter, qos);
    this.#lastId = this.#storedId = saved.lastId;
    this.known = saved.known;
    this.unanswered = saved.unanswered;
    this.#clientId = saved.clientId;
  }

  /** What was noted is under way. */
  private goOn({ id, first, last, count }: FlightNote): void {
    const flight: Flight = { ...AGAIN, awaits: PUBACK, sequence: first, noted: true };
    if (count > 1) flight.group = { last, count };
    this.flights.set(id, flight);
    this.offered = Math.max(this.offered, last);
  }

  /**
   * Another session begins: the notes that there are tell nothing of it. Its number is stored before one bears it, as notes of
   * a new session stand in the place of others.
   */
  private renumber(): void {
    const own = this.#notes;
    if (!own) return;
    this.#saved = undefined;
    const notes = own.journal.notes();
    do own.session = (own.session % SESSIONS) + 1;
    while (notes.some(({ session }) => session === own.session));
  }

  /** A broker knows a session by its client id: with another one (another SIM) nothing is known of it. */
  claim(clientId: string): void {
    if (this.#clientId !== undefined && this.#clientId !== clientId) {
      this.reset();
      this.known = this.unanswered = this.foreign = false;
    }
    this.#clientId = clientId;
  }

  /** Saves what has changed since it was last saved. */
  save(): void {
    if (!this.#store) return;
    if (this.#saved === undefined) this.write(this.#store);
    for (const [id, flight] of this.flights) if (flight.sequence > 0) flight.noted ??= this.note(id, flight);
    this.write(this.#store);
  }

  /** Saves all but what is noted, or is still to be noted. */
  private write(store: SessionStore): void {
    const flights = [...this.flights].filter(([, { noted }]) => noted === false);
    const bytes = encodeSession({
      flights: flights.map(([id, { awaits, sequence, group }]) => ({ id, awaits, sequence, ...(group && { group }) })),
      received: [...this.received],
      granted: [...this.granted],
      lastId: this.#notes ? this.#storedId : this.#lastId,
      session: this.#notes?.session,
      known: this.known,
      unanswered: this.unanswered,
      clientId: this.#clientId ?? "",
    });
    if (this.#saved === undefined || !sameBytes(bytes, this.#saved)) store.save(bytes);
    this.#saved = bytes;
  }

  /**
   * Has the journal note a flight. Not behind one that is still to be stored: if the power goes in between, a record would be
   * known to be under way, and the one before it not to have been offered.
   * @returns whether it did
   */
  private note(id: number, { awaits, sequence, group }: Flight): boolean {
    const { last, count } = group ?? { last: sequence, count: 1 };
    const isNoted =
      awaits === PUBACK &&
      this.#saved !== undefined &&
      (this.#notes?.journal.note({ session: this.#notes.session, id, first: sequence, last, count }) ?? false);
    if (!isNoted) this.#saved = undefined;
    return isNoted;
  }

  /**
   * A packet identifier that is not 0 and not in use [MQTT-2.3.1-1, -2].
   * @throws MqttError `mqtt-spent` where there may be none: the connection ends, and the next one begins another session
   */
  nextId(): number {
    do {
      if (this.#lastId === ID_MAX && this.abandoned) {
        this.foreign = true;
        throw new MqttError("mqtt-spent", "all packet ids of the session were given", "retry");
      }
      this.#lastId = (this.#lastId % ID_MAX) + 1;
    } while (this.flights.has(this.#lastId));
    if (this.#lastId > this.#storedId) this.reserve(Math.min(this.#ahead * AHEAD_GROWTH, AHEAD_MAX));
    return this.#lastId;
  }

  /** Has an id stored that is so far ahead. */
  private reserve(ahead: number): void {
    this.#ahead = ahead;
    this.#storedId = Math.min(this.#lastId + ahead, ID_MAX);
  }

  /** Messages in flight; requests do not count. */
  get messages(): number {
    if (this.flights.size === 0) return 0;
    let count = 0;
    for (const flight of this.flights.values()) if (flight.sequence > 0) count++;
    return count;
  }

  /** True when a broker that mistook our session for another would lose or withhold a QoS 2 message. */
  get isDelicate(): boolean {
    return this.received.size > 0 || [...this.flights.values()].some(({ awaits }) => awaits === PUBCOMP);
  }

  /** The broker has no session of ours: what was under way will be offered anew, as if never sent [MQTT-3.1.2-6]. */
  reset(): void {
    this.flights.clear();
    this.received.clear();
    this.granted.clear();
    this.offered = 0;
    this.abandoned = this.#store !== undefined;
    this.#lastId %= ID_MAX;
    this.reserve(AHEAD);
    this.renumber();
  }

  /** The session goes on over a new connection: messages are sent again, requests end with the connection (§4.1). */
  resume(): void {
    this.reserve(AHEAD);
    for (const [id, flight] of this.flights) {
      if (flight.sequence === 0) this.flights.delete(id);
      flight.sentAt = undefined;
      flight.tries = 0;
    }
  }
}
