// The SIM asks 1NCE for its token: GET over TLS inside 1NCE's network, which knows the SIM by its source address.
// The CSV form is asked for, since only it holds the root CA; JSON is understood too. Nothing holds the body.
// Source: 1NCE, JWT Token Onboarding. `Accept` must be exactly `text/csv`; Range requests are not supported.

import { Collector } from "../../bytes/collector.js";
import { excerpt } from "../../bytes/utf8.js";
import { type HttpDeadlines, httpRequest, type StreamOpener } from "../../http/client.js";
import type { HttpLimits } from "../../http/response.js";
import { retryAfterMs } from "../../http/retry-after.js";
import type { Clock, Timer } from "../../platform/clock.js";
import { AnswerReader } from "./answer.js";
import { OnboardingError, statusError } from "./errors.js";
import type { OneNceToken } from "./token.js";

/** What to ask for. The connection is TLS, verified against the built-in roots, without ALPN. */
const ONBOARDING_PATH = "/device-api/onboarding/mqtt/tokens";

/** The answer has about 2.4 KB. */
const ONBOARDING_LIMITS: Partial<HttpLimits> = { body: 8192 };
/** Characters of an error's body that its message shows. */
export const EXCERPT_LIMIT = 120;
/** The body of a lower status may be a token, and is not shown. */
const LEAST_ERROR = 300;

export interface OnboardOptions {
  /** Byte stream class that leads to the onboarding host over TLS. */
  io: StreamOpener;
  timer: Timer;
  /** Its wall clock must be set: TLS needs it, and the token's age counts from it. */
  clock: Clock;
  /** Value of the Host header. */
  host: string;
  deadlines?: Partial<HttpDeadlines> | undefined;
}

/**
 * Fetches a token: what the service answered, bounded and of the right form. Whether it may be used is for the profile to judge.
 * @throws OnboardingError for an answer that is not a token; HttpError or a Failure of the connection underneath
 */
export async function onboard(options: OnboardOptions): Promise<OneNceToken> {
  const { io, timer, clock, host, deadlines } = options;
  let answer: AnswerReader | undefined;
  let isError = false;
  const said = new Collector(EXCERPT_LIMIT);
  const head = await httpRequest({
    io,
    timer,
    clock,
    host,
    path: ONBOARDING_PATH,
    headers: [["Accept", "text/csv"]],
    limits: ONBOARDING_LIMITS,
    deadlines,
    onHead: ({ status, headers }) => {
      isError = status >= LEAST_ERROR;
      if (status !== 200) return;
      const coding = headers.get("content-encoding");
      if (coding !== undefined && coding.toLowerCase() !== "identity") {
        throw new OnboardingError("onboarding-body", "onboarding: the answer is compressed, unasked", "back-off");
      }
      answer = new AnswerReader(headers.get("content-type"));
    },
    onBody: (piece) => {
      if (answer !== undefined) answer.push(piece);
      else if (isError) said.add(piece.subarray(0, EXCERPT_LIMIT - said.length));
    },
  });
  const now = clock.wall();
  if (answer === undefined) {
    const failure = statusError(head.status, excerpt(said.bytes, EXCERPT_LIMIT));
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
