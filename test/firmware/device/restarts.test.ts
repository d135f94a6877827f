import { expect, test } from "@jest/globals";
import { Restarts } from "../../../firmware/device/restarts.js";
import { ManualTime } from "../http/fakes.js";

function setUp() {
  const time = new ManualTime();
  const ends: number[] = [];
  const platform = { clock: time, timer: time, random: (into: Uint8Array) => void into.fill(0), log: () => {} };
  return { time, ends, restarts: new Restarts({ platform }, { stop: () => ends.push(time.now) }) };
}

test("a restart waits for its answer to arrive, and ten seconds at most", () => {
  const { time, ends, restarts } = setUp();
  restarts.after(7);
  restarts.delivered(6);
  expect(ends).toEqual([]);
  time.advance(10_000);
  expect(ends).toEqual([10_000]);
  const other = setUp();
  other.restarts.after(7);
  other.restarts.delivered(7);
  expect(other.ends).toEqual([0]);
  expect(other.restarts.why).toBe("command");
});

test("a restart that is granted as the device ends to start a new image does not take that one's place", () => {
  const { restarts } = setUp();
  restarts.why = "update";
  restarts.after(7);
  expect(restarts.why).toBe("update");
});
