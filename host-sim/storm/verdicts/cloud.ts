// Promises to the cloud: its rules, its peace. Its tokens: tokens.ts.

import type { CloseReason } from "../../cloud/broker/events.js";
import type { Evidence } from "../evidence.js";
import type { Breach, Verdict } from "./verdict.js";

const MINUTE = 60_000;
/** AWS IoT Core takes one CONNECT a second from a client id; what the board's quartz may be off is let pass. */
const CONNECT_EVERY = 999;
/**
 * Attempts in ten minutes without any success: full jitter up to 240 s makes about twelve. A restart begins with one at once;
 * most restarts are made from outside.
 */
const CROWD = { attempts: 15, withinMs: 10 * MINUTE };

/** HTTP status of a request whose token is not taken. */
const FORBIDDEN = 403;
/** Of one that comes at a bad time, which nobody can know beforehand. */
const BUSY: ReadonlySet<number> = new Set([429, 503]);
/** Why a broker ends a connection when a client breaks its rules. */
const BREAKS: ReadonlySet<CloseReason> = new Set(["CLIENT_ERROR", "FORBIDDEN_ACCESS"]);

/** The reason for a CONNECT that is refused, and for whatever the policy does not allow to one that was not. */
const DENIED: CloseReason = "AUTH_ERROR";

const isAdmitted = (admitted: Evidence["admitted"], connection: number) =>
  admitted.some((each) => each.connection === connection && each.denial === undefined);

export const WITHIN_POLICY: Verdict = {
  name: "within-policy",
  promise: "Nothing is sent that the broker's policy, its limits or MQTT forbid.",
  seen: ({ arrived }) => arrived.length,
  check: ({ admitted, closed, refused }) => [
    ...closed
      .filter(({ reason, connection }) => BREAKS.has(reason) || (reason === DENIED && isAdmitted(admitted, connection)))
      .map(({ at, reason, detail }) => ({ at, what: `the broker ended the connection: ${reason} (${detail})` })),
    ...refused
      .filter(({ status }) => status !== FORBIDDEN && !BUSY.has(status))
      .map(({ at, status }) => ({ at, what: `a request was refused with status ${status}` })),
  ],
};

export const CONNECT_RATE: Verdict = {
  name: "connect-rate",
  promise: "AWS IoT Core never gets more than one CONNECT a second.",
  seen: ({ connects, trial }) => (trial.setup.cloud === "1nce" ? Math.max(0, connects.length - 1) : 0),
  check: ({ connects, trial }) =>
    connects.flatMap((at, i) => {
      // Other brokers have no such limit.
      if (trial.setup.cloud !== "1nce") return [];
      const gap = at - (connects[i - 1] ?? Number.NEGATIVE_INFINITY);
      return gap >= CONNECT_EVERY ? [] : [{ at, what: `a CONNECT only ${gap.toFixed(0)} ms after the one before` }];
    }),
};

/**
 * Most CONNECTs of one device, by how long is looked at; a restart begins with one at once. A broker that lets each
 * connection live just so long that failures are forgotten (20 s) gets one each 20 s: 30 in ten minutes.
 */
const CONNECTS_MOST = [
  { withinMs: MINUTE, most: 10 },
  { withinMs: 10 * MINUTE, most: 30 },
] as const;

export const NO_FIGHTING: Verdict = {
  name: "no-fighting",
  promise:
    "No device connects more than 10 times in a minute or 30 times in ten, not even against a clone under its own client id.",
  seen: ({ cloneConnects }) => cloneConnects.length,
  check: ({ connects, cloneConnects, boots }) => [
    ...crowded(connects, boots.slice(1), "the device"),
    ...crowded(cloneConnects, [], "its clone"),
  ],
};

function crowded(connects: readonly number[], restarts: readonly number[], who: string): Breach[] {
  return CONNECTS_MOST.flatMap(({ withinMs, most }) => {
    const breaches: Breach[] = [];
    let from = 0;
    for (const [i, at] of connects.entries()) {
      while (connects[from]! < at - withinMs) from++;
      const restarted = restarts.filter((boot) => boot >= at - withinMs && boot <= at).length;
      const count = i - from + 1;
      if (count <= most + restarted) continue;
      breaches.push({ at, what: `${who} sent ${count} CONNECTs within ${withinMs / 1_000} s` });
      from = i + 1;
    }
    return breaches;
  });
}

export const NO_CROWDING: Verdict = {
  name: "no-crowding",
  promise: "As long as nothing is acknowledged, attempts become rare.",
  // Those with another before them, and nothing acknowledged between.
  seen: ({ connections, proofs }) =>
    connections.slice(1).filter(({ at }, i) => !proofs.some((proof) => proof > connections[i]!.at && proof <= at))
      .length,
  check: ({ connections, proofs, boots, trial }) => {
    const restarts = boots.slice(1);
    const { fallback, missingRoot } = trial.setup.config;
    // For a token, to the broker; the second way if there is one, and the root if it is to be fetched.
    const dialsAnAttempt = 2 + (fallback === "none" ? 0 : 1) + (missingRoot === "fetch" ? 1 : 0);
    const breaches: Breach[] = [];
    let since = 0;
    let from = 0;
    let proof = 0;
    for (const [i, { at }] of connections.entries()) {
      for (; proof < proofs.length && proofs[proof]! <= at; proof++) since = proofs[proof]!;
      while (connections[from]!.at < Math.max(at - CROWD.withinMs, since)) from++;
      const count = i - from + 1;
      const restarted = restarts.filter((boot) => boot >= at - CROWD.withinMs && boot <= at).length;
      if (count <= (CROWD.attempts + restarted) * dialsAnAttempt) continue;
      breaches.push({ at, what: `${count} connections within ten minutes, and nothing acknowledged` });
      from = i + 1;
    }
    return breaches;
  },
};
