// Drives the agent's table: hands it what happens, has its actions carried out, and keeps the one timer that it asks for.
//
// Rule: one step of the agent is under way at a time, and the report of a step that was given up is dropped.

import type { TimerId } from "../platform/clock.js";
import { asFailure, type Failure, rootOf, storyOf } from "../platform/failure.js";
import { unit } from "../platform/system.js";
import { type AgentAction, type AgentEvent, type AgentState, initialState, step as next, type Phase } from "./agent.js";
import type { Rung } from "./ladder.js";
import { readFailures } from "./memory.js";
import type { DeviceParts } from "./parts.js";

const DONE: AgentEvent = { type: "done" };

/** What is done for each action. */
export type Steps<D> = {
  readonly [K in AgentAction["do"]]: (device: D, action: Extract<AgentAction, { do: K }>) => void;
};

/** What has an agent. A base class: an object of its own would be memory as long as the device runs. */
export abstract class Runner {
  readonly parts: DeviceParts;
  #state: AgentState;
  /** Number of the step under way: a report that bears another number is an echo. */
  #step = 0;
  #timer: TimerId;

  constructor(parts: DeviceParts) {
    const { platform, boot } = parts;
    this.parts = parts;
    this.#state = initialState(readFailures(platform.keyValue), boot !== undefined && boot.starts > 0);
  }

  get phase(): Phase {
    return this.#state.phase;
  }

  /** For the ladder: whether board and modem have this rung. */
  abstract has(rung: Rung): boolean;

  protected abstract readonly isFixDue: boolean;

  /** What is done when the agent says so. */
  protected abstract readonly steps: Steps<this>;

  /** A step failed, or what is under way did. @returns milliseconds that the next attempt waits at least */
  protected abstract onFailure(failure: Failure): number;

  /** Something happened. */
  send(event: AgentEvent): void {
    const { platform, boot } = this.parts;
    const { clock, random, log } = platform;
    const before = this.#state.phase;
    const context = { now: clock.monotonic(), random: unit(random), rungs: this, isFixDue: this.isFixDue };
    const [state, actions] = next(this.#state, event, context);
    this.#state = state;
    if (state.phase !== before) {
      boot?.enter(state.phase);
      log("debug", "phase", { phase: state.phase, failures: state.failures });
    }
    for (const action of actions) (this.steps[action.do] as (device: this, action: AgentAction) => void)(this, action);
  }

  /** What is under way failed, or the connection or link was lost. */
  protected fail(error: unknown): void {
    const failure = asFailure(error);
    const { code, advice, retryAfterMs } = failure;
    const leastMs = this.onFailure(failure);
    this.parts.platform.log("warn", "failure", { code, message: storyOf(error), advice, cause: rootOf(error) });
    this.send({ type: "failed", advice, retryAfterMs: Math.max(retryAfterMs ?? 0, leastMs) });
  }

  /**
   * Carries out one step and reports how it ended, unless the agent has moved on meanwhile. In two parts, which lie in flash: an
   * async function would be a kilobyte of RAM for as long as it waits.
   * @param begin the part that waits for something
   * @param end what comes behind that; its event is reported, and that the step is done where there is none
   */
  work<T>(begin: (device: this) => Promise<T>, end?: (device: this, value: T) => AgentEvent | undefined): void {
    const number = ++this.#step;
    const failed = (error: unknown) => {
      if (number === this.#step) this.fail(error);
    };
    try {
      begin(this).then((value) => {
        let event: AgentEvent;
        try {
          event = end?.(this, value) ?? DONE;
        } catch (error) {
          failed(error);
          return;
        }
        if (number === this.#step) this.send(event);
      }, failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Waits, and nothing else: whatever was under way has been given up. */
  waitFor(ms: number): void {
    const { log } = this.parts.platform;
    this.#step++;
    this.startTimer(ms);
    const { failures, rung, phase } = this.#state;
    if (phase === "backing-off") log("info", "backing-off", { ms, failures, rung });
    if (phase === "halted") log("error", "halted", { ms });
  }

  /** The timer that the agent asks for, in place of the one before. */
  startTimer(ms: number): void {
    this.stopTimer();
    this.#timer = this.parts.platform.timer.set(() => this.send({ type: "timer" }), ms);
  }

  stopTimer(): void {
    this.parts.platform.timer.clear(this.#timer);
  }
}
