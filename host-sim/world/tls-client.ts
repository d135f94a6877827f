// The model of TLS as the firmware's TLS class, over any ECMA-419 TCP class: the real class's round trips, bytes and verdicts
// without its cryptography.

import { asFailure, type Failure } from "../../firmware/platform/failure.js";
import type { ByteStream } from "../../firmware/platform/io.js";
import { type TlsClass, TlsError, type TlsOptions, type TlsStream } from "../../firmware/platform/tls.js";
import { ByteQueue } from "./byte-queue.js";
import { StreamBase } from "./stream.js";
import { type Offer, offerFor, sealed } from "./tls-sessions.js";
import { clockUnset, judge } from "./tls-verdict.js";
import {
  type AlertName,
  DataWriter,
  encodeAlert,
  encodeMessage,
  type HandshakeMessage,
  RecordReader,
  type ServerFlight,
  type Ticket,
  type TlsEvent,
  type TlsVersion,
} from "./tls-wire.js";

/** Bytes of output that may wait for the connection below: a small mbedTLS output buffer. */
const OUTPUT_LIMIT = 4096;
/** Unread bytes above which nothing more is read from below: one full record. */
const INPUT_LIMIT = 16_384;

/** TlsError codes of a server's alerts; all others are `tls-alert`. */
const ALERT_CODES: Partial<Record<AlertName, "tls-alpn" | "tls-version">> = {
  no_application_protocol: "tls-alpn",
  protocol_version: "tls-version",
};

/**
 * What the end of the connection below means above: an end without close_notify may be a truncation (RFC 8446 §6.1).
 * @param failure what the class below reported
 */
export function endOf(failure: Failure, established: boolean, notified: boolean): Failure {
  if (notified || (established && failure.code !== "closed")) return failure;
  const when = established ? "without a closing alert" : "within the handshake";
  return new TlsError("tls-closed", `the connection ended ${when}`, failure);
}

/** A TLS class that offers these versions; default 1.3 and 1.2. */
export function modelTls(versions: readonly TlsVersion[] = ["1.3", "1.2"]): TlsClass {
  return class ModelTLS extends StreamBase implements TlsStream {
    readonly #options: TlsOptions;
    readonly #reader = new RecordReader();
    readonly #writer = new DataWriter();
    readonly #output = new ByteQueue();
    readonly #below: ByteStream | undefined;
    #room = 0;
    #connected = false;
    #version: TlsVersion | undefined;
    #established = false;
    #notified = false;
    /** Reading from below has stopped until the inbox is read. */
    #blocked = false;
    #alpn: string | undefined;
    #offer: Offer | undefined;
    /** Until when what was judged is valid, milliseconds since 1970. */
    #validUntil = 0;

    constructor(options: TlsOptions) {
      super(options);
      this.#options = options;
      if (options.secure.clock.wall() === undefined) {
        queueMicrotask(() => this.fail(clockUnset()));
        return;
      }
      this.#below = new options.TCP.io({
        host: options.host,
        port: options.port,
        onReadable: () => this.#pull(),
        onWritable: (room) => this.#writable(room),
        onError: (error) => this.#belowEnded(asFailure(error ?? new Error("closed"))),
      });
    }

    get alpn(): string | undefined {
      return this.#alpn;
    }

    #writable(room: number): void {
      this.#room = room;
      if (!this.#connected) {
        this.#connected = true;
        const { serverName, applicationLayerProtocolNegotiation } = this.#options.secure;
        this.#offer = offerFor(this.#options);
        const ticket = this.#offer && { ticket: this.#offer.session };
        const body = { sni: serverName, alpn: applicationLayerProtocolNegotiation ?? [], versions, ...ticket };
        this.#send(encodeMessage({ type: "clientHello", body }, "1.3"));
      }
      this.#flush();
      if (this.#established && this.#output.length === 0) this.grant(OUTPUT_LIMIT);
    }

    #send(bytes: Uint8Array): void {
      this.#output.push(bytes);
      this.#flush();
    }

    #flush(): void {
      while (this.#room > 0 && this.#output.length > 0) this.#room = this.#below!.write(this.#output.take(this.#room)!);
    }

    #pull(): void {
      while (this.alive && this.unread < INPUT_LIMIT) {
        const bytes = this.#below!.read(INPUT_LIMIT);
        if (bytes === undefined) return;
        for (const event of this.#reader.read(new Uint8Array(bytes))) this.#event(event);
      }
      this.#blocked = this.alive;
    }

    #event(event: TlsEvent): void {
      if (!this.alive) return;
      switch (event.event) {
        case "data":
          if (this.#established) this.deliver(event.bytes);
          else this.#refuse("unexpected_message", new TlsError("tls-protocol", "data before the handshake's end"));
          break;
        case "alert":
          this.#alerted(event.alert);
          break;
        case "malformed":
          this.#refuse("unexpected_message", new TlsError("tls-protocol", `malformed TLS: ${event.reason}`));
          break;
        case "message":
          this.#message(event.message);
      }
    }

    #message(message: HandshakeMessage): void {
      const { type } = message;
      if (type === "serverFlight" && this.#version === undefined) this.#flight(message.body);
      else if (type === "serverFinished" && this.#version === "1.2" && !this.#established)
        this.#establish(message.body?.ticket);
      else if (type === "newSessionTicket" && this.#version === "1.3") this.#keep(message.body);
      else this.#refuse("unexpected_message", new TlsError("tls-protocol", "unexpected handshake message"));
    }

    #alerted(alert: AlertName): void {
      if (alert === "close_notify" && this.#established) this.#notified = true;
      else if (alert === "close_notify") this.#end(new TlsError("tls-closed", "the server ended the handshake"));
      else this.#end(new TlsError(ALERT_CODES[alert] ?? "tls-alert", `the server refused: alert ${alert}`));
    }

    #flight(flight: ServerFlight): void {
      const refusal = judge(flight, this.#options.secure, this.#offer !== undefined);
      if (refusal !== undefined) {
        this.#refuse(refusal.alert, refusal.error);
        return;
      }
      this.#version = flight.version;
      this.#alpn = flight.alpn;
      this.#validUntil = (flight.certificate?.notAfter ?? this.#offer?.validUntil)!;
      const resumed = flight.certificate === undefined;
      this.#send(encodeMessage({ type: "clientFinished" }, flight.version));
      // Who goes on from a session of TLS 1.2 finishes last (RFC 5077 §3.1).
      if (flight.version === "1.3" || resumed) this.#establish(flight.ticket, resumed);
    }

    #establish(ticket: string | undefined, resumed = false): void {
      this.#established = true;
      this.#options.secure.sessions?.opened(resumed);
      if (ticket !== undefined) this.#keep({ ticket });
      this.grant(OUTPUT_LIMIT - this.#output.length);
    }

    #keep({ ticket }: Ticket): void {
      const { host, secure } = this.#options;
      secure.sessions?.keep(host, sealed(ticket, this.#validUntil, secure));
    }

    #refuse(alert: AlertName, error: TlsError): void {
      this.#send(encodeAlert(alert));
      this.#end(error);
    }

    #end(failure: Failure): void {
      this.#below?.close();
      this.fail(failure);
    }

    #belowEnded(failure: Failure): void {
      // What is still readable below came before its end.
      for (let bytes = this.#below!.read(); bytes !== undefined; bytes = this.#below!.read()) {
        for (const event of this.#reader.read(new Uint8Array(bytes))) this.#event(event);
      }
      this.#end(this.#connected ? endOf(failure, this.#established, this.#notified) : failure);
    }

    protected override transmit(bytes: Uint8Array): number {
      this.#send(this.#writer.encode(bytes, this.#version!));
      return Math.max(0, OUTPUT_LIMIT - this.#output.length);
    }

    protected override consumed(): void {
      if (!this.#blocked) return;
      this.#blocked = false;
      queueMicrotask(() => this.#pull());
    }

    protected override shut(open: boolean): void {
      if (open) this.#send(encodeAlert("close_notify"));
      this.#below?.close();
    }
  };
}
