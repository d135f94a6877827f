// A failure and what is underneath it, told in one sentence.

import { expect, test } from "@jest/globals";
import {
  asFailure,
  chainOf,
  Failure,
  MAX_CHAIN,
  STORY_CHARACTERS,
  storyOf,
} from "../../../firmware/platform/failure.js";
import { TlsError } from "../../../firmware/platform/tls.js";

const at = new Failure("at-cme", "AT+CASEND=0,517,2000: +CME ERROR: Invalid input value", "back-off");
const socket = new Failure("socket-send", "the modem refused bytes", "back-off", at);
const tls = new TlsError("tls-closed", "the connection ended within the handshake", socket);

test("its name is its code: on the chip a class has none", () => {
  expect(at.name).toBe("at-cme");
  expect(String(tls)).toBe("tls-closed: the connection ended within the handshake");
});

test("the chain is told from the outermost to the innermost", () => {
  expect(chainOf(tls)).toEqual([tls, socket, at]);
  expect(storyOf(tls)).toBe(
    "the connection ended within the handshake: the modem refused bytes: " +
      "AT+CASEND=0,517,2000: +CME ERROR: Invalid input value",
  );
  expect(storyOf(at)).toBe(at.message);
});

test("what one says already of the next is not said twice", () => {
  const told = new Failure("socket-send", `the modem refused bytes: ${at.message}`, "back-off", at);
  const again = new Failure("mqtt-closed", "closed by the peer: the token may be too old", "back-off");
  const judged = new Failure("mqtt-closed", again.message, "new-credentials", again);
  expect(storyOf(told)).toBe(told.message);
  expect(storyOf(judged)).toBe(again.message);
});

test("an error that is no Failure is not told, as its message may hold anything; what is under it is", () => {
  const between = new Error("unexpected token in {password: hunter2}", { cause: at });
  const outer = new Failure("http-connection", "the connection failed", "back-off", between);
  expect(chainOf(outer)).toEqual([outer, at]);
  expect(storyOf(outer)).toBe(`the connection failed: ${at.message}`);
  expect(storyOf(new Error("plain"))).toBe("plain");
  expect(storyOf("text")).toBe("text");
  expect(chainOf(undefined).map(({ code }) => code)).toEqual(["unexpected"]);
  expect(asFailure(tls)).toBe(tls);
});

test("chain and sentence are bounded, also where a chain has no end", () => {
  let deep = new Failure("f", "0", "retry");
  for (let i = 1; i < 50; i++) deep = new Failure("f", `layer ${i}`, "retry", deep);
  expect(chainOf(deep)).toHaveLength(MAX_CHAIN);
  const ring = new Failure("ring", "round", "retry");
  (ring as { cause?: unknown }).cause = ring;
  expect(chainOf(ring)).toHaveLength(MAX_CHAIN);
  expect(storyOf(ring)).toBe("round");
  const long = new Failure("f", "x".repeat(600), "retry", new Failure("g", "y".repeat(600), "retry"));
  expect(storyOf(long)).toHaveLength(STORY_CHARACTERS);
  expect(storyOf(long).endsWith("…")).toBe(true);
});

test("a TLS connection cut short asks for what its carrier asks for", () => {
  const dead = new Failure("socket-send", "the modem refused bytes", "reset-modem");
  expect(new TlsError("tls-closed", "the connection ended within the handshake", dead).advice).toBe("reset-modem");
  expect(new TlsError("tls-closed", "the connection ended within the handshake").advice).toBe("back-off");
  expect(new TlsError("tls-protocol", "odd", dead).advice).toBe("back-off");
});
