// The agent's state as its log tells it: what can be known of a device on this desk and of one far away alike.

import type { Phase } from "../../firmware/device/agent.js";
import type { LogEvent, LogEvents } from "../../firmware/platform/events.js";

/** What the agent does now. Times are in milliseconds since 1970. */
export interface AgentState {
  phase: Phase;
  /** Failures since the last connection that proved itself and lasted. */
  failures: number;
  /** When it came into this phase. */
  since: number;
  /** When it goes on by itself, where it waits: before an attempt, before a look at what only a person can help, asleep. */
  until: number | undefined;
  /** The rung that comes after the wait, or is being climbed. */
  rung: string | undefined;
}

type Change = (fields: never, now: number) => Partial<AgentState>;
type Changes = { readonly [E in LogEvent]?: (fields: LogEvents[E], now: number) => Partial<AgentState> };

const CHANGES: Changes = {
  phase: ({ phase, failures }, now) => ({
    phase: phase as Phase,
    failures,
    since: now,
    until: undefined,
    rung: undefined,
  }),
  "backing-off": ({ ms, rung }, now) => ({ until: now + ms, rung }),
  halted: ({ ms }, now) => ({ until: now + ms }),
  asleep: ({ ms }, now) => ({ until: now + ms }),
  climbing: ({ rung }) => ({ rung }),
};

/** The state of an agent that has not begun. */
export const agentAt = (now: number): AgentState => ({
  phase: "off",
  failures: 0,
  since: now,
  until: undefined,
  rung: undefined,
});

/** The state after a line of the log. */
export function agentAfter<E extends LogEvent>(
  state: AgentState,
  event: E,
  fields: LogEvents[E],
  now: number,
): AgentState {
  const change = CHANGES[event] as Change | undefined;
  return change === undefined ? state : { ...state, ...change(fields as never, now) };
}
