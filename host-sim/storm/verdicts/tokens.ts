// The promise about tokens that end: nothing is sent under one that is over, and the broker never has to say that it is.
//
// What keeps a device from renewing is no excuse: without a token it is to stay away. A connection takes time, though, and a
// token needs a minute of life to be used for one; a device whose clock is wrong cannot know; nor can one that was given a
// token which ends sooner than it could renew it.

import { endOf } from "../../desk/fault.js";
import { DEFAULT_START_MS } from "../../world/virtual-world.js";
import { type Evidence, type Logged, linesOf } from "../evidence.js";
import { darkUntil } from "../lives.js";
import type { Verdict } from "./verdict.js";

const MINUTE = 60_000;
/** Renewal is due by this share of the token's life before its end. */
const RENEWAL_SHARE = 0.16;
/** What the board's clock may be off, besides its faults: the network tells whole seconds, and the quartz drifts. */
const CLOCK_ERROR = 2 * MINUTE;
/** HTTP status of a request whose token is not taken, and of an answer with a token. */
const FORBIDDEN = 403;
const GRANTED = 200;

export const VALID_TOKEN: Verdict = {
  name: "valid-token",
  promise: "Nothing is sent under a token that is over, and a token is renewed before the broker has to say so.",
  seen: (evidence) => endingsOf(evidence).filter((at) => !isExcused(evidence, at)).length,
  check: (evidence) => {
    const { admitted, arrived, closed, refused: requests } = evidence;
    const ends = new Map(admitted.map(({ connection, endsAt }) => [connection, endsAt]));
    const late = arrived
      .filter(({ at, connection }) => at > (ends.get(connection) ?? Number.POSITIVE_INFINITY))
      .map(({ at, sequence }) => ({ at, what: `record ${sequence} came under a token that is over` }));
    const cut = closed
      .filter(({ at, reason }) => reason === "CUSTOMAUTH_TTL_EXPIRATION" && isThere(evidence, at))
      .map(({ at }) => ({ at, what: "the broker had to end the connection: the token is over" }));
    const refused = admitted
      .filter(({ denial }) => denial === "token expired")
      .map(({ at }) => ({ at, what: "a CONNECT with a token that is over" }));
    const forbidden = requests
      .filter(({ status }) => status === FORBIDDEN)
      .map(({ at }) => ({ at, what: "a request with a token that is over" }));
    return [...late, ...[...cut, ...refused, ...forbidden].filter(({ at }) => !isExcused(evidence, at))];
  },
};

/** Answers with a token for the device itself: what a clone was given is nothing of its own. */
const grantedOf = ({ onboardings }: Pick<Evidence, "onboardings">) =>
  onboardings.filter(({ status, isClone }) => status === GRANTED && !isClone);

/** When tokens ended, or would have, that were not replaced before their renewal was due. */
function endingsOf({ trial, onboardings, log }: Evidence): number[] {
  const life = trial.setup.tokenLifeS * 1_000;
  const tokens =
    trial.setup.cloud === "1nce"
      ? grantedOf({ onboardings }).map(({ at }) => ({ at, end: at + life }))
      : linesOf(log, "signed").map(({ at, fields }) => ({ at, end: fields.expiresAt - DEFAULT_START_MS }));
  return tokens.flatMap(({ end }, i) => {
    const next = tokens[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    return next >= end - life * RENEWAL_SHARE && end <= trial.hours * 60 * MINUTE ? [end] : [];
  });
}

/** What the chip takes to start. */
const BOOT = 4_000;

/** Whether the device still had a connection at `at`: what it has left, the broker may have to end. */
function isThere({ connections, boots, trial }: Evidence, at: number): boolean {
  const last = connections.findLast((each) => each.isMqtt && each.at <= at);
  if (last === undefined) return true;
  if (last.endedAt !== undefined) return last.endedAt >= at;
  // Its life was cut off, and nobody told when that was.
  const died = boots.some((boot) => boot > last.at && boot <= at + BOOT);
  return !died && !trial.faults.some((fault) => fault.at <= at && darkUntil(fault) > at);
}

/** Whether something explains that the broker has found a token over at `at`. */
function isExcused(evidence: Evidence, at: number): boolean {
  const granted = grantedOf(evidence).filter((each) => each.at <= at);
  return (
    clockWasWrong(evidence, granted.at(-1)?.at ?? 0, at) ||
    wasDeceived(evidence, at) ||
    evidence.trial.faults.some((fault) => isSlow(fault.fault) && fault.at <= at && endOf(fault) >= at - CONNECTS_WITHIN)
  );
}

/** How long a connection may take, from the look at its token to its CONNECT. */
const CONNECTS_WITHIN = 5 * MINUTE;
/**
 * Faults that draw it out, or the draining before another one. Those of the modem itself, of the network and of names come before
 * the token is looked at, or end the attempt; and so does a port that is closed.
 */
const SLOWING: readonly RegExp[] = [
  /^at-(error|silence|late|garble|drop|garble-input|urc-storm|lost-data-urc|lost-urc)$/,
  /^modem-(buffer-full|send-full|send-room)$/,
  /^socket-(stall|up-silent|down-silent|slow|far|lossy|vanish|send-refused)$/,
];
const isSlow = (name: string) => SLOWING.some((some) => some.test(name));

/** Faults that make a token end sooner than any device could renew it. */
const DECEPTIONS: ReadonlySet<string> = new Set(["broker-token-short", "broker-token-over"]);
/** For so long behind an answer with a token the device may still go by the one before: the answer may have been lost. */
const LOST_FOR = 10 * MINUTE;

/** Whether the token that the device has at `at` was given to it while tokens were spoilt. */
function wasDeceived({ trial, onboardings }: Evidence, at: number): boolean {
  const granted = grantedOf({ onboardings }).filter((each) => each.at <= at);
  const last = granted.findLastIndex((each) => each.at <= at - LOST_FOR);
  const spoilt = trial.faults.filter(({ fault }) => DECEPTIONS.has(fault));
  return granted
    .slice(Math.max(0, last))
    .some((token) => spoilt.some((fault) => fault.at <= token.at && endOf(fault) >= token.at));
}

/** Whether the board's clock was wrong at any time from `from` to `to`: read wrong, or moved after it was read. */
function clockWasWrong({ log, trial }: Evidence, from: number, to: number): boolean {
  const readings = linesOf(log, "clock").filter(({ at }) => at <= to);
  const first = Math.max(
    0,
    readings.findLastIndex(({ at }) => at <= from),
  );
  const since = readings[first]?.at ?? 0;
  const isWrong = ({ at, fields }: Logged<"clock">) => Math.abs(fields.wallMs - DEFAULT_START_MS - at) > CLOCK_ERROR;
  return (
    readings.slice(first).some(isWrong) ||
    trial.faults.some(({ fault, at }) => fault === "clock-jump" && at >= since && at <= to)
  );
}
