// A proxy between a TLS client and a server that rewrites the server's records while the handshake is in the clear.

import { Buffer } from "node:buffer";
import { connect, createServer, type Server, type Socket } from "node:net";

const HEADER = 5;
export const HANDSHAKE = 22;

/** One TLS record (RFC 5246 §6.2.1). */
export interface TlsRecord {
  type: number;
  version: number;
  payload: Buffer;
}

export function encodeRecord({ type, version, payload }: TlsRecord): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(type, 0);
  header.writeUInt16BE(version, 1);
  header.writeUInt16BE(payload.length, 3);
  return Buffer.concat([header, payload]);
}

/**
 * Makes a proxy; `listen` is left to the caller.
 * @param port where the server listens on loopback
 * @param rewrite gets each record of the server up to its ChangeCipherSpec, gives what the client gets in its place
 */
export function recordProxy(port: number, rewrite: (record: TlsRecord) => TlsRecord[]): Server {
  return createServer((client) => {
    const server = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as [Socket, Socket][]) {
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
    client.on("data", (bytes) => server.write(bytes));
    let held = Buffer.alloc(0);
    let clear = true;
    server.on("data", (bytes: Buffer) => {
      held = Buffer.concat([held, bytes]);
      while (clear && held.length >= HEADER && held.length >= HEADER + held.readUInt16BE(3)) {
        const end = HEADER + held.readUInt16BE(3);
        const record = { type: held.readUInt8(0), version: held.readUInt16BE(1), payload: held.subarray(HEADER, end) };
        clear = record.type === HANDSHAKE;
        held = held.subarray(end);
        for (const each of clear ? rewrite(record) : [record]) client.write(encodeRecord(each));
      }
      if (clear) return;
      client.write(held);
      held = Buffer.alloc(0);
    });
  });
}

/** Splits a record's payload into records of at most `size` bytes. */
export function split(record: TlsRecord, size: number): TlsRecord[] {
  const records: TlsRecord[] = [];
  for (let at = 0; at < record.payload.length; at += size) {
    records.push({ ...record, payload: record.payload.subarray(at, at + size) });
  }
  return records;
}
