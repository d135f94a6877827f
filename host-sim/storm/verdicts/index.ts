// All promises, and the judgement of a run by them.

import type { Evidence } from "../evidence.js";
import { APP_ANSWERED, APP_HARMLESS, APP_PUBLISHED, APP_SETTINGS, APP_TOLD } from "./app.js";
import { ASKED_WAIT_KEPT } from "./asked-wait.js";
import { RECOVERS } from "./calms.js";
import { CONNECT_RATE, NO_CROWDING, NO_FIGHTING, WITHIN_POLICY } from "./cloud.js";
import {
  ANSWERED_ONCE,
  COMMANDS_ANSWERED,
  INTERVAL_KEPT,
  REFUSAL_HEEDED,
  RESTART_ANSWERED,
  RETAINED_IGNORED,
  SUBSCRIPTION_STANDS,
} from "./downlink.js";
import { BUDGET_KEPT, NUMBERED, SANE_FIELDS } from "./fields.js";
import { RUNGS_IN_ORDER } from "./ladder.js";
import { COMMANDS_BOUNDED, RESTARTS_RARE } from "./limits.js";
import { BOUNDED, FLASH_CLEAN, FLAT, INVARIANTS, SECRETS_KEPT } from "./memory.js";
import { NEWS_WAKES } from "./news.js";
import { POSITION_BOUNDED, POSITION_TOLD } from "./position.js";
import {
  DRAINED,
  DROPS_COUNTED,
  DUP_IN_SESSION,
  IN_ORDER,
  NO_NEEDLESS_REPEAT,
  NO_STRAYS,
  NOTHING_LOST,
  ONE_PACKET_ID,
  PACKET_IDS,
} from "./records.js";
import { BACKOFF_SPREADS, LADDER_HOLDS, NO_CRASH, NO_RESTART_LOOP, NO_STANDSTILL } from "./recovery.js";
import { RESTS } from "./rests.js";
import { VALID_TOKEN } from "./tokens.js";
import { TRUE_FIELDS } from "./truth.js";
import { UPDATE_ENDS } from "./update-ends.js";
import { UPDATE_REFUSED } from "./update-refused.js";
import { UPDATE_BUDGET, UPDATE_FORWARD, UPDATE_STAYS_UP, UPDATE_TOLD, UPDATE_TRIED, UPDATE_WHOLE } from "./updates.js";
import type { Breach, Verdict } from "./verdict.js";
import {
  KEEP_ALIVE,
  NAMED_DIALS,
  REFUSED_TOKEN,
  SILENT_BROKER_LEFT,
  SOCKETS_CLOSED,
  TIME_BELIEVED,
  WATCHDOG_FED,
} from "./way.js";

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
  ONE_PACKET_ID,
  NUMBERED,
  SANE_FIELDS,
  TRUE_FIELDS,
  BUDGET_KEPT,
  POSITION_TOLD,
  POSITION_BOUNDED,
  COMMANDS_ANSWERED,
  ANSWERED_ONCE,
  COMMANDS_BOUNDED,
  RETAINED_IGNORED,
  RESTART_ANSWERED,
  RESTARTS_RARE,
  INTERVAL_KEPT,
  SUBSCRIPTION_STANDS,
  REFUSAL_HEEDED,
  NAMED_DIALS,
  WITHIN_POLICY,
  VALID_TOKEN,
  REFUSED_TOKEN,
  TIME_BELIEVED,
  KEEP_ALIVE,
  SILENT_BROKER_LEFT,
  CONNECT_RATE,
  NO_FIGHTING,
  NO_CROWDING,
  LADDER_HOLDS,
  RUNGS_IN_ORDER,
  BACKOFF_SPREADS,
  ASKED_WAIT_KEPT,
  RECOVERS,
  NO_STANDSTILL,
  NO_RESTART_LOOP,
  NO_CRASH,
  WATCHDOG_FED,
  RESTS,
  NEWS_WAKES,
  SOCKETS_CLOSED,
  INVARIANTS,
  BOUNDED,
  FLAT,
  FLASH_CLEAN,
  SECRETS_KEPT,
  APP_TOLD,
  APP_ANSWERED,
  APP_PUBLISHED,
  APP_SETTINGS,
  APP_HARMLESS,
  UPDATE_WHOLE,
  UPDATE_FORWARD,
  UPDATE_TRIED,
  UPDATE_STAYS_UP,
  UPDATE_TOLD,
  UPDATE_BUDGET,
  UPDATE_ENDS,
  UPDATE_REFUSED,
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
  // It ended the run: what others would say of the rest is not the firmware's doing.
  const judges = evidence.broken.length > 0 ? [INVARIANTS] : VERDICTS;
  return judges.flatMap((verdict) => {
    const { name, promise } = verdict;
    const breaches = breachesOf(verdict, evidence).sort((a, b) => a.at - b.at);
    return breaches.length === 0
      ? []
      : [{ verdict: name, promise, breaches: breaches.slice(0, TOLD), count: breaches.length }];
  });
}

/** What a verdict cannot judge, as an answer that is no JSON, is no promise kept, and no end of the storm either. */
function breachesOf({ check }: Verdict, evidence: Evidence): Breach[] {
  try {
    return check(evidence);
  } catch (error) {
    return [{ at: 0, what: `it cannot be judged: ${error instanceof Error ? error.message : error}` }];
  }
}

/** How often each promise could have been broken in a run, by the verdict's name; of what cannot be judged nothing was seen. */
export function seenIn(evidence: Evidence): Record<string, number> {
  const count = ({ seen }: Verdict) => {
    try {
      return seen(evidence);
    } catch {
      return 0;
    }
  };
  return Object.fromEntries(VERDICTS.map((verdict) => [verdict.name, count(verdict)]));
}
