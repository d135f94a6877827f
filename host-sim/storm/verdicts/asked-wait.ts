// The promise about servers that ask to be left alone for a while. When the device read that is heard at its TLS; when it came
// again the server saw, or, where a broker tells of CONNECT alone, it was seen to dial.

import { ONBOARDING_HOST } from "../../cloud/onboarding/onboarding.js";
import { UPDATE_HOST } from "../../cloud/updates/file-server.js";
import type { AskedWait } from "../asked.js";
import type { Evidence } from "../evidence.js";
import type { Verdict } from "./verdict.js";

const SECOND = 1_000;
/** A server that errs is not heeded for longer. */
const MOST = 3_600 * SECOND;
/** What the quartz may be off in an hour. */
const SLACK = 500;

/** When the device came to a server. */
function requestsTo({ trial, onboardings, updates, connections }: Evidence, host: string): readonly { at: number }[] {
  const { onboardingHost = ONBOARDING_HOST } = trial.setup.config;
  if (host === onboardingHost) return onboardings.filter(({ isClone }) => !isClone);
  return host === UPDATE_HOST ? (updates?.asked ?? []) : connections.filter((dial) => dial.host === host);
}

/** Until when it is left alone: a start of the chip forgets what was asked for. */
function untilOf({ boots }: Evidence, { at, ms }: AskedWait): number {
  const start = boots.find((boot) => boot > at) ?? Number.POSITIVE_INFINITY;
  return Math.min(at + Math.min(ms, MOST) - SLACK, start);
}

export const ASKED_WAIT_KEPT: Verdict = {
  name: "asked-wait-kept",
  promise:
    "A server that answers 429 or 503 with Retry-After is not asked again sooner by the life that read it, an hour at most.",
  seen: ({ askedWaits }) => askedWaits.length,
  check: (evidence) =>
    evidence.askedWaits.flatMap((asked) => {
      const { at, host, status, ms } = asked;
      const until = untilOf(evidence, asked);
      const early = requestsTo(evidence, host).find((request) => request.at > at && request.at < until);
      if (early === undefined) return [];
      const what = `${host} was asked again ${((early.at - at) / SECOND).toFixed(0)} s after its ${status}`;
      return [{ at: early.at, what: `${what}, which asks for ${ms / SECOND} s` }];
    }),
};
