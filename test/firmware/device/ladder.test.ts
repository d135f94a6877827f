import { expect, test } from "@jest/globals";
import { BACKOFF_CAP_MS, backoffMs, RUNGS, type Rung, rungFor } from "../../../firmware/device/ladder.js";

const ALL = new Set<Rung>(RUNGS);

test("each rung is mildest first and the ladder begins anew behind the last", () => {
  const climbed = Array.from({ length: 13 }, (_, i) => rungFor(i + 1, "back-off", ALL));
  expect(climbed).toEqual([
    "reconnect",
    "reconnect",
    "reconnect",
    "renew-pdp",
    "renew-pdp",
    "radio-cycle",
    "radio-cycle",
    "modem-restart",
    "modem-restart",
    "power-cycle",
    "power-cycle",
    "chip-restart",
    "reconnect",
  ]);
});

test("a rung the board lacks is replaced by the next milder one", () => {
  const noPower = new Set<Rung>(RUNGS.filter((rung) => rung !== "power-cycle"));
  expect(rungFor(10, "back-off", noPower)).toBe("modem-restart");
  expect(rungFor(12, "back-off", new Set<Rung>(["reconnect"]))).toBe("reconnect");
  expect(rungFor(12, "back-off", new Set())).toBe("reconnect");
});

test("advice to reset the modem skips the mere reconnect", () => {
  expect(rungFor(1, "reset-modem", ALL)).toBe("renew-pdp");
  expect(rungFor(8, "reset-modem", ALL)).toBe("modem-restart");
});

test("the back-off doubles up to its cap and its jitter is full", () => {
  expect([1, 2, 3, 8, 9, 100].map((n) => backoffMs(n, 0.999999))).toEqual([
    999, 1_999, 3_999, 127_999, 239_999, 239_999,
  ]);
  expect(backoffMs(5, 0)).toBe(0);
  expect(backoffMs(1_000_000, 0.999999)).toBeLessThan(BACKOFF_CAP_MS);
});
