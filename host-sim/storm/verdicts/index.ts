// All promises, and the judgement of a run by them.

import type { Evidence } from "../evidence.js";
import { CONNECT_RATE, NO_CROWDING, NO_FIGHTING, VALID_TOKEN, WITHIN_POLICY } from "./cloud.js";
import { BOUNDED, FLASH_CLEAN, FLAT, SECRETS_KEPT } from "./memory.js";
import {
  DRAINED,
  DROPS_COUNTED,
  DUP_IN_SESSION,
  IN_ORDER,
  NO_NEEDLESS_REPEAT,
  NO_STRAYS,
  NOTHING_LOST,
  PACKET_IDS,
} from "./records.js";
import { BACKOFF_SPREADS, LADDER_HOLDS, NO_CRASH, NO_RESTART_LOOP, NO_STANDSTILL, RECOVERS } from "./recovery.js";
import type { Breach, Verdict } from "./verdict.js";

export type { Breach, Verdict } from "./verdict.js";

export const VERDICTS: readonly Verdict[] = [
  NOTHING_LOST,
  DROPS_COUNTED,
  DRAINED,
  IN_ORDER,
  NO_STRAYS,
  DUP_IN_SESSION,
  NO_NEEDLESS_REPEAT,
  PACKET_IDS,
  WITHIN_POLICY,
  VALID_TOKEN,
  CONNECT_RATE,
  NO_FIGHTING,
  NO_CROWDING,
  LADDER_HOLDS,
  BACKOFF_SPREADS,
  RECOVERS,
  NO_STANDSTILL,
  NO_RESTART_LOOP,
  NO_CRASH,
  BOUNDED,
  FLAT,
  FLASH_CLEAN,
  SECRETS_KEPT,
];

/** A promise that was broken. */
export interface Failed {
  verdict: string;
  promise: string;
  /** The first few places, in their order. */
  breaches: Breach[];
  /** All of them. */
  count: number;
}

/** Breaches of one promise that are told. */
const TOLD = 5;

/** @returns the promises that were broken in a run */
export function judge(evidence: Evidence): Failed[] {
  return VERDICTS.flatMap(({ name, promise, check }) => {
    const breaches = check(evidence).sort((a, b) => a.at - b.at);
    return breaches.length === 0
      ? []
      : [{ verdict: name, promise, breaches: breaches.slice(0, TOLD), count: breaches.length }];
  });
}
