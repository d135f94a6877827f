// What the device does next, as a pure table: (state, event, context) -> [state, actions]. No IO, no clock, no randomness inside.
//
//   off → linking → clock → credentials → connecting → online → draining → credentials …
//   … online → settling → resting → asleep → linking …               (power profile psm)
//   … online → yielding → locating → linking …                       (a fix is due; before any linking, too)
//   off → asleep                                                      (there, for a record that waits for others)
//   … online → giving-way → updating → credentials …, or → resting …   (a window of an update)
//   any of them → (failure) → backing-off → climbing → linking …     give-up → halted → climbing …
//
// Rules: one thing is under way at a time; failures are counted until a connection has proven itself (a PUBACK) and has then
// lived for LIVED_MS or was ended by the device, and by nothing less: a broker that kicks, or a clone under the same client
// id, lets each connection live long enough for one PUBACK. A renewal is not a failure. The runner carries out the actions
// in order and reports back as events.

import type { Advice } from "../platform/failure.js";
import { backoffMs, type Rung, rungFor } from "./ladder.js";

/** All phases. Their numbers are noted for the next start. */
export const PHASES = [
  "off",
  "linking", // modem and PDP context
  "clock", // wall time, without which no certificate can be checked
  "credentials", // onboarding or signing
  "connecting", // TCP, TLS, CONNECT, SUBSCRIBE
  "online",
  "draining", // before a planned reconnect: what is in flight is acknowledged first
  "settling", // the same, before a rest
  "resting", // the modem is put to rest
  "asleep", // until the next record
  "backing-off",
  "climbing", // a rung of the ladder is being carried out
  "halted", // a person must act; tried again, but not soon
  "stopped",
  "yielding", // as settling, before a fix
  "locating", // the radio is off, the satellite receiver on
  "giving-way", // as draining, before a window of an update
  "updating", // an update has the modem to itself
] as const;
export type Phase = (typeof PHASES)[number];

export interface AgentState {
  readonly phase: Phase;
  /** Failures since the last connection that proved itself and lasted. */
  readonly failures: number;
  /** Whether starts are to be forgotten with the failures: this one is not proven either. */
  readonly unproven: boolean;
  /** The rung to carry out after the wait; only while backing off, halted or climbing. */
  readonly rung: Rung;
  /** Monotonic time of the first PUBACK on the connection that is there, in milliseconds; undefined: none came yet. */
  readonly provenAt: number | undefined;
}

export type AgentEvent =
  | { type: "start" }
  /** The step under way is done: link up, clock set, credentials there, connected, drained, or rung carried out. */
  | { type: "done" }
  /** The step under way failed, or the connection or link was lost. */
  | { type: "failed"; advice: Advice; retryAfterMs?: number | undefined }
  /** The timer asked for has run out. */
  | { type: "timer" }
  /**
   * A PUBACK arrived: the way to the cloud is proven. `whole`: so is a connection from its beginning to its end, as that of
   * a record published by HTTPS.
   */
  | { type: "proof"; whole?: boolean }
  /** The credentials are about to expire. */
  | { type: "renew" }
  /** Nothing is left to do until the next record, and the power profile says to sleep. */
  | { type: "rest" }
  /** A fix is due, and nothing waits. */
  | { type: "locate" }
  /** An update wants the modem to itself for a while. */
  | { type: "update" }
  /** A command or the owner wants the device to end (and, where it can, restart). */
  | { type: "stop" };

export type AgentAction =
  | { do: "link" }
  /** Ends within a bounded time, with a fix or without. */
  | { do: "locate" }
  | { do: "read-clock" }
  | { do: "get-credentials" }
  | { do: "forget-credentials" }
  | { do: "connect" }
  | { do: "disconnect" }
  | { do: "drain" }
  /** A window of an update: ends with `done`, or with `rest` where the device rests behind it. */
  | { do: "update" }
  | { do: "rest" }
  /** Until the next record is due: the chip sleeps if it can, else a timer runs. */
  | { do: "sleep" }
  /** Exactly one timer runs at a time; a new one replaces it. */
  | { do: "wait"; ms: number }
  /** The same timer while the connection lives: what is under way goes on, and hanging up stops it. */
  | { do: "see-if-it-lives"; ms: number }
  | { do: "climb"; rung: Rung }
  /** Keeps the count of failures over a restart. */
  | { do: "remember"; failures: number }
  | { do: "feed-watchdog" }
  | { do: "shut-down" };

/** What a step depends on besides state and event. */
export interface AgentContext {
  /** Monotonic time in milliseconds: a connection may have lasted although its timer is late. */
  now: number;
  /** A fresh random number, 0 <= random < 1. */
  random: number;
  /** The rungs this board and modem have. */
  rungs: Pick<ReadonlySet<Rung>, "has">;
  /** Where the device is comes before the link: with the radio off anyway, a fix costs no connection. */
  isFixDue?: boolean;
}

export type Step = readonly [AgentState, readonly AgentAction[]];

/**
 * How long a connection lives behind its first PUBACK before its failures are forgotten, in milliseconds: what AWS's own
 * SDKs call minConnectedTimeToResetReconnectDelay (20 s).
 */
export const LIVED_MS = 20_000;
/**
 * A device that only a person can help looks again after this at the most, in milliseconds, and after half of it at the
 * least: what looks like a card that is gone may be one that shook loose.
 */
export const HALT_RETRY_MS = 300_000;
/** So many failures in a row that may pass at once are tried again soon; what fails more often does not pass at once. */
const SOON_RETRIES = 3;
/** A wait that a server asks for is drawn out by up to this share of itself, so that a fleet does not come back in step. */
const RETRY_AFTER_SPREAD = 0.25;

/**
 * The state at power-on.
 * @param failures the count that was remembered over the restart
 * @param unproven whether starts are counted too, until one is proven
 */
export function initialState(failures = 0, unproven = false): AgentState {
  return { phase: "off", failures, unproven, rung: "reconnect", provenAt: undefined };
}

type Handler = (state: AgentState, event: AgentEvent, context: AgentContext) => Step;

const to = (state: AgentState, phase: Phase, ...actions: AgentAction[]): Step => [{ ...state, phase }, actions];

const up: Handler = (state) => to(state, "linking", { do: "link" });

const link: Handler = (state, event, context) =>
  context.isFixDue ? to(state, "locating", { do: "locate" }) : up(state, event, context);

const dial: Handler = (state) => [{ ...state, phase: "connecting", provenAt: undefined }, [{ do: "connect" }]];

/** Nothing fails any more, as far as the counts go. */
const FORGOTTEN = { do: "remember", failures: 0 } as const;
const NONE = { failures: 0, unproven: false } as const;
const isClean = ({ failures, unproven }: AgentState) => failures === 0 && !unproven;
const FEED = { do: "feed-watchdog" } as const;

/** A proof feeds the watchdog at once; the failures wait until the connection has lasted. */
const proven: Handler = (state, event, { now }) => {
  if (isClean(state)) return [{ ...state, provenAt: state.provenAt ?? now }, [FEED]];
  if (event.type === "proof" && event.whole) return [{ ...state, ...NONE }, [FORGOTTEN, FEED]];
  if (state.provenAt !== undefined) return [state, [FEED]];
  return [{ ...state, provenAt: now }, [FEED, { do: "see-if-it-lives", ms: LIVED_MS }]];
};

/** A connection that has proven itself has lasted, or is about to be ended by the device. */
const lasted: Handler = (state) =>
  state.provenAt === undefined || isClean(state) ? [state, []] : [{ ...state, ...NONE }, [FORGOTTEN]];

/** The device ends its connection. */
const leave =
  (phase: Phase, ...actions: AgentAction[]): Handler =>
  (state, event, context) => {
    const [left, forgotten] = lasted(state, event, context);
    return [{ ...left, phase, provenAt: undefined }, [...forgotten, ...actions]];
  };

const fail: Handler = (state, event, { now, random, rungs }) => {
  const { advice, retryAfterMs = 0 } = event.type === "failed" ? event : { advice: "back-off" as const };
  const asked = Math.floor(retryAfterMs * (1 + RETRY_AFTER_SPREAD * random));
  const hangUp: AgentAction[] = [{ do: "disconnect" }];
  const hasLasted = state.provenAt !== undefined && now - state.provenAt >= LIVED_MS;
  const failures = hasLasted ? 1 : state.failures + 1;
  if (advice === "new-credentials") hangUp.push({ do: "forget-credentials" });
  const rung = rungFor(failures, advice, rungs);
  const ms = Math.max(waitAfter(failures, advice, random), asked);
  return [
    { ...state, phase: advice === "give-up" ? "halted" : "backing-off", failures, rung, provenAt: undefined },
    [...hangUp, { do: "remember", failures }, { do: "wait", ms }],
  ];
};

function waitAfter(failures: number, advice: Advice, random: number): number {
  if (advice === "give-up") return Math.floor((HALT_RETRY_MS / 2) * (1 + random));
  return backoffMs(advice === "retry" && failures <= SOON_RETRIES ? 1 : failures, random);
}

const climb: Handler = (state, event, context) =>
  state.rung === "reconnect" ? link(state, event, context) : to(state, "climbing", { do: "climb", rung: state.rung });

const stop = leave("stopped", { do: "shut-down" });

type Row = Partial<Record<AgentEvent["type"], Handler>>;

const TABLE: Readonly<Record<Phase, Row>> = {
  // A chip that wakes for a record which its modem is not woken for sleeps on.
  off: { start: link, rest: (s) => to(s, "asleep", { do: "sleep" }) },
  linking: { done: (s) => to(s, "clock", { do: "read-clock" }), failed: fail },
  clock: { done: (s) => to(s, "credentials", { do: "get-credentials" }), failed: fail },
  credentials: { done: dial, failed: fail },
  // What waits in the journal may be acknowledged before the subscription is.
  connecting: { proof: proven, timer: lasted, done: (s) => to(s, "online"), failed: fail },
  online: {
    proof: proven,
    timer: lasted,
    renew: (s) => to(s, "draining", { do: "drain" }),
    rest: (s) => to(s, "settling", { do: "drain" }),
    locate: (s) => to(s, "yielding", { do: "drain" }),
    update: (s) => to(s, "giving-way", { do: "drain" }),
    failed: fail,
  },
  draining: {
    proof: proven,
    timer: lasted,
    // The old ones are not forgotten: they serve on while new ones can't be had.
    done: leave("credentials", { do: "disconnect" }, { do: "get-credentials" }),
    failed: fail,
  },
  settling: {
    proof: proven,
    timer: lasted,
    done: leave("resting", { do: "disconnect" }, { do: "rest" }),
    failed: fail,
  },
  yielding: {
    proof: proven,
    timer: lasted,
    done: leave("locating", { do: "disconnect" }, { do: "locate" }),
    failed: fail,
  },
  // Whatever came of it, a device is to be online.
  locating: { done: up, failed: up },
  "giving-way": {
    proof: proven,
    timer: lasted,
    done: leave("updating", { do: "disconnect" }, { do: "update" }),
    failed: fail,
  },
  updating: {
    done: (s) => to(s, "credentials", { do: "get-credentials" }),
    rest: (s) => to(s, "resting", { do: "rest" }),
    failed: fail,
  },
  resting: { done: (s) => to(s, "asleep", { do: "sleep" }), failed: fail },
  asleep: { timer: link },
  "backing-off": { timer: climb },
  // A modem that is too dead for a rung is woken by the bring-up.
  climbing: { done: link, failed: link },
  halted: { timer: climb },
  stopped: {},
};

/**
 * The next state and what to do now. An event that a phase does not name changes nothing: it is an echo of something
 * already given up.
 */
export function step(state: AgentState, event: AgentEvent, context: AgentContext): Step {
  if (event.type === "stop" && state.phase !== "stopped") return stop(state, event, context);
  return TABLE[state.phase][event.type]?.(state, event, context) ?? [state, []];
}
