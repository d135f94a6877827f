// Onboarding answers as 1NCE gives them (JWT Token Onboarding), around a real root certificate.

import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";

export const rootPem = rootCertificates.find((pem) => new X509Certificate(pem).subject.includes("Amazon Root CA 1"))!;
export const rootDer = new Uint8Array(new X509Certificate(rootPem).raw);

export const WALL = Date.UTC(2026, 10, 22, 12);

const base64UrlJson = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An unsigned JWT with the given claims. */
export const jwtOf = (claims: object) =>
  `${base64UrlJson({ alg: "RS256", typ: "JWT" })}.${base64UrlJson(claims)}.${"s".repeat(342)}`;

export const sample = {
  username:
    `${jwtOf({ iccid: "8988280666000000019" })}?x-amz-customauthorizer-name=1nce-authorizer` +
    `&x-amz-customauthorizer-signature=${"Ab%2B9%2F".repeat(38)}%3D%3D&token=${"t0ken".repeat(20)}`,
  clientId: "8988280666000000019",
  endpoint: "a18ri6znf00000-ats.iot.eu-west-3.amazonaws.com",
  rootCaUrl: "https://www.amazontrust.com/repository/AmazonRootCA1.pem",
  rootCa: rootPem,
};
export type Sample = { [name in keyof typeof sample]: string };

/** The CSV form; `escaped`: line ends as two characters, as the open-source server writes them. */
export function csvOf(fields: Partial<Sample> = {}, escaped = true): string {
  const { username, clientId, endpoint, rootCaUrl, rootCa } = { ...sample, ...fields };
  const text = [username, clientId, endpoint, rootCaUrl, rootCa].map((field) => `"${field}"`).join(",");
  return escaped ? text.replaceAll("\n", "\\n") : text;
}

/** The JSON form, with the live service's spelling of the names. */
export function jsonOf(fields: Partial<Sample> = {}): string {
  const { username, clientId, endpoint, rootCaUrl } = { ...sample, ...fields };
  return JSON.stringify({ username, iotCoreEndpointUrl: endpoint, amazonRootCaUrl: rootCaUrl, clientId });
}

/** An HTTP answer around a body. */
export function answerOf(body: string, headers: Record<string, string> = {}, status = "200 OK"): string {
  const all = { "Content-Type": "text/csv; charset=utf-8", "Content-Length": Buffer.byteLength(body), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status}\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}
