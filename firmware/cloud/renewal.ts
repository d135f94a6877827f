// When credentials are renewed: ahead of their end, spread by jitter so that a fleet does not come at once.

import { type Random, unit } from "../platform/system.js";

/** Renewal is this share of the lifetime ahead of the end, evenly spread between the two. */
const RENEW_AHEAD = { least: 0.05, most: 0.15 };
/** Credentials that end within this time are not used for another connection, in ms: connecting alone may take that long. */
export const LEAST_LIFE_MS = 60_000;
/** No renewal sooner than this after the last, in ms, unless the credentials end before. */
export const LEAST_AGE_MS = 60_000;

/** Wall times in milliseconds since 1970. */
export interface Lifetime {
  receivedAt: number;
  expiresAt: number;
  renewAt: number;
}

/** When to renew credentials received at `receivedAt` that end at `expiresAt` (wall times in ms). */
export function renewAtOf(receivedAt: number, expiresAt: number, random: Random): number {
  const { least, most } = RENEW_AHEAD;
  const ahead = (expiresAt - receivedAt) * (least + (most - least) * unit(random));
  return Math.min(Math.max(expiresAt - ahead, receivedAt + LEAST_AGE_MS), expiresAt);
}

/**
 * When to try again after a renewal failed although the credentials still hold: within the next half of what is left, and
 * early enough before the end that what was sent is acknowledged by then.
 * @param askedMs how long the other side asked to be left alone
 */
export function postponed(now: number, expiresAt: number, random: Random, askedMs = 0): number {
  const later = now + Math.max(LEAST_AGE_MS, askedMs, ((expiresAt - now) / 2) * unit(random));
  return Math.min(later, expiresAt - LEAST_LIFE_MS / 2);
}

/** What may be done with credentials at `now`: used as they are, used unless new ones can be had, or not used. */
export function usability({ expiresAt, renewAt }: Lifetime, now: number): "use" | "renew" | "over" {
  if (expiresAt - now < LEAST_LIFE_MS) return "over";
  return now < renewAt ? "use" : "renew";
}

/** The longest wait between two askings for credentials that end too soon, in milliseconds. */
const SHORT_MAX_MS = 3_600_000;

/**
 * How long nothing new is asked for, from when credentials came, in milliseconds. Those of a service that gives out
 * none that last are asked for ever more rarely: each costs a connection or two, and each works, so that no back-off
 * would hold it up.
 * @param short how many in a row ended within twice `LEAST_AGE_MS`, the last ones among them; 0: they last
 */
export const restOf = (short: number): number =>
  short === 0 ? 0 : Math.min(SHORT_MAX_MS, LEAST_AGE_MS * 2 ** Math.min(short - 1, 6));

/** Whether credentials end so soon. */
export const isShort = ({ receivedAt, expiresAt }: Omit<Lifetime, "renewAt">): boolean =>
  expiresAt - receivedAt < 2 * LEAST_AGE_MS;
