// The wire format of modelled TLS: real record framing (RFC 8446 §5.1), handshake messages with the real lengths, and in them,
// in place of the cryptography, what each side has to say as JSON. Nothing here is secret and nothing is safe: virtual time only.

import { crc32 } from "../../firmware/bytes/crc32.js";
import { decodeUtf8, encodeUtf8 } from "../../firmware/bytes/utf8.js";
import { ByteQueue } from "./byte-queue.js";
import type { TlsAlertName, TlsOffer } from "./core.js";

export type TlsVersion = "1.1" | "1.2" | "1.3";

/** A server certificate, reduced to what a client decides by. Its chain is taken to lead to one anchor. */
export interface ModelCertificate {
  /** DNS names; the first label may be `*`. */
  names: readonly string[];
  /** Validity, milliseconds since 1970; of the chain's most narrow certificate. */
  notBefore: number;
  notAfter: number;
  /** SHA-256 of the anchor's DER, in lower-case hexadecimal. */
  rootFingerprint: string;
}

export interface ClientHello extends TlsOffer {
  versions: readonly TlsVersion[];
  /** What a server gave on an earlier connection. */
  ticket?: string | undefined;
}

/** The server's first flight: ServerHello to Finished (1.3), or to ServerHelloDone (1.2). */
export interface ServerFlight {
  version: TlsVersion;
  alpn?: string | undefined;
  /** Undefined: the server goes on from the ticket, and shows none. */
  certificate?: ModelCertificate | undefined;
  /** TLS 1.2: a new one, in a handshake that goes on from another (RFC 5077 §3.1). */
  ticket?: string | undefined;
}

/** What a later connection can go on from. */
export interface Ticket {
  ticket: string;
}

export type HandshakeMessage =
  | { type: "clientHello"; body: ClientHello }
  | { type: "serverFlight"; body: ServerFlight }
  | { type: "clientFinished" }
  /** With a ticket only in TLS 1.2. */
  | { type: "serverFinished"; body?: Ticket | undefined }
  /** TLS 1.3 alone (RFC 8446 §4.6.1). */
  | { type: "newSessionTicket"; body: Ticket };

/** Alerts that the model uses (RFC 8446 §6); a `TlsPolicy` may send only those of TlsAlertName. */
const ALERTS = {
  close_notify: 0,
  unexpected_message: 10,
  handshake_failure: 40,
  bad_certificate: 42,
  certificate_expired: 45,
  unknown_ca: 48,
  protocol_version: 70,
  internal_error: 80,
  unrecognized_name: 112,
  no_application_protocol: 120,
} as const satisfies Record<TlsAlertName | string, number>;
export type AlertName = keyof typeof ALERTS;

const ALERT_NAMES = new Map<number, AlertName>(
  Object.entries(ALERTS).map(([name, number]) => [number, name as AlertName]),
);

/** Bytes of a certificate message with a chain of three RSA certificates, as AWS sends it (cloud.md §2.6). */
const CHAIN_BYTES = 3_900;

const MESSAGE_TYPES = ["clientHello", "serverFlight", "clientFinished", "serverFinished", "newSessionTicket"] as const;
const MESSAGE_HEADER = 4;
/** A message begins with the CRC-32 of the rest of it: the part of Finished, which covers the whole handshake. */
const CRC_BYTES = 4;
/** Longest handshake message taken, header left out: a chain of ten certificates. */
const MESSAGE_LIMIT = 32_768;

/**
 * Lengths of flights in bytes, record headers left out, and what protects a record of application data. `resumed`: the server's
 * flight without certificate and signature.
 */
const SIZES = {
  "1.3": { serverFlight: 480, resumed: 200, clientFinished: 58, serverFinished: 0, overhead: 17 },
  "1.2": { serverFlight: 430, resumed: 140, clientFinished: 121, serverFinished: 46, overhead: 24 },
} as const;
const CLIENT_HELLO_BYTES = 300;
/** Of a message with a ticket of TLS 1.3: lifetime, age, nonce, length, extensions, and what protects the record. */
const TICKET_MESSAGE_BYTES = 40;
/** What a ticket takes in a ClientHello besides itself: the extension, an age, and a binder (RFC 8446 §4.2.11). */
const OFFER_BYTES = 55;
/** A ticket of AES-GCM over the session's secret, as OpenSSL and s2n make them: about 200 bytes. */
const TICKET_BYTES = 200;

const RECORD_HEADER = 5;
/** Where the CRC in a data record's overhead ends. */
const TAG_END = 5;
/** Longest plaintext of one record (RFC 8446 §5.1). */
export const RECORD_LIMIT = 16_384;
const RECORD_TYPES = { alert: 21, handshake: 22, data: 23 } as const;
/** Longest record body taken (RFC 5246 §6.2.3). */
const BODY_LIMIT = RECORD_LIMIT + 2048;

/** What a `RecordReader` gives out. */
export type TlsEvent =
  | { event: "message"; message: HandshakeMessage }
  | { event: "data"; bytes: Uint8Array }
  | { event: "alert"; alert: AlertName }
  /** Something that is no modelled TLS; nothing comes after it. */
  | { event: "malformed"; reason: string };

/** A handshake flight as records of at most `recordLimit` bytes. */
export function encodeMessage(
  message: HandshakeMessage,
  version: TlsVersion,
  chainBytes = CHAIN_BYTES,
  recordLimit = RECORD_LIMIT,
): Uint8Array {
  const body = encodeUtf8(JSON.stringify("body" in message ? message.body : {}));
  const bodyAt = MESSAGE_HEADER + CRC_BYTES;
  const flight = new Uint8Array(Math.max(lengthOf(message, version, chainBytes), bodyAt + body.length));
  const length = flight.length - MESSAGE_HEADER;
  flight.set([MESSAGE_TYPES.indexOf(message.type), length >> 16, (length >> 8) & 0xff, length & 0xff]);
  flight.fill(0x20, bodyAt);
  flight.set(body, bodyAt);
  new DataView(flight.buffer).setUint32(MESSAGE_HEADER, crc32(flight.subarray(bodyAt)));
  return encodeRecords(RECORD_TYPES.handshake, flight, 0, recordLimit);
}

function lengthOf(message: HandshakeMessage, version: TlsVersion, chainBytes: number): number {
  const sizes = SIZES[version === "1.3" ? "1.3" : "1.2"];
  const ticket = "body" in message && message.body && "ticket" in message.body && message.body.ticket !== undefined;
  switch (message.type) {
    case "clientHello":
      return CLIENT_HELLO_BYTES + (ticket ? OFFER_BYTES + TICKET_BYTES : 0);
    case "newSessionTicket":
      return TICKET_MESSAGE_BYTES + TICKET_BYTES;
    case "serverFlight": {
      const shown = message.body.certificate === undefined ? sizes.resumed : sizes.serverFlight + chainBytes;
      return shown + (ticket ? TICKET_BYTES : 0);
    }
    default:
      return sizes[message.type] + (ticket ? TICKET_BYTES : 0);
  }
}

/** Makes records of application data, one direction of one connection: each is sealed with its number. */
export class DataWriter {
  #records = 0;

  encode(bytes: Uint8Array, version: TlsVersion): Uint8Array {
    const { overhead } = SIZES[version === "1.3" ? "1.3" : "1.2"];
    const records = encodeRecords(RECORD_TYPES.data, bytes, overhead, RECORD_LIMIT, this.#records);
    this.#records += Math.ceil(bytes.length / RECORD_LIMIT);
    return records;
  }
}

export function encodeAlert(alert: AlertName): Uint8Array {
  const level = alert === "close_notify" ? 1 : 2;
  return encodeRecords(RECORD_TYPES.alert, Uint8Array.of(level, ALERTS[alert]), 0, RECORD_LIMIT);
}

/**
 * Records: header, `overhead` bytes, plaintext. The overhead tells its own length, then a CRC-32 over number and plaintext:
 * what the authentication tag is to the real record (RFC 8446 §5.3), so that a bit turned over or a record lost on the way
 * ends the connection here too.
 */
function encodeRecords(type: number, bytes: Uint8Array, overhead: number, limit: number, number = 0): Uint8Array {
  const records = Math.ceil(bytes.length / limit);
  const out = new Uint8Array(bytes.length + records * (RECORD_HEADER + overhead));
  let at = 0;
  for (let from = 0; from < bytes.length; from += limit) {
    const part = bytes.subarray(from, from + limit);
    const length = part.length + overhead;
    out.set([type, 3, 3, length >> 8, length & 0xff], at);
    if (overhead > 0) {
      out[at + RECORD_HEADER] = overhead;
      new DataView(out.buffer).setUint32(at + RECORD_HEADER + 1, crc32(part, number + from / limit));
    }
    out.set(part, at + RECORD_HEADER + overhead);
    at += RECORD_HEADER + length;
  }
  return out;
}

/** Takes bytes in any split, gives out handshake messages, data and alerts. */
export class RecordReader {
  readonly #input = new ByteQueue();
  readonly #handshake = new ByteQueue();
  /** Header of the record whose body is awaited. */
  #header: { type: number; length: number } | undefined;
  /** Header of the message whose body is awaited. */
  #message: { type: number; length: number } | undefined;
  /** Records of data so far. */
  #records = 0;
  #malformed = false;

  /** Bytes came in; what they complete comes out. */
  read(bytes: Uint8Array): TlsEvent[] {
    const events: TlsEvent[] = [];
    this.#input.push(bytes);
    while (!this.#malformed) {
      if (this.#header === undefined) {
        if (this.#input.length < RECORD_HEADER) break;
        const header = this.#input.take(RECORD_HEADER)!;
        this.#header = { type: header[0]!, length: (header[3]! << 8) | header[4]! };
        const known = Object.values(RECORD_TYPES).some((type) => type === header[0]);
        if (!known || header[1] !== 3 || this.#header.length > BODY_LIMIT || this.#header.length === 0) {
          this.#spoil(events, "no TLS record");
          break;
        }
      }
      if (this.#input.length < this.#header.length) break;
      const body = this.#input.take(this.#header.length)!;
      const type = this.#header.type;
      this.#header = undefined;
      if (type === RECORD_TYPES.data) this.#data(body, events);
      else if (type === RECORD_TYPES.alert) this.#alert(body, events);
      else this.#messages(body, events);
    }
    return events;
  }

  #data(body: Uint8Array, events: TlsEvent[]): void {
    const bytes = body.subarray(body[0]!);
    const tag = body.length > TAG_END ? new DataView(body.buffer, body.byteOffset).getUint32(1) : undefined;
    if (tag === crc32(bytes, this.#records++)) events.push({ event: "data", bytes });
    else this.#spoil(events, "bad record MAC");
  }

  #alert(body: Uint8Array, events: TlsEvent[]): void {
    const alert = ALERT_NAMES.get(body[1] ?? -1);
    if (alert === undefined) this.#spoil(events, "unknown alert");
    else events.push({ event: "alert", alert });
  }

  #messages(body: Uint8Array, events: TlsEvent[]): void {
    this.#handshake.push(body);
    for (;;) {
      if (this.#message === undefined) {
        if (this.#handshake.length < MESSAGE_HEADER) return;
        const [type, high, middle, low] = this.#handshake.take(MESSAGE_HEADER)! as unknown as number[];
        this.#message = { type: type!, length: (high! << 16) | (middle! << 8) | low! };
        if (this.#message.length > MESSAGE_LIMIT) break;
      }
      if (this.#handshake.length < this.#message.length) return;
      const type = MESSAGE_TYPES[this.#message.type];
      const text = this.#message.length > 0 ? this.#handshake.take(this.#message.length)! : new Uint8Array(0);
      this.#message = undefined;
      const message = type === undefined ? undefined : parseMessage(type, text);
      if (message === undefined) break;
      events.push({ event: "message", message });
    }
    this.#spoil(events, "malformed handshake message");
  }

  #spoil(events: TlsEvent[], reason: string): void {
    this.#malformed = true;
    events.push({ event: "malformed", reason });
  }
}

function parseMessage(type: HandshakeMessage["type"], bytes: Uint8Array): HandshakeMessage | undefined {
  const text = bytes.subarray(CRC_BYTES);
  const crc = bytes.length < CRC_BYTES ? undefined : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (crc !== crc32(text)) return undefined;
  try {
    return { type, body: JSON.parse(decodeUtf8(text)) } as HandshakeMessage;
  } catch {
    return undefined;
  }
}
