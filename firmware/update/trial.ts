// The trial of a new image, as a table: it must register, connect, have its subscription and its own report acknowledged, and
// its app must be well, all within ten minutes. Until then any reset brings the old image back, so the device neither sleeps
// nor restarts by itself.
//
// Rules: a report that is acknowledged proves the whole way, since it was made by this image; a health that is not told in
// time is none. Nothing here does IO: events and the time come in, what to do goes out.

import type { UpdateCode } from "./error.js";

/** How long it may take, in milliseconds. */
export const TRIAL_MS = 600_000;

export type TrialEvent =
  /** The device is connected: it has its CONNACK and its SUBACK. */
  | { type: "online" }
  /** The report of the trial is in the outbox. */
  | { type: "reported"; sequence: number }
  /** A record was acknowledged. */
  | { type: "delivered"; sequence: number }
  | { type: "health"; isWell: boolean }
  /** An attempt failed. `onTheWay`: before the cloud itself had its say. */
  | { type: "failed"; onTheWay: boolean }
  | { type: "time" };

export type TrialAction =
  /** Puts the report into the outbox: `reported`. */
  | { do: "report" }
  /** Asks the app: `health`. */
  | { do: "ask" }
  | { do: "confirm" }
  | { do: "undo"; reason: UpdateCode };

export interface TrialState {
  phase: "connecting" | "reporting" | "asking" | "over";
  /** Monotonic time at which it is over, in milliseconds. */
  until: number;
  /** Number of the report; 0: none yet. */
  sequence: number;
  /** Whether the way to the cloud was missing to the last: it failed behind the last connection, if there was any. */
  isNetwork: boolean;
}

/** @param now monotonic milliseconds: when this image started */
export function trialFrom(now: number): TrialState {
  return { phase: "connecting", until: now + TRIAL_MS, sequence: 0, isNetwork: true };
}

type Step = readonly [TrialState, readonly TrialAction[]];
type Handler = (state: TrialState, event: never) => Step;

const NOTHING: readonly TrialAction[] = [];
const isOver = (state: TrialState): TrialState => ({ ...state, phase: "over" });
const failed = (state: TrialState, { onTheWay }: { onTheWay: boolean }): Step => [
  { ...state, isNetwork: onTheWay },
  NOTHING,
];

const TABLE: Readonly<
  Record<
    TrialState["phase"],
    Partial<{ [T in TrialEvent["type"]]: (state: TrialState, event: Extract<TrialEvent, { type: T }>) => Step }>
  >
> = {
  connecting: {
    online: (state) => [{ ...state, phase: "reporting", isNetwork: false }, [{ do: "report" }]],
    failed,
  },
  reporting: {
    // It had no room before.
    online: (state) => [{ ...state, isNetwork: false }, state.sequence === 0 ? [{ do: "report" }] : NOTHING],
    failed,
    reported: (state, { sequence }) => [{ ...state, sequence }, NOTHING],
    delivered: (state, { sequence }) =>
      sequence === state.sequence ? [{ ...state, phase: "asking" }, [{ do: "ask" }]] : [state, NOTHING],
  },
  asking: {
    health: (state, { isWell }) => [
      isOver(state),
      [isWell ? { do: "confirm" } : { do: "undo", reason: "update-health" }],
    ],
  },
  over: {},
};

/** The next state, and what to do now. @param now monotonic milliseconds */
export function stepTrial(state: TrialState, event: TrialEvent, now: number): Step {
  if (now >= state.until && state.phase !== "over") {
    return [isOver(state), [{ do: "undo", reason: lateness(state) }]];
  }
  return (TABLE[state.phase][event.type] as Handler | undefined)?.(state, event as never) ?? [state, NOTHING];
}

/**
 * Why it came to nothing. Where the network was missing to the last, it might have gone with the old image as it went with this
 * one. An image that breaks its network by itself looks the same: the tries of its digest have an end (rules.ts).
 */
function lateness({ phase, isNetwork }: TrialState): UpdateCode {
  if (phase === "asking") return "update-health";
  return isNetwork ? "update-network" : "update-late";
}
