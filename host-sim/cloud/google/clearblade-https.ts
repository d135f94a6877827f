// ClearBlade IoT Core's HTTP form of publishEvent and setState: another URL, another header, extra claims, 204 for success.
// Source: ClearBlade IoT Core documentation; ClearBlade/python-iot.

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
import { type DeviceMessage, eventMessage, stateMessage } from "./messages.js";
import { checkToken } from "./tokens.js";

/** Claim `ut`, the type of user: a device. */
const USER_TYPE_DEVICE = 3;
const MAX_BODY_BYTES = 400 * 1024;

export interface ClearBladeHttpsOptions {
  registry: DeviceRegistry;
  /** Takes what devices publish, and tells its observer. */
  bridge: GoogleBridge;
  /** Names the system in the path and in the claim `sk`. */
  systemKey: string;
  faults?: CloudFaults | undefined;
}

export class ClearBladeHttps extends HttpCore implements TlsPolicy {
  readonly #options: ClearBladeHttpsOptions;
  readonly #faults: CloudFaults;

  constructor(options: ClearBladeHttpsOptions) {
    super(MAX_BODY_BYTES);
    this.#options = options;
    this.#faults = options.faults ?? new CloudFaults();
  }

  clientHello(offer: TlsOffer): TlsDecision {
    return httpsDecision(offer, identityOf("broker", this.#faults));
  }

  protected override answer(request: HttpRequest, _hello: Hello, now: number, connection: number): HttpReply {
    const { registry, systemKey, bridge } = this.#options;
    const path = `/api/v/4/webhook/execute/${systemKey}/cloudiotdevice_devices`;
    if (request.method !== "POST" || request.path !== path) return reply(404, "no such resource", now);
    const query = new URLSearchParams(request.query);
    const device = registry.get(query.get("name") ?? "");
    if (device === undefined) return reply(404, "no such device", now);
    const wanted = { sk: systemKey, uid: device.id, ut: USER_TYPE_DEVICE };
    const token = request.headers.get("clearblade-usertoken") ?? "";
    const verdict = checkToken(token, device, "clearblade", wanted, now);
    if (!verdict.ok) return reply(401, verdict.denial, now);
    const message = MESSAGE_OF.get(query.get("method"))?.(device, jsonOf(request.body));
    if (message === undefined) return reply(400, "a malformed request", now);
    const also = bridge.accept(connection, registry.nameOf(device.id), { ...message, qos: 1 }, now);
    return { ...reply(204, "", now), also };
  }

  protected override refuse(error: HttpRequestError, now: number): HttpResponse {
    return reply(error.status, error.message, now).response;
  }
}

const MESSAGE_OF: ReadonlyMap<string | null, (device: Device, body: unknown) => DeviceMessage | undefined> = new Map([
  ["publishEvent", eventMessage],
  ["setState", stateMessage],
]);

function reply(status: number, error: string, now: number): HttpReply {
  const body = status === 204 ? "" : JSON.stringify({ error });
  return {
    response: {
      status,
      headers: [
        ["Date", httpDate(now)],
        ["Content-Type", "application/json"],
      ],
      body: Buffer.from(body),
    },
  };
}
