// What may be wrong with a TLS connection, as a table that both TLS classes of host-sim/ must answer alike.

import type { TlsCode } from "../../../firmware/platform/tls.js";

const DAY_MS = 86_400_000;

/** One server and one client, and what must come of it. Times are relative to the servers' clock. */
export interface TlsRow {
  name: string;
  server: {
    names?: readonly string[];
    /** Validity of the certificate, milliseconds from now. */
    from?: number;
    to?: number;
    /** Signed by another authority than the one the client knows. */
    stranger?: boolean;
    /** Protocols it knows; it refuses an offer without any of them. Left out: it selects none. */
    alpn?: readonly string[];
    highest?: "1.1" | "1.2" | "1.3";
    /** Not TLS at all: it sends this at once, then closes. */
    raw?: string;
  };
  client: {
    alpn?: readonly string[];
    requireAlpn?: boolean;
    /** The device's clock, milliseconds from now; `unset`: it does not know. */
    clock?: number | "unset";
    roots?: "none";
  };
  /** `ok`: bytes pass both ways. */
  verdict: TlsCode | "ok";
  /** What must be selected when all is well. */
  alpn?: string;
}

export const SERVER_NAME = "broker.eu.example";

export const TLS_TABLE: readonly TlsRow[] = [
  { name: "a good server", server: {}, client: {}, verdict: "ok" },
  { name: "a good server that speaks TLS 1.2", server: { highest: "1.2" }, client: {}, verdict: "ok" },
  {
    name: "a good server with ALPN",
    server: { alpn: ["x-amzn-mqtt-ca", "mqtt"] },
    client: { alpn: ["mqtt"], requireAlpn: true },
    verdict: "ok",
    alpn: "mqtt",
  },
  { name: "a server without ALPN where none is required", server: {}, client: { alpn: ["mqtt"] }, verdict: "ok" },
  { name: "a wildcard certificate", server: { names: ["*.eu.example"] }, client: {}, verdict: "ok" },
  { name: "another root", server: { stranger: true }, client: {}, verdict: "tls-untrusted" },
  { name: "no roots at all", server: {}, client: { roots: "none" }, verdict: "tls-untrusted" },
  { name: "another name", server: { names: ["other.eu.example"] }, client: {}, verdict: "tls-name" },
  { name: "a wildcard one label up", server: { names: ["*.broker.eu.example"] }, client: {}, verdict: "tls-name" },
  { name: "an expired certificate", server: { from: -9 * DAY_MS, to: -DAY_MS }, client: {}, verdict: "tls-expired" },
  {
    name: "a certificate that is not valid yet",
    server: { from: DAY_MS, to: 9 * DAY_MS },
    client: {},
    verdict: "tls-not-yet-valid",
  },
  {
    name: "a certificate that has expired by the device's clock",
    server: { to: 5 * DAY_MS },
    client: { clock: 6 * DAY_MS },
    verdict: "tls-expired",
  },
  {
    name: "a device's clock before the certificate begins",
    server: { from: -DAY_MS },
    client: { clock: -9 * DAY_MS },
    verdict: "tls-not-yet-valid",
  },
  { name: "a device that does not know the time", server: {}, client: { clock: "unset" }, verdict: "tls-clock" },
  {
    name: "a server that refuses the offered protocol",
    server: { alpn: ["x-amzn-http-ca"] },
    client: { alpn: ["mqtt"] },
    verdict: "tls-alpn",
  },
  {
    name: "a server that selects no protocol where one is required",
    server: {},
    client: { alpn: ["mqtt"], requireAlpn: true },
    verdict: "tls-alpn",
  },
  { name: "a server that speaks only TLS 1.1", server: { highest: "1.1" }, client: {}, verdict: "tls-version" },
  {
    name: "a server that speaks no TLS",
    server: { raw: "HTTP/1.1 400 Bad Request\r\n\r\n" },
    client: {},
    verdict: "tls-protocol",
  },
  { name: "a server that hangs up at once", server: { raw: "" }, client: {}, verdict: "tls-closed" },
];
