// Rewrites of a server's TLS 1.2 handshake messages, for a proxy between client and server.

import { Buffer } from "node:buffer";
import { HANDSHAKE, type TlsRecord } from "../support/tls-proxy.js";

const MESSAGE_HEADER = 4;
const SERVER_KEY_EXCHANGE = 12;

/** Applies `change` to the body of each ServerKeyExchange in a record (RFC 5246 §7.4.3). */
function inKeyExchange(change: (body: Buffer) => void): (record: TlsRecord) => TlsRecord[] {
  return (record) => {
    if (record.type !== HANDSHAKE) return [record];
    const payload = Buffer.from(record.payload);
    for (let at = 0; at + MESSAGE_HEADER <= payload.length; ) {
      const end = at + MESSAGE_HEADER + payload.readUIntBE(at + 1, 3);
      if (payload[at] === SERVER_KEY_EXCHANGE) change(payload.subarray(at + MESSAGE_HEADER, end));
      at = end;
    }
    return [{ ...record, payload }];
  };
}

/** Spoils the signature: what a server shows that has the certificate but not its key. */
export const spoilSignature = inKeyExchange((body) => {
  body[body.length - 1]! ^= 1;
});

/** Claims that the signature has neither a hash nor an algorithm. */
export const claimNoSignature = inKeyExchange((body) => {
  // curve type, named curve, length of the point, the point (RFC 8422 §5.4), then hash and signature algorithm
  body.fill(0, 4 + body[3]!, 6 + body[3]!);
});
