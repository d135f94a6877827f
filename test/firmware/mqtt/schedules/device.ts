// A device made of what is under test, session and outbox, on a flash that loses power and a link that breaks.

import { Session } from "../../../../firmware/mqtt/session.js";
import { SessionState, type SessionStore } from "../../../../firmware/mqtt/state.js";
import { Failure } from "../../../../firmware/platform/failure.js";
import { Outbox } from "../../../../firmware/store/outbox.js";
import { NorFlash, PowerCut } from "../../../../host-sim/platform/nor-flash.js";
import type { Prng } from "../../../../host-sim/world/prng.js";
import type { Agenda } from "./agenda.js";
import type { BrokerEnd, ModelBroker } from "./broker.js";
import { Observer } from "./observer.js";

/** Messages in flight at most. */
export const WINDOW = 4;

export interface DeviceOptions {
  clean: boolean;
  /** Longest delay of the link, in milliseconds, each way. */
  delayMs: number;
  /** Probability that an end of the connection is not told to the device. */
  silent: number;
  /** Whether the outbox notes what is under way; else all of the session is in the store. */
  notes: boolean;
  /** How far a packet id is ahead of the one before: with more than 1 they are soon all given. */
  stride: number;
  /** Blocks of the outbox's flash: 3 hold few records, the oldest of which are dropped while the link is down. */
  blocks: number;
}

/** The store of a session's state: atomic, and gone from under the device when the power is. */
class Store implements SessionStore {
  #saved: Uint8Array | undefined;
  readonly #flash: NorFlash;
  constructor(flash: NorFlash) {
    this.#flash = flash;
  }
  load(): Uint8Array | undefined {
    return this.#saved;
  }
  save(bytes: Uint8Array): void {
    if (!this.#flash.on) throw new PowerCut();
    this.#saved = bytes.slice();
  }
}

interface Connection {
  session: Session;
  end: BrokerEnd;
  alive: boolean;
}

export class Device {
  readonly observer = new Observer(WINDOW, (record) => this.journal.next(record - 1)?.sequence === record);
  /** Records whose `append` returned. */
  readonly appended = new Map<number, { topic: string; payload: string }>();
  /** Messages from the broker that were handed on. */
  readonly received: string[] = [];
  restarts = 0;
  /** Restarts because the power went in the middle of something. */
  cuts = 0;
  /** Sessions that had given all their packet ids. */
  spent = 0;
  journal: Outbox;
  readonly flash: NorFlash;
  readonly #store: Store;
  #state: SessionState;
  #connection: Connection | undefined;
  readonly #agenda: Agenda;
  readonly #random: Prng;
  readonly #broker: ModelBroker;
  readonly #options: DeviceOptions;

  constructor(agenda: Agenda, random: Prng, broker: ModelBroker, options: DeviceOptions) {
    this.#agenda = agenda;
    this.#random = random;
    this.#broker = broker;
    this.#options = options;
    this.flash = new NorFlash({ blocks: options.blocks, blockLength: 512, random: () => random.unit() });
    this.journal = new Outbox(this.flash);
    this.#store = new Store(this.flash);
    this.#state = this.#newState();
  }

  get online(): boolean {
    return this.#connection?.session.phase === "open";
  }

  append(topic: string, qos: 1 | 2): void {
    this.#powered(() => {
      const sequence = this.journal.nextSequence;
      const payload = `${sequence} ${topic} ${"x".repeat(this.#random.below(60))}`;
      this.journal.append(topic, new TextEncoder().encode(payload), qos);
      this.appended.set(sequence, { topic, payload });
      this.#with((session) => session.kick(this.#agenda.now));
    });
  }

  connect(): void {
    if (this.#connection) return;
    this.#powered(() => this.#connect());
  }

  /** A planned end: drains first. */
  disconnect(): void {
    this.#powered(() => this.#with((session) => session.disconnect(this.#agenda.now)));
  }

  /** The connection breaks: what is on its way is lost from some byte on. */
  break(): void {
    const connection = this.#connection;
    if (!connection?.alive) return;
    connection.alive = false;
    connection.end.gone();
    if (this.#random.chance(this.#options.silent)) return;
    this.#agenda.in(this.#random.below(2000), () =>
      this.#powered(() => connection.session.fail(new Failure("closed", "reset", "back-off"), this.#agenda.now)),
    );
  }

  restart(): void {
    this.restarts++;
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.session.abandon();
    connection?.end.gone();
    if (connection) connection.alive = false;
    this.flash.powerOn();
    this.journal = new Outbox(this.flash);
    this.#state = this.#newState();
  }

  /** The power went. */
  #fail(): void {
    this.cuts++;
    this.restart();
  }

  #newState(): SessionState {
    const { clean, notes, stride } = this.#options;
    const state = new SessionState(clean ? undefined : this.#store, notes ? this.journal : undefined);
    const next = state.nextId.bind(state);
    state.nextId = () => {
      for (let left = stride - 1; left > 0; left--) next();
      return next();
    };
    return state;
  }

  /** Does something; if the power goes in it, the device starts anew. */
  #powered(what: () => void): void {
    try {
      what();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    if (this.flash.on) this.#pump();
    else this.#fail();
  }

  #with(use: (session: Session) => void): void {
    if (this.#connection) use(this.#connection.session);
  }

  #connect(): void {
    const agenda = this.#agenda;
    const random = this.#random;
    const seen = this.observer.open();
    const session = new Session(
      {
        connect: { clientId: "d", cleanSession: this.#options.clean, keepAlive: 60 },
        journal: this.journal,
        state: this.#state,
        inFlight: WINDOW,
        subscriptions: [{ filter: "down", qos: 2 }],
        onDelivered: (sequence) => this.observer.delivered.add(sequence),
        onMessage: ({ payload }) => this.received.push(Buffer.from(payload).toString()),
        onClosed: (failure) => {
          if (failure?.code === "mqtt-spent") this.spent++;
          if (this.#connection === connection) this.#connection = undefined;
          connection.alive = false;
          connection.end.gone();
        },
      },
      agenda.now,
    );
    /** Carries bytes in order, late, and cut short when the connection breaks. */
    const carry = (deliver: (bytes: Uint8Array) => void) => {
      let last = agenda.now;
      return (bytes: Uint8Array) => {
        const copy = bytes.slice();
        last = Math.max(last, agenda.now + random.below(this.#options.delayMs + 1));
        agenda.in(last - agenda.now, () => {
          if (connection.alive) deliver(copy);
        });
      };
    };
    const toDevice = carry((bytes) => {
      seen.read(bytes);
      this.#powered(() => session.push(bytes, agenda.now));
    });
    const toBroker = carry((bytes) => connection.end.receive(bytes));
    const connection: Connection = { session, alive: true, end: this.#broker.open(toDevice, () => this.break()) };
    this.#connection = connection;
    this.#write = (bytes) => {
      seen.wrote(bytes);
      toBroker(bytes);
    };
    session.start(agenda.now);
  }

  #write: (bytes: Uint8Array) => void = () => {};

  /** Writes what there is, in pieces, and comes back when the session asks for it. */
  #pump(): void {
    const connection = this.#connection;
    if (!connection) return;
    const { session } = connection;
    for (;;) {
      const bytes = this.#take(session);
      if (!bytes) break;
      this.#write(bytes);
    }
    const deadline = session.nextDeadline();
    if (deadline === undefined || this.#wake === deadline) return;
    this.#wake = deadline;
    this.#agenda.in(Math.max(0, deadline - this.#agenda.now), () => {
      if (this.#connection !== connection) return;
      if (this.#wake === deadline) this.#wake = undefined;
      this.#powered(() => session.poll(this.#agenda.now));
    });
  }

  #wake: number | undefined;

  #take(session: Session): Uint8Array | undefined {
    try {
      return session.take(1 + this.#random.below(90), this.#agenda.now);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.#fail();
      return undefined;
    }
  }
}
