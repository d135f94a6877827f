// What the onboarding service answers, byte for byte as 1NCE's page and its public X.509 sibling show it.
// Sources: 1NCE "JWT Token Onboarding" (JSON, headers, statuses, order of the CSV fields); 1NCE-GmbH/1nce-iot-device-onboarding
// `utils.ts` (each value in quotes, line ends within a value as the two characters \n, no line end after the record).

import { encodeBase64 } from "../../../firmware/bytes/base64.js";
import { sha1 } from "../../../firmware/bytes/sha1.js";
import { type Framing, type HttpResponse, httpDate, REASON } from "../http/response.js";

/** What a device is told. */
export interface Tokens {
  username: string;
  /** The ICCID. */
  clientId: string;
  /** Host name of the AWS IoT endpoint. */
  endpoint: string;
  rootCaUrl: string;
  rootCaPem: string;
}

/** Where the service may differ from what was observed; a client should take all of them. */
export interface AnswerStyle {
  /** JSON, whatever is asked for. */
  json: boolean;
  /** Line ends within the CSV's last value as they are, instead of as `\n`. */
  literalLineEnds: boolean;
  /** The CSV's fifth field is there. */
  rootValue: boolean;
  /** Keys as in the page's schema (`iotCoreEndpointURL`), instead of as in its example (`iotCoreEndpointUrl`). */
  schemaSpelling: boolean;
  framing: Framing;
}

export const OBSERVED_STYLE: AnswerStyle = {
  json: false,
  literalLineEnds: false,
  rootValue: true,
  schemaSpelling: false,
  framing: "length",
};

/** The CSV record: username, client id, endpoint, root CA URL, root CA. */
function csvBody(tokens: Tokens, style: AnswerStyle): string {
  const fields = [tokens.username, tokens.clientId, tokens.endpoint, tokens.rootCaUrl];
  if (style.rootValue) {
    fields.push(style.literalLineEnds ? tokens.rootCaPem : tokens.rootCaPem.replace(/\r\n|\n|\r/g, "\\n"));
  }
  return fields.map((field) => `"${field}"`).join(",");
}

/** The JSON object, its keys in the order of the page's example. */
function jsonBody(tokens: Tokens, style: AnswerStyle): string {
  const url = style.schemaSpelling ? "URL" : "Url";
  return JSON.stringify({
    username: tokens.username,
    [`iotCoreEndpoint${url}`]: tokens.endpoint,
    [`amazonRootCa${url}`]: tokens.rootCaUrl,
    clientId: tokens.clientId,
  });
}

/** Whether the answer is CSV: only to exactly `text/csv`. */
export function isCsv(accept: string | undefined, style: AnswerStyle): boolean {
  return accept === "text/csv" && !style.json;
}

/** The 200 answer, in the form that `accept` asks for: exactly `text/csv` is CSV, everything else JSON. */
export function tokensResponse(
  tokens: Tokens,
  accept: string | undefined,
  style: AnswerStyle,
  now: number,
): HttpResponse {
  return isCsv(accept, style)
    ? expressResponse(200, "text/csv; charset=utf-8", csvBody(tokens, style), now, style.framing)
    : expressResponse(200, "application/json; charset=utf-8", jsonBody(tokens, style), now, style.framing);
}

/**
 * A failure as the page documents it for 400, 404 and 500; 429 and 503 come from the load balancer, in HTML.
 * @param retryAfter value of the balancer's Retry-After header; left out: it has none
 */
export function failureResponse(status: number, detail: string, now: number, retryAfter?: string): HttpResponse {
  const statusText = REASON[status] ?? "Unknown";
  if (status === 429 || status === 503) return balancerResponse(status, statusText, now, retryAfter);
  const body = JSON.stringify({ statusText, errors: [{ message: detail }] });
  return expressResponse(status, "application/json; charset=utf-8", body, now, "length");
}

/** Bytes that are no record of any kind, under the headers of a good answer. The same ones each time. */
export function garbageResponse(now: number): HttpResponse {
  const body = Uint8Array.from({ length: 600 }, (_, i) => (i * 167 + 13) & 255);
  return expressResponse(200, "text/csv; charset=utf-8", body, now, "length");
}

/** Headers in the order observed; X-Powered-By last, which 1NCE's own C client relies on. */
function expressResponse(
  status: number,
  contentType: string,
  content: string | Uint8Array,
  now: number,
  framing: Framing,
): HttpResponse {
  const body = Buffer.from(content);
  return {
    status,
    headers: [
      ["Server", "awselb/2.0"],
      ["Date", httpDate(now)],
      ["Content-Type", contentType],
      ["ETag", weakEtag(body)],
      ["Access-Control-Allow-Credentials", "true"],
      ["Vary", "Origin"],
      ["X-Powered-By", "Express"],
    ],
    body,
    framing,
  };
}

function balancerResponse(status: number, text: string, now: number, retryAfter?: string): HttpResponse {
  const title = `${status} ${text}`;
  const html = [
    "<html>",
    `<head><title>${title}</title></head>`,
    "<body>",
    `<center><h1>${title}</h1></center>`,
    "</body>",
    "</html>",
    "",
  ].join("\r\n");
  return {
    status,
    headers: [
      ["Server", "awselb/2.0"],
      ["Date", httpDate(now)],
      ["Content-Type", "text/html"],
      ...(retryAfter === undefined ? [] : [["Retry-After", retryAfter] as const]),
    ],
    body: Buffer.from(html),
  };
}

/** Express's weak ETag: the body's length in hex, then 27 characters of its SHA-1. */
function weakEtag(body: Uint8Array): string {
  const digest = encodeBase64(sha1(body)).slice(0, 27);
  return `W/"${body.length.toString(16)}-${digest}"`;
}
