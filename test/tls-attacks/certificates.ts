// Certificates that every TLS class of Simkey must judge rightly: names, name constraints, keys, purposes, and what is critical.

import { der } from "../../firmware/bytes/der.js";
import { SERVER_NAME } from "../host-sim/platform/tls-table.js";
import type { TlsLoopback } from "../support/tls-loopback.js";
import type { Attack } from "./attack.js";
import { type Constraints, extension, nameConstraints } from "./extensions.js";
import { type Forgery, forge, served } from "./forge.js";

/** Lets a test's server do what OpenSSL would refuse on its own. */
const LAX = "DEFAULT:@SECLEVEL=0";
/** An extension that nobody knows, in the arc for examples (RFC 7299). */
const UNKNOWN = "1.3.6.1.5.5.7.1.99";
/** keyEncipherment: a key that may not sign. */
const ENCIPHER = 4;
/** mbedTLS's MBEDTLS_X509_MAX_INTERMEDIATE_CA, by default. */
const INTERMEDIATES_MAX = 8;
const EVERY_ADDRESS = ["00".repeat(8), "00".repeat(32)].map((range) => ["ip", range] as const);

/** What is special in a chain of root, intermediate and server. */
interface Special {
  root?: Partial<Forgery>;
  intermediate?: Partial<Forgery>;
  leaf?: Partial<Forgery>;
}

/** Serves a chain, under the lab's own root unless another is asked for. */
const chain =
  ({ root, intermediate, leaf }: Special): Attack["serve"] =>
  async (lab) => {
    const anchor = root && (await forge(lab.now, { subject: "CN=root", authority: true, ...root }));
    const issuer = await forge(lab.now, {
      ...{ subject: "CN=M, O=Simkey simulation", authority: true, issuer: anchor ?? lab.authority.root },
      ...intermediate,
    });
    const server = await forge(lab.now, { subject: "CN=server", names: [SERVER_NAME], issuer, ...leaf });
    const port = await lab.serve(await served(server, issuer.certificate), { ciphers: LAX });
    return anchor === undefined ? port : { port, root: new Uint8Array(anchor.certificate.rawData) };
  };

const constrained = (constraints: Constraints, leaf: Partial<Forgery> = {}) =>
  chain({ intermediate: { extensions: [nameConstraints(constraints)] }, leaf });

const underRoot = (constraints: Constraints) => chain({ root: { extensions: [nameConstraints(constraints)] } });

/** A chain with so many intermediates. */
const long = (count: number) => async (lab: TlsLoopback) => {
  const between = [lab.authority.intermediate];
  while (between.length < count)
    between.unshift(await forge(lab.now, { subject: `CN=${between.length}`, authority: true, issuer: between[0]! }));
  const leaf = await forge(lab.now, { subject: "CN=server", names: [SERVER_NAME], issuer: between[0]! });
  return lab.serve(await served(leaf, ...between.map(({ certificate }) => certificate)));
};

const unknown = (critical: boolean) => extension(UNKNOWN, critical, der(0x05));

const NAMES: readonly Attack[] = [
  {
    name: "right name in the subject alone",
    verdict: ["tls-name"],
    serve: chain({ leaf: { subject: `CN=${SERVER_NAME}`, names: [] } }),
  },
  {
    name: "right name in the subject, alternative names of other kinds",
    verdict: ["tls-name"],
    serve: chain({
      leaf: { subject: `CN=${SERVER_NAME}`, names: [], others: [{ type: "url", value: `https://${SERVER_NAME}/` }] },
    }),
  },
  {
    name: "wildcard for a part of a label",
    verdict: ["tls-name"],
    serve: chain({ leaf: { names: ["b*.eu.example"] } }),
  },
  {
    name: "wildcard in the second label",
    verdict: ["tls-name"],
    serve: chain({ leaf: { names: ["broker.*.example"] } }),
  },
  { name: "wildcard for two labels", verdict: ["tls-name"], serve: chain({ leaf: { names: ["*.example"] } }) },
  { name: "wildcard for everything", verdict: ["tls-name"], serve: chain({ leaf: { names: ["*"] } }) },
  { name: "wildcard for the first label", verdict: ["ok"], serve: chain({ leaf: { names: ["*.eu.example"] } }) },
];

const CONSTRAINTS: readonly Attack[] = [
  {
    name: "authority for these names",
    verdict: ["ok"],
    serve: constrained({ permitted: [["dns", "EU.example"]], excluded: [["dns", "us.example"], ...EVERY_ADDRESS] }),
  },
  {
    name: "authority for other names",
    verdict: ["tls-constraint"],
    serve: constrained({ permitted: [["dns", "other.example"]] }),
  },
  {
    name: "authority for names that only end alike",
    verdict: ["tls-constraint"],
    serve: constrained({ permitted: [["dns", "ker.eu.example"]] }),
  },
  {
    name: "authority for all names but this",
    verdict: ["tls-constraint"],
    serve: constrained({ excluded: [["dns", SERVER_NAME]] }),
  },
  {
    name: "authority for all names but this, and a wildcard",
    verdict: ["tls-constraint"],
    serve: constrained({ excluded: [["dns", SERVER_NAME]] }, { names: ["*.eu.example"] }),
  },
  {
    name: "authority for this name, and a second name beside it",
    verdict: ["tls-constraint"],
    serve: constrained({ permitted: [["dns", "eu.example"]] }, { names: [SERVER_NAME, "broker.us.example"] }),
  },
  {
    name: "authority for no addresses, and an address beside the name",
    verdict: ["tls-constraint"],
    serve: constrained({ excluded: EVERY_ADDRESS }, { others: [{ type: "ip", value: "10.0.0.1" }] }),
  },
  {
    name: "authority for an organisation",
    verdict: ["ok"],
    serve: constrained({ permitted: [["dn", "O=Simkey"]] }, { subject: "O=Simkey, CN=server" }),
  },
  {
    name: "authority for another organisation",
    verdict: ["tls-constraint"],
    serve: constrained({ permitted: [["dn", "O=Simkey"]] }, { subject: "O=Simkeys, CN=server" }),
  },
  {
    name: "authority for all organisations but one",
    // Spelt otherwise it may be the same: neither class compares such names as RFC 5280 §7.1 wants, so both refuse.
    verdict: ["tls-constraint"],
    serve: constrained({ excluded: [["dn", "O=SIMKEY"]] }, { subject: "O=Simkey, CN=server" }),
  },
  {
    name: "authority for mail addresses, and one beside the name",
    verdict: ["tls-constraint"],
    serve: constrained(
      { permitted: [["email", "eu.example"]] },
      { others: [{ type: "email", value: "a@eu.example" }] },
    ),
  },
  {
    name: "authority for mail addresses, and none",
    verdict: ["ok"],
    serve: constrained({ permitted: [["email", "eu.example"]] }),
  },
  {
    name: "constraints with a range of depths",
    verdict: ["tls-constraint"],
    serve: constrained({ permitted: [["dns", "eu.example"]], behind: der(0x80, Uint8Array.of(1)) }),
  },
  {
    name: "constraints that are no DER",
    // OpenSSL takes such a certificate for nobody's issuer.
    verdict: ["tls-constraint", "tls-untrusted"],
    serve: chain({ intermediate: { extensions: [extension("2.5.29.30", false, Uint8Array.of(0x30, 0x82, 1))] } }),
  },
  { name: "root for these names", verdict: ["ok"], serve: underRoot({ permitted: [["dns", "eu.example"]] }) },
  {
    name: "root for these names, marked critical",
    verdict: ["ok"],
    serve: underRoot({ permitted: [["dns", ""]], critical: true }),
  },
  {
    name: "root for other names",
    verdict: ["tls-constraint"],
    serve: underRoot({ permitted: [["dns", "other.example"]] }),
  },
  {
    name: "root for all names but this, marked critical",
    verdict: ["tls-constraint"],
    serve: underRoot({ excluded: [["dns", "example"]], critical: true }),
  },
  {
    name: "authority for these names, marked critical",
    // mbedTLS reads no certificate of the server's with such a mark, and a class that did would only hide it at the desk.
    verdict: ["tls-critical-extension"],
    serve: constrained({ permitted: [["dns", "eu.example"]], critical: true }),
  },
  {
    name: "authority for other names, marked critical",
    verdict: ["tls-critical-extension", "tls-constraint"],
    serve: constrained({ permitted: [["dns", "other.example"]], critical: true }),
  },
];

const PURPOSES: readonly Attack[] = [
  { name: "certificate for clients only", verdict: ["tls-usage"], serve: chain({ leaf: { purpose: "client" } }) },
  {
    name: "authority for clients' certificates only",
    verdict: ["tls-usage"],
    serve: chain({ intermediate: { purpose: "client" } }),
  },
  {
    name: "authority for servers' certificates",
    verdict: ["ok"],
    serve: chain({ intermediate: { purpose: "server" } }),
  },
  {
    name: "root for clients' certificates only",
    verdict: ["tls-usage"],
    serve: chain({ root: { purpose: "client" } }),
  },
  {
    name: "key that may not sign",
    verdict: ["tls-usage"],
    serve: chain({ leaf: { key: "rsa2048", usage: ENCIPHER } }),
  },
  {
    name: "authority whose key may not sign certificates",
    verdict: ["tls-untrusted"],
    serve: chain({ intermediate: { usage: ENCIPHER } }),
  },
  {
    name: "unknown extension in the server's certificate",
    verdict: ["ok"],
    serve: chain({ leaf: { extensions: [unknown(false)] } }),
  },
  {
    name: "unknown critical extension in the server's certificate",
    verdict: ["tls-critical-extension"],
    serve: chain({ leaf: { extensions: [unknown(true)] } }),
  },
  {
    name: "unknown critical extension in an authority's certificate",
    verdict: ["tls-critical-extension"],
    serve: chain({ intermediate: { extensions: [unknown(true)] } }),
  },
  {
    name: "unknown critical extension in the root",
    verdict: ["tls-critical-extension"],
    serve: chain({ root: { extensions: [unknown(true)] } }),
  },
  { name: "as many authorities in a row as there may be", verdict: ["ok"], serve: long(INTERMEDIATES_MAX) },
  { name: "one authority more than there may be", verdict: ["tls-chain-length"], serve: long(INTERMEDIATES_MAX + 1) },
];

const KEYS: readonly Attack[] = [
  { name: "RSA of 2048 bits", verdict: ["ok"], serve: chain({ leaf: { key: "rsa2048" } }) },
  { name: "RSA of 1024 bits", verdict: ["tls-untrusted"], serve: chain({ leaf: { key: "rsa1024" } }) },
  {
    name: "authority with RSA of 1024 bits",
    verdict: ["tls-untrusted"],
    serve: chain({ intermediate: { key: "rsa1024" } }),
  },
  { name: "root with RSA of 1024 bits", verdict: ["tls-untrusted"], serve: chain({ root: { key: "rsa1024" } }) },
];

export const CERTIFICATES: readonly Attack[] = [...NAMES, ...CONSTRAINTS, ...PURPOSES, ...KEYS];
