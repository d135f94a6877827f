import { describe, expect, test } from "@jest/globals";
import { stepTrial, TRIAL_MS, type TrialEvent, trialFrom } from "../../../firmware/update/trial.js";

/** What a trial does at each event. */
function play(...events: [at: number, event: TrialEvent][]) {
  let state = trialFrom(1_000);
  return events.flatMap(([at, event]) => {
    const [next, actions] = stepTrial(state, event, 1_000 + at);
    state = next;
    return actions.map((action) => (action.do === "undo" ? action.reason : action.do));
  });
}

const ONLINE: TrialEvent = { type: "online" };
const reported = (sequence: number): TrialEvent => ({ type: "reported", sequence });
const delivered = (sequence: number): TrialEvent => ({ type: "delivered", sequence });
const health = (isWell: boolean): TrialEvent => ({ type: "health", isWell });
const failed = (onTheWay: boolean): TrialEvent => ({ type: "failed", onTheWay });
const TIME: TrialEvent = { type: "time" };

describe("a new image", () => {
  test("is confirmed once its own report is acknowledged and its app is well", () => {
    expect(play([5, ONLINE], [6, reported(9)], [7, delivered(8)], [8, delivered(9)], [9, health(true)])).toEqual([
      ...["report", "ask", "confirm"],
    ]);
  });

  test("is not confirmed for a record of the image before", () => {
    expect(play([5, ONLINE], [6, reported(9)], [7, delivered(8)], [TRIAL_MS, TIME])).toEqual(["report", "update-late"]);
  });

  test("is undone when its app is not well", () => {
    expect(play([5, ONLINE], [6, reported(9)], [7, delivered(9)], [8, health(false)])).toEqual([
      ...["report", "ask", "update-health"],
    ]);
  });

  test("is undone when its app does not say so in time", () => {
    const asked: [number, TrialEvent][] = [
      [5, ONLINE],
      [6, reported(9)],
      [7, delivered(9)],
    ];
    expect(play(...asked, [TRIAL_MS, TIME])).toEqual(["report", "ask", "update-health"]);
  });

  test("may connect more than once, and reports once", () => {
    expect(play([1, ONLINE], [2, reported(4)], [3, failed(false)], [9, ONLINE], [10, delivered(4)])).toEqual([
      ...["report", "ask"],
    ]);
  });

  test("reports with its next connection where the outbox had no room", () => {
    expect(play([1, ONLINE], [9, ONLINE], [10, reported(4)])).toEqual(["report", "report"]);
  });

  test("is undone after ten minutes, by the fault of the network only where that let nobody through", () => {
    expect(play([TRIAL_MS - 1, TIME])).toEqual([]);
    expect(play([TRIAL_MS, TIME])).toEqual(["update-network"]);
    expect(play([5, failed(true)], [TRIAL_MS, TIME])).toEqual(["update-network"]);
    expect(play([5, failed(true)], [9, failed(false)], [TRIAL_MS, TIME])).toEqual(["update-late"]);
    expect(play([5, ONLINE], [TRIAL_MS, TIME])).toEqual(["report", "update-late"]);
  });

  test("is undone by the fault of the network where that failed behind its connection and let nobody through again", () => {
    const lost: [number, TrialEvent][] = [
      [5, ONLINE],
      [6, reported(9)],
      [7, failed(false)],
      [8, failed(true)],
    ];
    expect(play(...lost, [TRIAL_MS, TIME])).toEqual(["report", "update-network"]);
    expect(play(...lost, [9, ONLINE], [TRIAL_MS, TIME])).toEqual(["report", "update-late"]);
    expect(play(...lost, [9, failed(false)], [TRIAL_MS, TIME])).toEqual(["report", "update-late"]);
    expect(play(...lost, [9, ONLINE], [10, delivered(9)])).toEqual(["report", "ask"]);
  });

  test("is undone by whatever comes after its time, and then no more", () => {
    expect(play([5, ONLINE], [TRIAL_MS, delivered(9)], [TRIAL_MS + 1, TIME], [TRIAL_MS + 2, ONLINE])).toEqual([
      ...["report", "update-late"],
    ]);
  });
});
