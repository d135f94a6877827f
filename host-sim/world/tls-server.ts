// The model of TLS in front of a server core, as a core itself: ends the modelled handshake, asks the policy, hands the inner
// core plain bytes and wraps its answers.

import type { Hello, ServerAction, ServerCore, TlsPolicy } from "./core.js";
import {
  type AlertName,
  type ClientHello,
  DataWriter,
  encodeAlert,
  encodeMessage,
  type HandshakeMessage,
  type ModelCertificate,
  RecordReader,
  type Ticket,
  type TlsEvent,
  type TlsVersion,
} from "./tls-wire.js";

export interface TlsFrontOptions {
  policy: TlsPolicy;
  /** The carrier's certificate store: by the names that the policy decides with. */
  certificates: Readonly<Record<string, ModelCertificate>>;
  /** Highest version the server speaks. Default 1.3. */
  version?: TlsVersion;
  /** Length of the certificate message. */
  chainBytes?: number;
  /** Most bytes of a handshake record. */
  recordLimit?: number;
  /** Asked at each handshake. Left out: `none`. */
  tickets?: (() => TicketPolicy) | undefined;
}

/**
 * What a server does with sessions: it gives tickets and goes on from them; it gives them and goes on from none; it gives none.
 */
export type TicketPolicy = "resume" | "refuse" | "none";

/** How long a ticket is good, in milliseconds: a week at most (RFC 8446 §4.6.1), a day is common. */
const TICKET_LIFE_MS = 86_400_000;

type Stage = "hello" | "finished" | "open";

interface Session {
  sourceAddress: string;
  reader: RecordReader;
  writer: DataWriter;
  stage: Stage;
  version: TlsVersion;
  sni: string | undefined;
  alpn: string | undefined;
  /** Name of the certificate that it shows, or would show. */
  certificate: string;
  /** It went on from a ticket. */
  resumed: boolean;
}

/** Puts modelled TLS in front of `inner`. */
export class TlsFront implements ServerCore {
  readonly #inner: ServerCore;
  readonly #options: TlsFrontOptions;
  readonly #sessions = new Map<number, Session>();
  /** Tickets that were given, so that each is another. */
  #given = 0;

  constructor(inner: ServerCore, options: TlsFrontOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  open(connection: number, hello: Hello): ServerAction[] {
    this.#sessions.set(connection, {
      sourceAddress: hello.sourceAddress,
      reader: new RecordReader(),
      writer: new DataWriter(),
      stage: "hello",
      version: this.#options.version ?? "1.3",
      sni: undefined,
      alpn: undefined,
      certificate: "",
      resumed: false,
    });
    return [];
  }

  receive(connection: number, bytes: Uint8Array, now: number): ServerAction[] {
    const session = this.#sessions.get(connection);
    if (session === undefined) return [];
    const actions: ServerAction[] = [];
    for (const event of session.reader.read(bytes)) {
      if (!this.#sessions.has(connection)) break;
      actions.push(...this.#event(connection, session, event, now));
    }
    return actions;
  }

  closed(connection: number, now: number): ServerAction[] {
    const session = this.#sessions.get(connection);
    this.#sessions.delete(connection);
    return session?.stage === "open" ? this.#wrap(this.#inner.closed(connection, now)) : [];
  }

  poll(now: number): ServerAction[] {
    return this.#wrap(this.#inner.poll(now));
  }

  nextDeadline(): number | undefined {
    return this.#inner.nextDeadline();
  }

  /** Wraps actions that the inner core gave to somebody else than this front: a command pushed from outside. */
  wrap(actions: readonly ServerAction[]): ServerAction[] {
    return this.#wrap(actions);
  }

  #event(connection: number, session: Session, event: TlsEvent, now: number): ServerAction[] {
    if (event.event === "data" && session.stage === "open") {
      return this.#wrap(this.#inner.receive(connection, event.bytes, now));
    }
    if (event.event === "alert") {
      return [...this.closed(connection, now), { do: "close", connection }];
    }
    if (event.event === "message" && event.message.type === "clientHello" && session.stage === "hello") {
      return this.#hello(connection, session, event.message.body, now);
    }
    if (event.event === "message" && event.message.type === "clientFinished" && session.stage === "finished") {
      return this.#finished(connection, session, now);
    }
    return [...this.closed(connection, now), ...this.#refuse(connection, "unexpected_message")];
  }

  #hello(connection: number, session: Session, offer: ClientHello, now: number): ServerAction[] {
    const { policy, certificates, chainBytes, recordLimit } = this.#options;
    if (session.version === "1.3" && !offer.versions.includes("1.3")) session.version = "1.2";
    if (!offer.versions.includes(session.version)) return this.#refuse(connection, "protocol_version");
    const decision = policy.clientHello({ sni: offer.sni, alpn: offer.alpn });
    if ("alert" in decision) return this.#refuse(connection, decision.alert);
    const certificate = certificates[decision.certificate];
    if (certificate === undefined) return this.#refuse(connection, "internal_error");
    session.stage = "finished";
    session.sni = offer.sni;
    session.alpn = decision.alpn;
    session.certificate = decision.certificate;
    session.resumed = offer.ticket !== undefined && this.#policy === "resume" && isGood(offer.ticket, session, now);
    const flight = {
      version: session.version,
      alpn: decision.alpn,
      ...(session.resumed ? session.version === "1.2" && this.#ticket(session, now) : { certificate }),
    };
    const bytes = encodeMessage({ type: "serverFlight", body: flight }, session.version, chainBytes, recordLimit);
    return [{ do: "send", connection, bytes }];
  }

  #finished(connection: number, session: Session, now: number): ServerAction[] {
    session.stage = "open";
    const { sourceAddress, sni, alpn } = session;
    const actions = this.#wrap(this.#inner.open(connection, { sourceAddress, sni, alpn }, now));
    const message = this.#lastMessage(session, now);
    if (message === undefined) return actions;
    return [{ do: "send", connection, bytes: encodeMessage(message, session.version) }, ...actions];
  }

  /** What the server still says of the handshake; it goes out before all that the inner core says. */
  #lastMessage(session: Session, now: number): HandshakeMessage | undefined {
    const body = this.#ticket(session, now);
    if (session.version === "1.3") return body && { type: "newSessionTicket", body };
    return session.resumed ? undefined : { type: "serverFinished", ...(body && { body }) };
  }

  get #policy(): TicketPolicy {
    return this.#options.tickets?.() ?? "none";
  }

  /** A ticket by which this session may be gone on from; undefined: the server gives none. */
  #ticket({ version, sni, certificate }: Session, now: number): Ticket | undefined {
    if (this.#policy === "none") return undefined;
    return { ticket: JSON.stringify([++this.#given, version, certificate, sni ?? "", now] satisfies TicketBody) };
  }

  #refuse(connection: number, alert: AlertName): ServerAction[] {
    this.#sessions.delete(connection);
    return [
      { do: "send", connection, bytes: encodeAlert(alert) },
      { do: "close", connection },
    ];
  }

  #wrap(actions: readonly ServerAction[]): ServerAction[] {
    return actions.flatMap((action): ServerAction[] => {
      const session = this.#sessions.get(action.connection);
      if (session === undefined) return [];
      if (action.do === "send") return [{ ...action, bytes: session.writer.encode(action.bytes, session.version) }];
      this.#sessions.delete(action.connection);
      if (action.abort) return [action];
      return [{ do: "send", connection: action.connection, bytes: encodeAlert("close_notify") }, action];
    });
  }
}

/** What a real server seals, so that nobody else can make one, with the time when it was given. */
type TicketBody = [number: number, version: TlsVersion, certificate: string, sni: string, at: number];

/**
 * Whether a ticket was given to a session of this version and name, and not too long ago. Who shows another certificate is
 * another server, or has other keys by now.
 */
function isGood(ticket: string, session: Session, now: number): boolean {
  try {
    const [, version, certificate, sni, at] = JSON.parse(ticket) as TicketBody;
    const isOwn = version === session.version && certificate === session.certificate && sni === (session.sni ?? "");
    return isOwn && now - at <= TICKET_LIFE_MS;
  } catch {
    return false;
  }
}
