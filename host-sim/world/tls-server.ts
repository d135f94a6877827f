// The model of TLS in front of a server core, as a core itself: ends the modelled handshake, asks the policy, hands the inner
// core plain bytes and wraps its answers.

import type { Hello, ServerAction, ServerCore, TlsPolicy } from "./core.js";
import {
  type AlertName,
  type ClientHello,
  DataWriter,
  encodeAlert,
  encodeMessage,
  type ModelCertificate,
  RecordReader,
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
}

type Stage = "hello" | "finished" | "open";

interface Session {
  sourceAddress: string;
  reader: RecordReader;
  writer: DataWriter;
  stage: Stage;
  version: TlsVersion;
  sni: string | undefined;
  alpn: string | undefined;
}

/** Puts modelled TLS in front of `inner`. */
export class TlsFront implements ServerCore {
  readonly #inner: ServerCore;
  readonly #options: TlsFrontOptions;
  readonly #sessions = new Map<number, Session>();

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
      return this.#hello(connection, session, event.message.body);
    }
    if (event.event === "message" && event.message.type === "clientFinished" && session.stage === "finished") {
      return this.#finished(connection, session, now);
    }
    return [...this.closed(connection, now), ...this.#refuse(connection, "unexpected_message")];
  }

  #hello(connection: number, session: Session, offer: ClientHello): ServerAction[] {
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
    const flight = { version: session.version, alpn: decision.alpn, certificate };
    const bytes = encodeMessage({ type: "serverFlight", body: flight }, session.version, chainBytes, recordLimit);
    return [{ do: "send", connection, bytes }];
  }

  #finished(connection: number, session: Session, now: number): ServerAction[] {
    session.stage = "open";
    const { sourceAddress, sni, alpn } = session;
    const actions = this.#wrap(this.#inner.open(connection, { sourceAddress, sni, alpn }, now));
    if (session.version === "1.3") return actions;
    const bytes = encodeMessage({ type: "serverFinished" }, session.version);
    return [{ do: "send", connection, bytes }, ...actions];
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
