// 1NCE's onboarding service: GET /device-api/onboarding/mqtt/tokens. The SIM is known by the address it dials from, by
// nothing in the request. Sources: 1NCE "JWT Token Onboarding". A core without IO.

import type { Hello, TlsDecision, TlsOffer, TlsPolicy } from "../../world/core.js";
import { DEFAULT_SIM, iccidOf, simAt } from "../../world/sims.js";
import { CloudFaults } from "../faults.js";
import { type Delivery, HttpCore, type HttpReply } from "../http/core.js";
import { httpsDecision } from "../http/https-policy.js";
import type { HttpRequest, HttpRequestError } from "../http/request.js";
import type { HttpResponse } from "../http/response.js";
import { identityOf } from "../identities.js";
import {
  type AnswerStyle,
  failureResponse,
  garbageResponse,
  isCsv,
  OBSERVED_STYLE,
  type Tokens,
  tokensResponse,
} from "./answer.js";
import type { Authorizer } from "./authorizer.js";

export const ONBOARDING_HOST = "device.connectivity-suite.cloud";
const TOKENS_PATH = "/device-api/onboarding/mqtt/tokens";
export const ROOT_CA_URL = "https://www.amazontrust.com/repository/AmazonRootCA1.pem";

/** One request and its outcome, for whoever watches. */
export interface OnboardingEvent {
  type: "onboarding";
  at: number;
  /** Number of the TCP connection. */
  connection: number;
  iccid: string | undefined;
  status: number;
  format: "csv" | "json" | "other";
  /** Seconds that its Retry-After asks to wait. */
  retryAfterS?: number;
}

/** Length of the pieces of a slow answer. */
const SLOW_PIECE_BYTES = 16;

export interface OnboardingOptions {
  authorizer: Authorizer;
  /** Host name of the AWS IoT endpoint that devices are sent to. */
  endpoint: string;
  /** The endpoint's root certificate, as the CSV delivers it. */
  rootCaPem: string;
  rootCaUrl?: string | undefined;
  style?: Partial<AnswerStyle> | undefined;
  /** Numbers of SIMs that exist but are not active. */
  deactivated?: ReadonlySet<number> | undefined;
  /** Milliseconds the service takes to answer. */
  delayMs?: number | undefined;
  faults?: CloudFaults | undefined;
  onEvent?: ((event: OnboardingEvent) => void) | undefined;
}

/** The onboarding service. */
export class Onboarding extends HttpCore implements TlsPolicy {
  readonly #options: OnboardingOptions;
  readonly #style: AnswerStyle;
  readonly #faults: CloudFaults;

  constructor(options: OnboardingOptions) {
    super();
    this.#options = options;
    this.#style = { ...OBSERVED_STYLE, ...options.style };
    this.#faults = options.faults ?? new CloudFaults();
  }

  clientHello(offer: TlsOffer): TlsDecision {
    return httpsDecision(offer, identityOf("onboarding", this.#faults));
  }

  protected override answer(request: HttpRequest, hello: Hello, now: number, connection: number): HttpReply {
    const sim = simOf(hello.sourceAddress);
    const delayMs = this.#options.delayMs ?? 0;
    const spoilt = this.#spoil(now);
    const response = spoilt.response ?? this.#respond(request, sim, now);
    const accept = request.headers.get("accept");
    this.#options.onEvent?.({
      type: "onboarding",
      at: now,
      connection,
      iccid: sim === undefined ? undefined : iccidOf(sim),
      status: response.status,
      format: isCsv(accept, this.#style) ? "csv" : "json",
      ...(spoilt.retryAfter !== undefined && { retryAfterS: Number(spoilt.retryAfter) }),
    });
    return { response, delivery: { delayMs, ...spoilt.delivery } };
  }

  protected override refuse(error: HttpRequestError, now: number, connection: number): HttpResponse {
    const { status } = error;
    this.#options.onEvent?.({ type: "onboarding", at: now, connection, iccid: undefined, status, format: "other" });
    return failureResponse(error.status, error.message, now);
  }

  #respond(request: HttpRequest, sim: number | undefined, now: number): HttpResponse {
    if (request.path !== TOKENS_PATH || (request.method !== "GET" && request.method !== "HEAD")) {
      return failureResponse(404, `Cannot ${request.method} ${request.path}`, now);
    }
    if (sim === undefined || this.#options.deactivated?.has(sim)) return failureResponse(404, "SIM not found", now);
    const tokens: Tokens = {
      username: this.#mint(sim, now),
      clientId: iccidOf(sim),
      endpoint: this.#options.endpoint,
      rootCaUrl: this.#options.rootCaUrl ?? ROOT_CA_URL,
      rootCaPem: this.#options.rootCaPem,
    };
    return tokensResponse(tokens, request.headers.get("accept"), this.#style, now);
  }

  #mint(sim: number, now: number): string {
    const expired = this.#faults.strike("expired-token") === undefined ? undefined : 0;
    const life = this.#faults.strike("token-life");
    return this.#options.authorizer.mint(sim, now, expired ?? (life === undefined ? undefined : Number(life)));
  }

  /** What the faults make of one answer. */
  #spoil(now: number): { response?: HttpResponse; retryAfter?: string | undefined; delivery: Delivery } {
    const delivery: Delivery = {};
    const cut = this.#faults.strike("onboarding-cut");
    if (cut !== undefined) delivery.cutAfter = Number(cut);
    const slow = this.#faults.strike("onboarding-slow");
    if (slow !== undefined) delivery.drip = { bytes: SLOW_PIECE_BYTES, everyMs: Number(slow) };
    if (this.#faults.strike("onboarding-silent") !== undefined) delivery.withheld = true;
    const status = this.#faults.strike("onboarding-status");
    if (status !== undefined) {
      const [code, retryAfter] = status.split(",");
      return { response: failureResponse(Number(code), "ordered by a fault", now, retryAfter), retryAfter, delivery };
    }
    const garbage = this.#faults.strike("onboarding-garbage");
    return garbage === undefined ? { delivery } : { response: garbageResponse(now), delivery };
  }
}

/** Number of the SIM at an address; a host that dials from 127.0.0.1 is the default SIM. */
function simOf(address: string): number | undefined {
  return /^(::ffff:)?127\.0\.0\.1$/.test(address) ? DEFAULT_SIM : simAt(address);
}
