// Promises to the cloud: its rules, its tokens, its peace.

import type { CloseReason } from "../../cloud/broker-events.js";
import type { Evidence } from "../evidence.js";
import { endOf, type Seam } from "../fault.js";
import { kindOf } from "../kinds/index.js";
import type { Breach, Verdict } from "./verdict.js";

const MINUTE = 60_000;
/** AWS IoT Core takes one CONNECT a second from a client id; what the board's quartz may be off is let pass. */
const CONNECT_EVERY = 999;
/** Connections in ten minutes without any success: full jitter up to 240 s makes about twelve. */
const CROWD = { dials: 30, withinMs: 10 * MINUTE };
/** Renewal is due by this share of the token's life before its end. */
const RENEWAL_SHARE = 0.16;
/** For so long after a fault its consequences may last. */
const AFTERMATH = 10 * MINUTE;

/** Why a broker ends a connection when a client breaks its rules. */
const BREAKS: ReadonlySet<CloseReason> = new Set(["CLIENT_ERROR", "FORBIDDEN_ACCESS"]);

export const WITHIN_POLICY: Verdict = {
  name: "within-policy",
  promise: "Nothing is sent that the broker's policy, its limits or MQTT forbid.",
  check: ({ closed }) =>
    closed
      .filter(({ reason }) => BREAKS.has(reason))
      .map(({ at, reason, detail }) => ({ at, what: `the broker ended the connection: ${reason} (${detail})` })),
};

export const CONNECT_RATE: Verdict = {
  name: "connect-rate",
  promise: "There is never more than one CONNECT a second.",
  check: ({ connects }) =>
    connects.flatMap((at, i) => {
      const gap = at - (connects[i - 1] ?? Number.NEGATIVE_INFINITY);
      return gap >= CONNECT_EVERY ? [] : [{ at, what: `a CONNECT only ${gap.toFixed(0)} ms after the one before` }];
    }),
};

export const NO_CROWDING: Verdict = {
  name: "no-crowding",
  promise: "As long as nothing is acknowledged, attempts become rare.",
  check: ({ dials, proofs }) => {
    const breaches: Breach[] = [];
    let since = 0;
    let from = 0;
    let proof = 0;
    for (const [i, { at }] of dials.entries()) {
      for (; proof < proofs.length && proofs[proof]! <= at; proof++) since = proofs[proof]!;
      while (dials[from]!.at < Math.max(at - CROWD.withinMs, since)) from++;
      if (i - from + 1 <= CROWD.dials) continue;
      breaches.push({ at, what: `${i - from + 1} connections within ten minutes, and nothing acknowledged` });
      from = i + 1;
    }
    return breaches;
  },
};

export const VALID_TOKEN: Verdict = {
  name: "valid-token",
  promise: "Nothing is sent under a token that is over, and a token is renewed before the broker has to say so.",
  check: (evidence) => {
    const { admitted, arrived, closed } = evidence;
    const ends = new Map(admitted.map(({ connection, endsAt }) => [connection, endsAt]));
    const late = arrived
      .filter(({ at, connection }) => at > (ends.get(connection) ?? Number.POSITIVE_INFINITY))
      .map(({ at, sequence }) => ({ at, what: `record ${sequence} came under a token that is over` }));
    const cut = closed
      .filter(({ reason }) => reason === "CUSTOMAUTH_TTL_EXPIRATION")
      .map(({ at }) => ({ at, what: "the broker had to end the connection: the token is over" }));
    const refused = admitted
      .filter(({ denial }) => denial === "token expired")
      .map(({ at }) => ({ at, what: "a CONNECT with a token that is over" }));
    return [...late, ...[...cut, ...refused].filter(({ at }) => !hindered(evidence, at))];
  },
};

/** Seams whose faults keep a device from renewing. */
const HINDRANCES: ReadonlySet<Seam> = new Set([
  "at",
  "modem",
  "network",
  "socket",
  "tls",
  "onboarding",
  "flash",
  "chip",
]);
/** Faults after which a device cannot know how old its token is. */
const DECEPTIONS: ReadonlySet<string> = new Set(["broker-token-short", "broker-token-over"]);

/** Whether a fault explains that a token was not renewed by `at`. */
function hindered({ trial }: Evidence, at: number): boolean {
  const due = at - trial.setup.tokenLifeS * 1_000 * RENEWAL_SHARE;
  return trial.faults.some((fault) => {
    const { seam } = kindOf(fault.fault);
    if (fault.at > at) return false;
    if (seam === "clock" || DECEPTIONS.has(fault.fault)) return true;
    return HINDRANCES.has(seam) && endOf(fault) + AFTERMATH >= due;
  });
}
