import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type AgentContext,
  type AgentEvent,
  type AgentState,
  HALT_RETRY_MS,
  initialState,
  LIVED_MS,
  type Phase,
  step,
} from "../../../firmware/device/agent.js";
import { BACKOFF_CAP_MS, RUNGS, type Rung } from "../../../firmware/device/ladder.js";
import type { Advice } from "../../../firmware/platform/failure.js";

const ALL = new Set<Rung>(RUNGS);
const context = (over: Partial<AgentContext> = {}): AgentContext => ({ now: 10_000, random: 0.5, rungs: ALL, ...over });

/** Runs events through the table and returns the last step. */
function play(state: AgentState, ...events: AgentEvent[]) {
  let actions: readonly { do: string }[] = [];
  for (const event of events) [state, actions] = step(state, event, context());
  return { state, actions: actions.map((a) => a.do) };
}

const done: AgentEvent = { type: "done" };
const failed = (advice: Advice): AgentEvent => ({ type: "failed", advice });
const online = () => play(initialState(), { type: "start" }, done, done, done, done).state;

describe("a start that counts as unproven", () => {
  const start = (unproven: boolean) => play(initialState(0, unproven), { type: "start" }, done, done, done, done).state;

  test("is forgotten once a connection has proven itself and lasted, and not before", () => {
    const proven = play(start(true), { type: "proof" });
    expect(proven.actions).toEqual(["feed-watchdog", "see-if-it-lives"]);
    expect(play(proven.state, { type: "timer" })).toMatchObject({ actions: ["remember"], state: { unproven: false } });
    expect(play(proven.state, failed("back-off")).state.unproven).toBe(true);
    // Once: the next proof has nothing to forget.
    expect(play(proven.state, { type: "timer" }, { type: "proof" }).actions).toEqual(["feed-watchdog"]);
  });

  test("is forgotten at once by a record whose own connection was whole, or when the device ends the connection", () => {
    expect(play(start(true), { type: "proof", whole: true }).actions).toEqual(["remember", "feed-watchdog"]);
    expect(play(start(true), { type: "proof" }, { type: "stop" }).actions).toEqual(["remember", "shut-down"]);
  });

  test("is none where nothing is to be forgotten", () => {
    expect(play(start(false), { type: "proof" }).actions).toEqual(["feed-watchdog"]);
  });
});

describe("the way from power-on to online", () => {
  test("goes through link, clock, credentials and connection, one at a time", () => {
    let state = initialState();
    const seen: string[] = [];
    for (const event of [{ type: "start" } as const, done, done, done, done]) {
      const [next, actions] = step(state, event, context());
      state = next;
      seen.push(`${state.phase}:${actions.map((a) => a.do).join()}`);
    }
    expect(seen).toEqual([
      "linking:link",
      "clock:read-clock",
      "credentials:get-credentials",
      "connecting:connect",
      "online:",
    ]);
  });
});

describe("failures", () => {
  test("are not forgotten by a connection alone", () => {
    const connected = play(online(), failed("back-off"), { type: "timer" }, done, done, done, done).state;
    expect(connected).toMatchObject({ phase: "online", failures: 1 });
    expect(step(connected, { type: "timer" }, context({ now: 999_000 }))).toEqual([connected, []]);
  });

  test("hang up, are remembered, and wait with full jitter", () => {
    const [state, actions] = step(online(), failed("back-off"), context({ random: 0.25 }));
    expect(state.phase).toBe("backing-off");
    expect(actions).toEqual([{ do: "disconnect" }, { do: "remember", failures: 1 }, { do: "wait", ms: 250 }]);
  });

  test("of refused credentials throw these away", () => {
    expect(play(online(), failed("new-credentials")).actions).toContain("forget-credentials");
    expect(play(online(), failed("back-off")).actions).not.toContain("forget-credentials");
  });

  test("that only a person can mend are tried again after minutes, spread, for a card may come back by itself", () => {
    const waits = [0, 0.5, 0.99].map((random) => {
      const [state, actions] = step(online(), failed("give-up"), context({ random }));
      expect(state.phase).toBe("halted");
      expect(play(state, { type: "timer" }).state.phase).toBe("linking");
      return actions.find((action) => action.do === "wait")!.ms;
    });
    expect(waits).toEqual([HALT_RETRY_MS / 2, (3 * HALT_RETRY_MS) / 4, 298_500]);
  });

  test("that only a person can mend climb the ladder too", () => {
    const [state, actions] = step({ ...online(), failures: 7 }, failed("give-up"), context());
    expect(state).toMatchObject({ failures: 8, rung: "modem-restart" });
    expect(actions).toContainEqual({ do: "remember", failures: 8 });
    expect(play(state, { type: "timer" }).actions).toEqual(["climb"]);
  });

  test("that may pass at once are tried again soon three times, then as rarely as others", () => {
    const waits = [0, 1, 2, 3, 9].map((failures) => {
      const [, actions] = step({ ...online(), failures }, failed("retry"), context({ random: 0.5 }));
      return actions.find((action) => action.do === "wait")!.ms;
    });
    expect(waits).toEqual([500, 500, 500, 4_000, 120_000]);
  });

  test("of any other kind are waited for twice as long each time", () => {
    const waits = [0, 1, 2, 3].map((failures) => {
      const [, actions] = step({ ...online(), failures }, failed("back-off"), context({ random: 0.5 }));
      return actions.find((action) => action.do === "wait")!.ms;
    });
    expect(waits).toEqual([500, 1_000, 2_000, 4_000]);
  });

  test("of a server that names a wait are tried again after it, spread over a quarter more, never sooner than else", () => {
    const waitFor = (failures: number, retryAfterMs: number, random: number) => {
      const event: AgentEvent = { type: "failed", advice: "back-off", retryAfterMs };
      const [state, actions] = step({ ...online(), failures }, event, context({ random }));
      expect(state.phase).toBe("backing-off");
      return actions.find((action) => action.do === "wait")!.ms;
    };
    expect([0, 0.5, 0.999].map((random) => waitFor(0, 120_000, random))).toEqual([120_000, 135_000, 149_970]);
    expect(waitFor(9, 10_000, 0.5)).toBe(120_000);
    expect(waitFor(0, 3_600_000, 0.999)).toBeLessThanOrEqual(4_500_000);
  });

  test("climb the ladder rung by rung over a restart", () => {
    const [state] = step({ ...initialState(3), phase: "linking" }, failed("back-off"), context());
    expect(state.rung).toBe("renew-pdp");
    const [climbing, actions] = step(state, { type: "timer" }, context());
    expect(climbing.phase).toBe("climbing");
    expect(actions).toEqual([{ do: "climb", rung: "renew-pdp" }]);
    expect(play(climbing, done).actions).toEqual(["link"]);
  });

  test("of a rung are followed by the bring-up all the same: it wakes a modem that is too dead for the rung", () => {
    const climbing = play(online(), failed("reset-modem"), { type: "timer" }).state;
    expect(climbing).toMatchObject({ phase: "climbing", failures: 1 });
    const linking = play(climbing, failed("reset-modem"));
    expect(linking).toMatchObject({ state: { phase: "linking", failures: 1 }, actions: ["link"] });
  });
});

describe("renewal", () => {
  test("drains first, then gets new credentials, and counts as no failure", () => {
    const draining = play(online(), { type: "renew" });
    expect(draining).toMatchObject({ state: { phase: "draining", failures: 0 }, actions: ["drain"] });
    const renewed = play(draining.state, done);
    expect(renewed.state).toMatchObject({ phase: "credentials", failures: 0 });
    expect(renewed.actions).toEqual(["disconnect", "get-credentials"]);
  });
});

describe("a rest", () => {
  test("drains, hangs up, puts the modem to rest, sleeps, and begins anew with the link", () => {
    let state = online();
    const seen: string[] = [];
    for (const event of [{ type: "rest" } as const, done, done, { type: "timer" } as const]) {
      const [next, actions] = step(state, event, context());
      state = next;
      seen.push(`${state.phase}:${actions.map((a) => a.do).join()}`);
    }
    expect(seen).toEqual(["settling:drain", "resting:disconnect,rest", "asleep:sleep", "linking:link"]);
    expect(state.failures).toBe(0);
  });
});

/** A state, and time that goes on. */
function over(state: AgentState) {
  let now = 0;
  return {
    get state() {
      return state;
    },
    /** @returns what is to be done on `event`, `ms` later */
    after(ms: number, event: AgentEvent) {
      now += ms;
      const [next, actions] = step(state, event, context({ now }));
      state = next;
      return actions;
    },
  };
}

const proof: AgentEvent = { type: "proof" };
const feed = { do: "feed-watchdog" };
const forget = { do: "remember", failures: 0 };

describe.each<Phase>(["connecting", "online", "draining", "settling"])("an acknowledgement while %s", (phase) => {
  const connected = (failures = 2) => over({ ...initialState(failures), phase });

  test("feeds the watchdog at once, and lets the failures be forgotten when the connection has lived for 20 s more", () => {
    const agent = connected();
    expect(agent.after(0, proof)).toEqual([feed, { do: "see-if-it-lives", ms: 20_000 }]);
    expect(agent.after(19_999, proof)).toEqual([feed]);
    expect(agent.state).toMatchObject({ phase, failures: 2 });
    expect(agent.after(1, { type: "timer" })).toEqual([forget]);
    expect(agent.state).toMatchObject({ phase, failures: 0 });
    expect(agent.after(0, proof)).toEqual([feed]);
  });

  test("does not make the next failure the first one if the connection ends sooner", () => {
    const agent = connected();
    agent.after(0, proof);
    expect(agent.after(LIVED_MS - 1, failed("back-off"))).toContainEqual({ do: "remember", failures: 3 });
    expect(agent.state.provenAt).toBeUndefined();
  });

  test("does if it ends no sooner, though the timer comes late", () => {
    const agent = connected();
    agent.after(0, proof);
    agent.after(LIVED_MS - 1, proof);
    expect(agent.after(1, failed("back-off"))).toContainEqual({ do: "remember", failures: 1 });
  });

  test("of a whole connection, as by HTTPS, forgets the failures at once", () => {
    const agent = connected();
    expect(agent.after(0, { type: "proof", whole: true })).toEqual([forget, feed]);
    expect(agent.after(0, failed("back-off"))).toContainEqual({ do: "remember", failures: 1 });
  });

  test("asks for nothing but food where there is nothing to forget", () => {
    const agent = connected(0);
    for (let i = 0; i < 3; i++) expect(agent.after(30_000, proof)).toEqual([feed]);
    expect(agent.after(0, failed("back-off"))).toContainEqual({ do: "remember", failures: 1 });
  });
});

describe("a device that ends its connection itself forgets its failures if something was acknowledged on it", () => {
  test.each<[string, Phase, AgentEvent, string[]]>([
    ["before a rest", "settling", done, ["remember", "disconnect", "rest"]],
    ["for a renewal", "draining", done, ["remember", "disconnect", "get-credentials"]],
    ["to restart or to shut down", "online", { type: "stop" }, ["remember", "shut-down"]],
  ])("%s", (_why, phase, event, actions) => {
    const agent = over({ ...initialState(2), phase });
    agent.after(0, proof);
    expect(agent.after(1, event).map((action) => action.do)).toEqual(actions);
    expect(agent.state).toMatchObject({ failures: 0, provenAt: undefined });

    const unproven = over({ ...initialState(2), phase });
    expect(unproven.after(1, event).map((action) => action.do)).toEqual(actions.slice(1));
    expect(unproven.state.failures).toBe(2);
  });
});

test("connections that end soon behind their first acknowledgement make the device wait as if they had brought none", () => {
  const agent = over({ ...initialState(), phase: "online" });
  const waits = Array.from({ length: 8 }, () => {
    agent.after(1_000, proof);
    const wait = agent.after(500, failed("back-off")).find((action) => action.do === "wait");
    const rung = agent.state.rung;
    agent.after(0, { type: "timer" });
    if (agent.state.phase === "climbing") agent.after(0, done);
    for (let i = 0; i < 4; i++) agent.after(1_000, done);
    expect(agent.state.phase).toBe("online");
    return [rung, wait?.ms];
  });
  expect(waits).toEqual([
    ["reconnect", 500],
    ["reconnect", 1_000],
    ["reconnect", 2_000],
    ["renew-pdp", 4_000],
    ["renew-pdp", 8_000],
    ["radio-cycle", 16_000],
    ["radio-cycle", 32_000],
    ["modem-restart", 64_000],
  ]);
});

test.each<Phase>(["linking", "clock", "credentials", "connecting", "online", "draining", "settling", "resting"])(
  "what fails while %s is counted, and waited for",
  (phase) => {
    const [state, actions] = step({ ...initialState(), phase }, failed("back-off"), context());
    expect(state).toMatchObject({ phase: "backing-off", failures: 1 });
    expect(actions.map((action) => action.do)).toEqual(["disconnect", "remember", "wait"]);
  },
);

test("a chip that wakes for a record which is gathered sleeps on, its modem untouched", () => {
  const [state, actions] = step(initialState(2), { type: "rest" }, context());
  expect(state).toMatchObject({ phase: "asleep", failures: 2 });
  expect(actions).toEqual([{ do: "sleep" }]);
});

test.each<[Phase, AgentEvent["type"][]]>([
  ["off", ["done", "timer", "proof", "renew"]],
  ["linking", ["start", "timer", "proof", "renew", "rest"]],
  ["online", ["start", "done", "timer"]],
  ["draining", ["start", "timer", "renew", "rest"]],
  ["asleep", ["start", "done", "proof", "renew", "rest"]],
  ["backing-off", ["start", "done", "proof", "renew", "rest"]],
  ["halted", ["start", "done", "proof", "renew", "rest"]],
])("while %s, %j are echoes of something given up, and change nothing", (phase, types) => {
  const state = { ...initialState(2), phase };
  for (const type of types) expect(step(state, { type } as AgentEvent, context())).toEqual([state, []]);
});

const anyEvent = fc.oneof(
  fc.constantFrom<AgentEvent>({ type: "start" }, done, { type: "timer" }, { type: "proof" }, { type: "renew" }),
  fc.constantFrom<Advice>("retry", "back-off", "new-credentials", "reset-modem", "give-up").map(failed),
);

/** Phases in which the agent waits for its one timer, and those in which it waits for one report of the runner. */
const TIMED: readonly Phase[] = ["backing-off", "halted"];
const WORKING: Partial<Record<Phase, string>> = {
  linking: "link",
  clock: "read-clock",
  credentials: "get-credentials",
  connecting: "connect",
  draining: "drain",
  climbing: "climb",
};

test("whatever happens, each phase entered has exactly the timer or the step it waits for, and no wait exceeds its cap", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyEvent, fc.double({ min: 0, max: 0.999, noNaN: true })), { maxLength: 200 }),
      (events) => {
        let [state] = step(initialState(), { type: "start" }, context());
        let now = 0;
        for (const [event, random] of events) {
          const before = state;
          const [next, actions] = step(state, event, context({ now, random }));
          state = next;
          now += 100;
          const waits = actions.filter((a) => a.do === "wait");
          for (const wait of waits) {
            expect((wait as { ms: number }).ms).toBeLessThanOrEqual(
              state.phase === "halted" ? HALT_RETRY_MS : BACKOFF_CAP_MS,
            );
          }
          if (next.phase === before.phase) continue;
          expect(waits.length).toBe(TIMED.includes(next.phase) ? 1 : 0);
          const working = WORKING[next.phase];
          if (working) expect(actions.filter((a) => a.do === working)).toHaveLength(1);
        }
      },
    ),
  );
});

test("after a stop nothing is done any more", () => {
  fc.assert(
    fc.property(fc.array(anyEvent), (events) => {
      let [state, actions] = step(online(), { type: "stop" }, context());
      expect(actions).toEqual([{ do: "shut-down" }]);
      for (const event of [...events, { type: "stop" } as const]) {
        [state, actions] = step(state, event, context());
        expect([state.phase, actions.length]).toEqual(["stopped", 0]);
      }
    }),
  );
});
