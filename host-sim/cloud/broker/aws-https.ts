// AWS IoT Core's HTTP front, for clients without ALPN: POST /topics/<topic> and the WebSocket upgrade at /mqtt.
// The authorizer's parameters come in the query or in headers. Sources: AWS IoT developer guide "http" and
// "custom-auth"; 1NCE "JWT Token Onboarding", HTTP POST and WebSocket examples.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";
import type { Hello, ServerAction } from "../../world/core.js";
import type { CloudFaults } from "../faults.js";
import { HttpCore, type HttpReply } from "../http/core.js";
import type { HttpRequest, HttpRequestError } from "../http/request.js";
import { type HttpResponse, httpDate, REASON } from "../http/response.js";
import { type Authorizer, type AuthorizerParameters, queryParameters, type Verdict } from "../onboarding/authorizer.js";
import type { AwsBroker, AwsHello } from "./aws-broker.js";
import { topicFits } from "./rules.js";
import { isTopicName } from "./topics.js";
import { upgradeFlaw, upgradeResponse, wantsWebSocket } from "./ws-upgrade.js";

const TOPICS = "/topics/";
const WEB_SOCKET_PATH = "/mqtt";

/** A client that asked for a WebSocket and may have it. */
export interface WebSocketRequest {
  connection: number;
  hello: AwsHello;
  now: number;
  /** Bytes that came behind the request. */
  rest: Uint8Array;
}

export interface AwsHttpsOptions {
  authorizer: Authorizer;
  broker: AwsBroker;
  faults: CloudFaults;
  /** Puts what the broker sends to WebSocket clients into frames. */
  frame(actions: ServerAction[]): ServerAction[];
  /** Takes over a connection behind its 101. */
  openWebSocket(request: WebSocketRequest): ServerAction[];
}

export class AwsHttps extends HttpCore {
  readonly #options: AwsHttpsOptions;
  #requests = 0;

  constructor(options: AwsHttpsOptions) {
    super();
    this.#options = options;
  }

  protected override answer(request: HttpRequest, hello: Hello, now: number, connection: number): HttpReply {
    const [busy, retryAfter] = this.#options.faults.strike("broker-busy")?.split(",") ?? [];
    if (busy !== undefined) return { response: this.#message(Number(busy), now, retryAfter) };
    if (request.path === WEB_SOCKET_PATH && wantsWebSocket(request)) {
      return this.#upgrade(request, hello, now, connection);
    }
    if (!request.path.startsWith(TOPICS)) return { response: this.#message(404, now) };
    if (request.method !== "POST") return { response: this.#message(405, now) };
    return this.#publish(request, now, connection);
  }

  protected override refuse(error: HttpRequestError, now: number): HttpResponse {
    return this.#message(error.status, now);
  }

  #publish(request: HttpRequest, now: number, connection: number): HttpReply {
    const { authorizer, broker } = this.#options;
    const verdict = authorize(authorizer, request, now);
    if (!verdict.ok) return { response: this.#message(403, now) };
    const topic = decoded(request.path.slice(TOPICS.length));
    const qos = new URLSearchParams(request.query).get("qos") ?? "0";
    if (topic === undefined || !isTopicName(topic) || !topicFits(topic, broker.profile) || !/^[01]$/.test(qos)) {
      return { response: this.#message(400, now) };
    }
    if (!topic.startsWith(`${verdict.iccid}/`)) return { response: this.#message(403, now) };
    if (request.body.length > broker.profile.maxPayloadBytes) return { response: this.#message(413, now) };
    const payload = Uint8Array.from(request.body);
    const message = { topic, payload, qos: qos === "1" ? (1 as const) : (0 as const) };
    const also = this.#options.frame(broker.accept(connection, verdict.iccid, message, now));
    return { response: this.#message(200, now), also };
  }

  #upgrade(request: HttpRequest, hello: Hello, now: number, connection: number): HttpReply {
    const flaw = upgradeFlaw(request);
    if (flaw !== undefined) return { response: this.#message(flaw.status, now) };
    const parameters = credentialsOf(request);
    const verdict = this.#options.authorizer.checkParameters(parameters, undefined, now);
    if (!verdict.ok) return { response: this.#message(403, now) };
    const authorized = { ...hello, authorizer: parameters };
    const upgrade = (rest: Uint8Array) => this.#options.openWebSocket({ connection, hello: authorized, now, rest });
    return { response: upgradeResponse(request), upgrade };
  }

  /** AWS's JSON answer: a word and a trace id, the latter also as a header. */
  #message(status: number, now: number, retryAfter?: string): HttpResponse {
    const traceId = uuid(`request ${this.#requests++} at ${now}`);
    const body = Buffer.from(JSON.stringify({ message: REASON[status] ?? "Unknown", traceId }));
    return {
      status,
      headers: [
        ["content-type", "application/json"],
        ["date", httpDate(now)],
        ["x-amzn-RequestId", traceId],
        ...(retryAfter === undefined ? [] : [["retry-after", retryAfter] as const]),
      ],
      body,
    };
  }
}

/** Who sent a request. 1NCE's own form has a `clientId` header besides the query; it must then be the token's ICCID. */
function authorize(authorizer: Authorizer, request: HttpRequest, now: number): Verdict {
  return authorizer.checkParameters(credentialsOf(request), request.headers.get("clientid"), now);
}

/** The authorizer's parameters: from the query, percent-encoded, if they are there, else from headers, as they are. */
function credentialsOf(request: HttpRequest): AuthorizerParameters {
  const fromQuery = queryParameters(request.query);
  if (fromQuery?.name !== undefined) return fromQuery;
  return {
    name: request.headers.get("x-amz-customauthorizer-name"),
    signature: request.headers.get("x-amz-customauthorizer-signature"),
    token: request.headers.get("token"),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A UUID that a text determines. */
function uuid(text: string): string {
  const hex = bytesToHex(sha256(encodeUtf8(text)));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
