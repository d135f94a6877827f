// The SIM asks 1NCE for its token: GET over TLS inside 1NCE's network, which knows the SIM by its source address.
// The CSV form is asked for, since only it holds the root CA; JSON is understood too. Nothing holds the body.
// Source: 1NCE, JWT Token Onboarding. `Accept` must be exactly `text/csv`; Range requests are not supported.

import { Collector } from "../../bytes/collector.js";
import { excerpt } from "../../bytes/utf8.js";
import type { HttpRequest, StreamOpener } from "../../http/client.js";
import type { HeaderFields } from "../../http/request.js";
import type { HttpLimits, ResponseHead } from "../../http/response.js";
import { retryAfterMs } from "../../http/retry-after.js";
import type { Clock, Timer } from "../../platform/clock.js";
import { AnswerReader } from "./answer.js";
import { OnboardingError, statusError } from "./errors.js";
import type { OneNceToken } from "./token.js";

/** What to ask for. The connection is TLS, verified against the built-in roots, without ALPN. */
const ONBOARDING_PATH = "/device-api/onboarding/mqtt/tokens";
const ONBOARDING_HEADERS: HeaderFields = [["Accept", "text/csv"]];
/** Headers of the answer that are looked at. */
const KEPT_HEADERS: readonly string[] = ["content-encoding", "content-type", "retry-after"];

/** The answer has about 2.4 KB. */
const ONBOARDING_LIMITS: Partial<HttpLimits> = { body: 8192 };
/** Characters of an error's body that its message shows. */
export const EXCERPT_LIMIT = 120;
/** The body of a lower status may be a token, and is not shown. */
const LEAST_ERROR = 300;

/** What onboarding stands on. */
export interface OnboardingMeans {
  /** Byte stream class that leads to the onboarding host over TLS. */
  io: StreamOpener;
  timer: Timer;
  /** Its wall clock must be set: TLS needs it, and the token's age counts from it. */
  clock: Clock;
  /** Value of the Host header. */
  host: string;
}

/** The request and what its answer is read into: what of it is the same each time lies in flash. */
export class Onboarding implements HttpRequest {
  readonly io: StreamOpener;
  readonly timer: Timer;
  readonly clock: Clock;
  readonly host: string;
  #answer: AnswerReader | undefined;
  /** What the server says of an error, if it is one. */
  #said: Collector | undefined;

  constructor({ io, timer, clock, host }: OnboardingMeans) {
    this.io = io;
    this.timer = timer;
    this.clock = clock;
    this.host = host;
  }

  get path(): string {
    return ONBOARDING_PATH;
  }

  get headers(): HeaderFields {
    return ONBOARDING_HEADERS;
  }

  get limits(): Partial<HttpLimits> {
    return ONBOARDING_LIMITS;
  }

  get keeps(): readonly string[] {
    return KEPT_HEADERS;
  }

  onHead({ status, headers }: ResponseHead): void {
    if (status >= LEAST_ERROR) this.#said = new Collector(EXCERPT_LIMIT);
    if (status !== 200) return;
    const coding = headers.get("content-encoding");
    if (coding !== undefined && coding.toLowerCase() !== "identity") {
      throw new OnboardingError("onboarding-body", "onboarding: the answer is compressed, unasked", "back-off");
    }
    this.#answer = new AnswerReader(headers.get("content-type"));
  }

  onBody(piece: Uint8Array): void {
    if (this.#answer !== undefined) this.#answer.push(piece);
    else if (this.#said) this.#said.add(piece.subarray(0, EXCERPT_LIMIT - this.#said.length));
  }

  /**
   * The end of the answer: what the service answered, bounded and of the right form. Whether it may be used is for the profile to
   * judge.
   * @throws OnboardingError for an answer that is not a token
   */
  token(head: ResponseHead): OneNceToken {
    const now = this.clock.wall();
    const answer = this.#answer;
    // What it was read with is not needed any more, once the token stands.
    this.#answer = undefined;
    if (answer === undefined) {
      const failure = statusError(
        head.status,
        this.#said === undefined ? "" : excerpt(this.#said.bytes, EXCERPT_LIMIT),
      );
      failure.retryAfterMs = retryAfterMs(head, now);
      throw failure;
    }
    if (now === undefined) {
      throw new OnboardingError(
        "onboarding-field",
        "onboarding: the clock is not set, so the token's age is unknown",
        "retry",
      );
    }
    return answer.end(now);
  }
}
