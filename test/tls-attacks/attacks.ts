// Attacks and hardships that every TLS class of Simkey must answer rightly: the protocol, the path to a root, and dates. Names,
// constraints, keys and purposes of certificates are in certificates.ts.
//
// No row asks whether a certificate was revoked (CRL, OCSP), must come with an OCSP answer (RFC 7633), or is in a log (RFC 9162):
// neither class knows.

import { Buffer } from "node:buffer";
import { connect, createServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { SERVER_NAME } from "../host-sim/platform/tls-table.js";
import type { TlsLoopback } from "../support/tls-loopback.js";
import { recordProxy, split } from "../support/tls-proxy.js";
import type { Attack } from "./attack.js";
import { forge, served } from "./forge.js";
import { claimNoSignature, spoilSignature } from "./spoil.js";

/** Lets a test's server do what OpenSSL would refuse on its own. */
const LAX = "DEFAULT:@SECLEVEL=0";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/**
 * A Certificate message of AWS IoT Core's RSA endpoint (docs of the chain's parts: 1459 + 1122 + 1174 bytes), and a
 * fifth more.
 */
const LARGER_CHAIN_BYTES = Math.ceil(1.2 * (1459 + 1122 + 1174));

const good = (lab: TlsLoopback) => lab.authority.serverIdentity([SERVER_NAME]);

/** A good server behind a proxy that rewrites its records. */
const rewritten =
  (rewrite: Parameters<typeof recordProxy>[1]): Attack["serve"] =>
  async (lab) => {
    const port = await lab.serve(await good(lab), { maxVersion: "TLSv1.2" });
    return lab.listen(recordProxy(port, rewrite));
  };

/** Answers the first bytes that come with `count` bytes. */
const answering = (count: number) => (socket: TLSSocket) =>
  void socket.once("data", () => socket.write(Buffer.alloc(count, "0123456789abcdef~")));

/** Passes on `count` bytes of a good server, then hangs up. */
const truncated =
  (count: number): Attack["serve"] =>
  async (lab) => {
    const port = await lab.serve(await good(lab));
    return lab.listen(
      createServer((client: Socket) => {
        const server = connect(port, "127.0.0.1");
        let left = count;
        client.on("error", () => {}).on("close", () => server.destroy());
        client.on("data", (bytes) => server.write(bytes));
        server.on("error", () => {});
        server.on("data", (bytes: Buffer) => {
          client.write(bytes.subarray(0, left));
          left -= bytes.length;
          if (left <= 0) client.end();
        });
      }),
    );
  };

export const ATTACKS: readonly Attack[] = [
  { name: "a good server", verdict: ["ok"], serve: async (lab) => lab.serve(await good(lab)) },
  {
    name: "wrong root",
    verdict: ["tls-untrusted"],
    serve: async (lab) => lab.serve(await lab.stranger.serverIdentity([SERVER_NAME])),
  },
  {
    name: "certificate that signed itself",
    verdict: ["tls-untrusted"],
    serve: async (lab) => lab.serve(await served(await forge(lab.now, { subject: "CN=self", names: [SERVER_NAME] }))),
  },
  {
    name: "expired certificate",
    verdict: ["tls-expired"],
    serve: async (lab) => {
      const validity = { notBefore: lab.now - 9 * DAY_MS, notAfter: lab.now - HOUR_MS };
      return lab.serve(await lab.authority.serverIdentity([SERVER_NAME], { validity }));
    },
  },
  {
    name: "certificate not yet valid",
    verdict: ["tls-not-yet-valid"],
    serve: async (lab) => {
      const validity = { notBefore: lab.now + HOUR_MS, notAfter: lab.now + 9 * DAY_MS };
      return lab.serve(await lab.authority.serverIdentity([SERVER_NAME], { validity }));
    },
  },
  {
    name: "wrong name",
    verdict: ["tls-name"],
    serve: async (lab) => lab.serve(await lab.authority.serverIdentity(["other.eu.example"])),
  },
  {
    name: "right name in the subject, another in the alternative names",
    verdict: ["tls-name"],
    serve: async (lab) => {
      const issuer = lab.authority.intermediate;
      const leaf = await forge(lab.now, { subject: `CN=${SERVER_NAME}`, names: ["other.eu.example"], issuer });
      return lab.serve(await served(leaf, issuer.certificate));
    },
  },
  {
    name: "forged leaf with a genuine chain appended",
    verdict: ["tls-untrusted"],
    serve: async (lab) => {
      const issuer = lab.authority.intermediate;
      const genuine = await forge(lab.now, { subject: "CN=genuine", names: [SERVER_NAME], issuer });
      const forged = await forge(lab.now, { subject: "CN=forged", names: [SERVER_NAME] });
      return lab.serve(await served(forged, genuine.certificate, issuer.certificate));
    },
  },
  {
    name: "leaf that names a genuine issuer but bears another key's signature",
    verdict: ["tls-untrusted"],
    serve: async (lab) => {
      const issuer = lab.authority.intermediate;
      const signer = lab.stranger.intermediate;
      const forged = await forge(lab.now, { subject: "CN=forged", names: [SERVER_NAME], issuer, signer });
      return lab.serve(await served(forged, issuer.certificate));
    },
  },
  {
    name: "end-entity certificate as issuer",
    verdict: ["tls-untrusted"],
    serve: async (lab) => {
      const { intermediate } = lab.authority;
      const leaf = await forge(lab.now, { subject: "CN=leaf", names: ["evil.example"], issuer: intermediate });
      const below = await forge(lab.now, { subject: "CN=below", names: [SERVER_NAME], issuer: leaf });
      return lab.serve(await served(below, leaf.certificate, intermediate.certificate));
    },
  },
  {
    name: "longer path than an authority allows",
    verdict: ["tls-untrusted"],
    serve: async (lab) => {
      const issuer = lab.authority.intermediate;
      const last = await forge(lab.now, { subject: "CN=last", authority: true, pathLength: 0, issuer });
      const further = await forge(lab.now, { subject: "CN=further", authority: true, issuer: last });
      const leaf = await forge(lab.now, { subject: "CN=leaf", names: [SERVER_NAME], issuer: further });
      return lab.serve(await served(leaf, further.certificate, last.certificate, issuer.certificate));
    },
  },
  {
    name: "SHA-1 signature under the leaf",
    verdict: ["tls-untrusted"],
    serve: async (lab) => {
      const issuer = lab.authority.intermediate;
      const leaf = await forge(lab.now, { subject: "CN=old", names: [SERVER_NAME], issuer, hash: "SHA-1" });
      return lab.serve(await served(leaf, issuer.certificate), { ciphers: LAX });
    },
  },
  { name: "server without the private key", verdict: ["tls-untrusted"], serve: rewritten(spoilSignature) },
  {
    name: "key exchange that claims to need no signature",
    verdict: ["tls-untrusted", "tls-protocol"],
    serve: rewritten(claimNoSignature),
  },
  {
    name: "ALPN refused by the server",
    verdict: ["tls-alpn"],
    serve: async (lab) => lab.serve(await good(lab), { ALPNProtocols: ["x-amzn-http-ca"] }),
    client: { alpn: ["mqtt"] },
  },
  {
    name: "required ALPN not selected",
    verdict: ["tls-alpn"],
    serve: async (lab) => lab.serve(await good(lab)),
    client: { alpn: ["mqtt"], requireAlpn: true },
  },
  {
    name: "TLS 1.1",
    verdict: ["tls-version"],
    serve: async (lab) => lab.serve(await good(lab), { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: LAX }),
  },
  { name: "no TLS", verdict: ["tls-protocol"], serve: plain("HTTP/1.1 400 Bad Request\r\n\r\n") },
  { name: "stream cut before the first byte", verdict: ["tls-closed"], serve: plain("") },
  { name: "stream cut within the first record", verdict: ["tls-closed"], serve: truncated(40) },
  { name: "stream cut within the certificates", verdict: ["tls-closed"], serve: truncated(700) },
  {
    name: "stream cut after the handshake, without a goodbye",
    verdict: ["tls-closed"],
    serve: async (lab) =>
      lab.serve(await good(lab), {}, (socket) => {
        socket.once("data", () => socket.write("last words", () => lab.hangUp()));
      }),
    answer: 10,
    afterHandshake: true,
  },
  {
    name: "second handshake, after which the server could be another",
    // The client declines; OpenSSL's server takes that for the end.
    verdict: ["tls-alert"],
    serve: async (lab) =>
      lab.serve(await good(lab), { maxVersion: "TLSv1.2" }, (socket) => {
        socket.once("data", () => socket.write("last words", () => socket.renegotiate({}, () => socket.write("more"))));
      }),
    answer: 10,
    afterHandshake: true,
  },
  { name: "handshake in records of 512 bytes", verdict: ["ok"], serve: rewritten((record) => split(record, 512)) },
  {
    name: "records of 16 KB",
    verdict: ["ok"],
    serve: async (lab) => lab.serve(await good(lab), {}, answering(65_536)),
    answer: 65_536,
  },
  {
    name: "chain of four, its last two leading elsewhere",
    verdict: ["ok"],
    kind: "rsa2048",
    serve: async (lab) => {
      const extra = [await lab.authority.crossSigned(lab.stranger), lab.stranger.root.certificate];
      return lab.serve(await lab.authority.serverIdentity([SERVER_NAME], { extra }));
    },
  },
  {
    name: "certificate a fifth larger than AWS's",
    verdict: ["ok"],
    kind: "rsa2048",
    serve: async (lab) => {
      const names = [SERVER_NAME, ...Array.from({ length: 60 }, (_, i) => `broker-${i}.an-endpoint.eu.example`)];
      const extra = [await lab.authority.crossSigned(lab.stranger)];
      const identity = await lab.authority.serverIdentity(names, { extra });
      const bytes = (identity.chainPem.length * 3) / 4;
      if (bytes < LARGER_CHAIN_BYTES) throw new Error(`the chain has only ${bytes} bytes`);
      return lab.serve(identity);
    },
  },
  {
    name: "expired by the device's clock alone",
    verdict: ["tls-expired"],
    serve: async (lab) => {
      const validity = { notBefore: lab.now - DAY_MS, notAfter: lab.now + 5 * DAY_MS };
      return lab.serve(await lab.authority.serverIdentity([SERVER_NAME], { validity }));
    },
    client: { clock: 6 * DAY_MS },
  },
  {
    name: "clock not set",
    verdict: ["tls-clock"],
    serve: async (lab) => lab.serve(await good(lab)),
    client: { clock: "unset" },
  },
];

function plain(text: string): Attack["serve"] {
  return (lab) =>
    lab.listen(
      createServer((socket) => {
        socket.on("error", () => {});
        socket.resume();
        socket.end(text);
      }),
    );
}
