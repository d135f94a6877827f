// What the native TLS class offers, read from its ClientHello. RFC 8446 §4.1.2, §4.2.9; numbers as the IANA has them.

import { Buffer } from "node:buffer";
import { createServer } from "node:net";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { KeptSessions } from "../../../../../firmware/device/tls-sessions.js";
import { nativeTls } from "../../../../../firmware/platform/native/tls/stream.js";
import type { TlsClass, TlsSessions } from "../../../../../firmware/platform/tls.js";
import "../../../../../host-sim/cloud/node/reflect-metadata.js";
import { BoardMemory } from "../../../../../host-sim/platform/reset-memory.js";
import { SERVER_NAME } from "../../../../host-sim/platform/tls-table.js";
import { withNativeTls } from "../../../../support/tls-addon/require.js";
import { attempt, TlsLoopback } from "../../../../support/tls-loopback.js";

const PSK_KEY_EXCHANGE_MODES = 45;
const PRE_SHARED_KEY = 41;
const PSK_DHE_KE = 1;
const AES_128_GCM = [0x1301, 0xc02b, 0xc02f];
const AES_256_GCM = [0x1302, 0xc02c, 0xc030];
const CHACHA20_POLY1305 = [0x1303, 0xcca9, 0xcca8];
/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 §3.3): no suite. */
const SIGNAL = 0x00ff;

interface Hello {
  suites: number[];
  extensions: Map<number, Buffer>;
}

function read(record: Buffer): Hello {
  // Record header 5, message header 4, version 2, random 32.
  let at = 43;
  const take = (count: number) => {
    at += count;
    return record.subarray(at - count, at);
  };
  const list = (lengthBytes: number) => take(take(lengthBytes).readUIntBE(0, lengthBytes));
  list(1);
  const suites = list(2);
  list(1);
  const extensions = new Map<number, Buffer>();
  const end = at + 2 + record.readUInt16BE(at);
  at += 2;
  while (at < end) extensions.set(take(2).readUInt16BE(0), list(2));
  return { suites: Array.from({ length: suites.length / 2 }, (_, i) => suites.readUInt16BE(2 * i)), extensions };
}

withNativeTls((Session) => {
  let lab: TlsLoopback;

  beforeAll(async () => {
    lab = await TlsLoopback.create();
  });
  afterEach(() => lab.close());

  /** The ClientHello that a class sends now. */
  const helloOf = async (TLS: TlsClass, sessions?: TlsSessions) => {
    let hello = Buffer.alloc(0);
    const port = await lab.listen(
      createServer((socket) => {
        socket.on("error", () => {});
        socket.on("data", (bytes) => {
          hello = Buffer.concat([hello, bytes]);
          if (hello.length > 5 && hello.length >= 5 + hello.readUInt16BE(3)) socket.end();
        });
      }),
    );
    const client = lab.client(port);
    client.secure.sessions = sessions;
    await attempt(TLS, client);
    return read(hello);
  };

  describe("the native TLS class offers", () => {
    test("forward secrecy and authenticated encryption only", async () => {
      const { suites } = await helloOf(nativeTls(Session));
      const known = [...AES_128_GCM, ...AES_256_GCM, ...CHACHA20_POLY1305, SIGNAL];
      expect(suites.filter((suite) => !known.includes(suite))).toEqual([]);
      expect(AES_128_GCM).toContain(suites[0]);
    });

    test("to go on from a session with a new key exchange only, where it speaks TLS 1.3", async () => {
      const TLS = nativeTls(Session);
      const sessions = new KeptSessions(
        new BoardMemory().slots(() => true),
        { resumed: () => {} },
      );
      const client = lab.client(await lab.serve(await lab.authority.serverIdentity([SERVER_NAME])));
      client.secure.sessions = sessions;
      await attempt(TLS, client);
      const { suites, extensions } = await helloOf(TLS, sessions);
      const speaks13 = suites.includes(AES_128_GCM[0]!);
      expect(extensions.has(PRE_SHARED_KEY)).toBe(speaks13);
      const modes = extensions.get(PSK_KEY_EXCHANGE_MODES);
      expect(modes && [...modes]).toEqual(speaks13 ? [1, PSK_DHE_KE] : undefined);
    });
  });
});
