// The HTTP bridge of Google Cloud IoT Core, retired in 2023: publishEvent, setState and config, each with its own JWT.
// Source: Google Cloud IoT "http-bridge"; proto3's JSON mapping for the two spellings of field names.

import type { Hello, TlsDecision, TlsOffer, TlsPolicy } from "../../world/core.js";
import { CloudFaults } from "../faults.js";
import { HttpCore, type HttpReply } from "../http/core.js";
import { httpsDecision } from "../http/https-policy.js";
import { jsonOf } from "../http/json-body.js";
import type { HttpRequest, HttpRequestError } from "../http/request.js";
import { type HttpResponse, httpDate } from "../http/response.js";
import { identityOf } from "../identities.js";
import type { GoogleBridge } from "./bridge.js";
import type { Device, DeviceRegistry } from "./device-registry.js";
import { eventMessage, stateMessage } from "./messages.js";
import { checkToken } from "./tokens.js";

const PATH =
  /^\/v1\/(projects\/[^/]+\/locations\/[^/]+\/registries\/[^/]+\/devices\/[^/:]+)(:publishEvent|:setState|\/config)$/;
/** Base64 makes a third more, and there is JSON around it. */
const MAX_BODY_BYTES = 400 * 1024;

const STATUS_WORD: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  404: "NOT_FOUND",
};

export interface GoogleHttpsOptions {
  registry: DeviceRegistry;
  /** Takes what devices publish, and tells its observer. */
  bridge: GoogleBridge;
  faults?: CloudFaults | undefined;
}

export class GoogleHttps extends HttpCore implements TlsPolicy {
  readonly #options: GoogleHttpsOptions;
  readonly #faults: CloudFaults;

  constructor(options: GoogleHttpsOptions) {
    super(MAX_BODY_BYTES);
    this.#options = options;
    this.#faults = options.faults ?? new CloudFaults();
  }

  clientHello(offer: TlsOffer): TlsDecision {
    return httpsDecision(offer, identityOf("broker", this.#faults));
  }

  protected override answer(request: HttpRequest, _hello: Hello, now: number, connection: number): HttpReply {
    const { registry } = this.#options;
    const [, name, call] = PATH.exec(request.path) ?? [];
    if (name === undefined) return failure(404, "no such resource", now);
    const device = registry.find(name);
    if (device === undefined) return failure(404, "no such device", now);
    const token = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    const verdict = checkToken(token, device, "google", { aud: registry.name.project }, now);
    if (!verdict.ok) return failure(401, verdict.denial, now);
    if (call === "/config") return configReply(request, device, now);
    if (request.method !== "POST") return failure(404, "no such resource", now);
    const body = jsonOf(request.body);
    const message = call === ":setState" ? stateMessage(device, body) : eventMessage(device, body);
    if (message === undefined) return failure(400, "a malformed body", now);
    const also = this.#options.bridge.accept(connection, name, { ...message, qos: 1 }, now);
    return { response: json(200, {}, now), also };
  }

  protected override refuse(error: HttpRequestError, now: number): HttpResponse {
    return failure(error.status, error.message, now).response;
  }
}

/** The configuration, unless the device has this version already. A 64-bit number is a string in proto3's JSON. */
function configReply(request: HttpRequest, device: Device, now: number): HttpReply {
  if (request.method !== "GET") return failure(404, "no such resource", now);
  const query = new URLSearchParams(request.query);
  const local = query.get("local_version") ?? query.get("localVersion") ?? "0";
  if (!/^\d{1,15}$/.test(local)) return failure(400, "a malformed local_version", now);
  const { version, data } = device.config;
  const known = Number(local) >= version;
  const body = known ? {} : { version: String(version), binaryData: Buffer.from(data).toString("base64") };
  return { response: json(200, body, now) };
}

function failure(code: number, message: string, now: number): HttpReply {
  return { response: json(code, { error: { code, message, status: STATUS_WORD[code] ?? "UNKNOWN" } }, now) };
}

function json(status: number, value: unknown, now: number): HttpResponse {
  return {
    status,
    headers: [
      ["Content-Type", "application/json; charset=UTF-8"],
      ["Date", httpDate(now)],
      ["Server", "ESF"],
    ],
    body: Buffer.from(JSON.stringify(value)),
  };
}
