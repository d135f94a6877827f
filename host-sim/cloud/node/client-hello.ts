// SNI and ALPN out of a TLS ClientHello, before the handshake (RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301 §3.1). Node tells a
// server about a missing extension only when the handshake is over; a policy must know before, to answer with the right alert.

import type { TlsAlertName, TlsOffer } from "../../world/core.js";

/** Longest ClientHello that is read, record headers included. */
export const MAX_CLIENT_HELLO_BYTES = 16 * 1024;

const RECORD_HANDSHAKE = 22;
const HANDSHAKE_CLIENT_HELLO = 1;
const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_ALPN = 16;

/** RFC 8446 §6, the description byte of an alert. */
const ALERT: Readonly<Record<TlsAlertName, number>> = {
  handshake_failure: 40,
  internal_error: 80,
  unrecognized_name: 112,
  no_application_protocol: 120,
};

/** Bytes that are no ClientHello. */
export class ClientHelloError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ClientHelloError";
  }
}

/** A fatal alert as one unprotected record. */
export function alertRecord(name: TlsAlertName): Uint8Array {
  return Uint8Array.of(21, 3, 3, 0, 2, 2, ALERT[name]);
}

/**
 * Reads what a client offers.
 * @param bytes everything received so far
 * @returns undefined: more bytes are needed
 * @throws ClientHelloError
 */
export function readClientHello(bytes: Uint8Array): TlsOffer | undefined {
  const message = handshakeMessage(bytes);
  if (message === undefined) return undefined;
  const at = new Reader(message);
  at.skip(2 + 32);
  at.skip(at.u8());
  at.skip(at.u16());
  at.skip(at.u8());
  const offer: { sni: string | undefined; alpn: string[] } = { sni: undefined, alpn: [] };
  if (at.left === 0) return offer;
  const extensions = new Reader(at.take(at.u16()));
  while (extensions.left > 0) {
    const type = extensions.u16();
    const body = new Reader(extensions.take(extensions.u16()));
    if (type === EXTENSION_SERVER_NAME) offer.sni = serverName(body);
    if (type === EXTENSION_ALPN) offer.alpn = protocolNames(body);
  }
  return offer;
}

/** The first handshake message, gathered from as many records as it takes. */
function handshakeMessage(bytes: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let have = 0;
  for (let at = 0; ; ) {
    if (bytes.length > at && bytes[at] !== RECORD_HANDSHAKE) throw new ClientHelloError("not a TLS handshake");
    if (bytes.length < at + RECORD_HEADER_BYTES) return notYet(bytes);
    const length = (bytes[at + 3]! << 8) | bytes[at + 4]!;
    const part = bytes.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length);
    parts.push(part);
    have += part.length;
    if (have >= MESSAGE_HEADER_BYTES) {
      const message = Buffer.concat(parts);
      if (message[0] !== HANDSHAKE_CLIENT_HELLO) throw new ClientHelloError("not a ClientHello");
      const wanted = MESSAGE_HEADER_BYTES + message.readUIntBE(1, 3);
      if (have >= wanted) return message.subarray(MESSAGE_HEADER_BYTES, wanted);
    }
    if (part.length < length) return notYet(bytes);
    at += RECORD_HEADER_BYTES + length;
  }
}

function notYet(bytes: Uint8Array): undefined {
  if (bytes.length > MAX_CLIENT_HELLO_BYTES) throw new ClientHelloError("a ClientHello that is too long");
  return undefined;
}

/** RFC 6066 §3: a list of which only the type host_name is defined. */
function serverName(body: Reader): string | undefined {
  const list = new Reader(body.take(body.u16()));
  while (list.left > 0) {
    const type = list.u8();
    const name = list.take(list.u16());
    if (type === 0) return Buffer.from(name).toString("latin1");
  }
  return undefined;
}

function protocolNames(body: Reader): string[] {
  const list = new Reader(body.take(body.u16()));
  const names: string[] = [];
  while (list.left > 0) names.push(Buffer.from(list.take(list.u8())).toString("latin1"));
  return names;
}

/** A cursor that never leaves its bytes. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.take(1)[0]!;
  }

  u16(): number {
    const [high, low] = this.take(2) as Uint8Array & [number, number];
    return (high << 8) | low;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new ClientHelloError("a length that points beyond the end");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  skip(length: number): void {
    this.take(length);
  }
}
