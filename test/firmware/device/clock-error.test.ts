import { expect, test } from "@jest/globals";
import { ClockError, DRIFT_PPM } from "../../../firmware/device/clock-error.js";

test("grows with the time since the clock was set, from what the reading left open", () => {
  const error = new ClockError();
  error.set({ wallMs: 0, source: "network", uncertaintyMs: 700 }, 5_000);
  expect(error.at(5_000)).toBe(700);
  expect(error.at(5_000 + 1_000_000)).toBe(700 + DRIFT_PPM);
  error.set({ wallMs: 0, source: "ntp" }, 2_000_000);
  expect(error.at(2_000_000)).toBe(0);
});

test("is nothing to speak of while the clock was never set", () => {
  expect(new ClockError().at(1e9)).toBe(0);
});
