import { expect, test } from "@jest/globals";
import { withHint } from "../../../../host-sim/cli/output/hints.js";

/** How modem, SIM, network, sockets and tokens fail where a person can help. */
const CODES = [
  "modem-silent",
  "modem-off",
  "modem-supply",
  "sim-missing",
  "sim-locked",
  "sim-pin-refused",
  "sim-puk",
  "sim-failed",
  "sim-busy",
  "registration-denied",
  "registration-timeout",
  "pdp-failed",
  "pdp-lost",
  "time-unknown",
  "socket-dns",
  "socket-refused",
  "socket-connect",
  "socket-timeout",
  "socket-memory",
  "socket-link",
  "at-timeout",
  "at-malformed",
  "at-restarted",
  "at-closed",
  "jwt-algorithm",
  "jwt-syntax",
];

test.each(CODES)("%s comes with what to do about it", (code) => {
  expect(withHint("it failed", code)).toMatch(new RegExp(`^it failed \\[${code}\\]: .{20,}$`));
});

test("a code that nobody knows stands alone", () => {
  expect(withHint("it failed", "what")).toBe("it failed [what]");
});
