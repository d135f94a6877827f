import { describe, expect, test } from "@jest/globals";
import { OnboardingError } from "../../../../firmware/cloud/1nce-aws/errors.js";
import { EXCERPT_LIMIT, Onboarding } from "../../../../firmware/cloud/1nce-aws/onboarding.js";
import { httpRequest } from "../../../../firmware/http/client.js";
import { HttpError } from "../../../../firmware/http/errors.js";
import { RETRY_AFTER_MAX_MS } from "../../../../firmware/http/retry-after.js";
import { singly } from "../../../support/pieces.js";
import { ManualTime, Wire } from "../../http/fakes.js";
import { answerOf, csvOf, jsonOf, rootDer, sample, WALL } from "./samples.js";

const HOST = "device.connectivity-suite.cloud";

/** Onboards against one answer. */
async function run(answer: string, split = false, clockIsSet = true) {
  const time = new ManualTime();
  time.wallAtStart = clockIsSet ? WALL : undefined;
  const wire = new Wire();
  const onboarding = new Onboarding({ io: wire.io, timer: time, clock: time, host: HOST });
  const promise = httpRequest(onboarding).then((head) => onboarding.token(head));
  wire.connect();
  for (const piece of split ? singly(Buffer.from(answer)) : [Buffer.from(answer)]) wire.receive(piece);
  wire.end();
  const outcome = await promise.catch((error: unknown) => error);
  return { outcome, wire, time };
}

describe("onboarding", () => {
  test("asks with exactly `Accept: text/csv`", async () => {
    const { wire } = await run(answerOf(csvOf()));
    expect(wire.sent).toBe(
      "GET /device-api/onboarding/mqtt/tokens HTTP/1.1\r\nHost: device.connectivity-suite.cloud\r\n" +
        "Accept: text/csv\r\nConnection: close\r\n\r\n",
    );
  });

  test.each([false, true])("yields the token of a CSV answer, byte by byte: %s", async (split) => {
    const { outcome, wire, time } = await run(answerOf(csvOf()), split);
    expect(outcome).toMatchObject({ ...sample, rootCa: rootDer, receivedAt: WALL });
    expect(wire.closed).toBe(1);
    expect(time.pending).toBe(0);
  });

  test("understands JSON, chunked or until the end too", async () => {
    const type = { "Content-Type": "application/json; charset=utf-8" };
    expect((await run(answerOf(jsonOf(), type))).outcome).toMatchObject({
      clientId: sample.clientId,
      rootCa: undefined,
    });
    const body = jsonOf();
    const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect((await run(chunked)).outcome).toMatchObject({ clientId: sample.clientId });
    expect((await run(`HTTP/1.1 200 OK\r\n\r\n${body}`)).outcome).toMatchObject({ clientId: sample.clientId });
  });

  test.each([
    ["400 Bad Request", "onboarding-bad-request", "give-up"],
    ["404 Not Found", "onboarding-unknown-sim", "back-off"],
    ["500 Internal Server Error", "onboarding-server", "back-off"],
    ["503 Service Unavailable", "onboarding-unavailable", "back-off"],
    ["429 Too Many Requests", "onboarding-unavailable", "back-off"],
    ["302 Found", "onboarding-status", "back-off"],
    ["204 No Content", "onboarding-status", "back-off"],
  ])("%s is a failure of its own", async (status, code, advice) => {
    const body = status.startsWith("204") ? "" : `{"statusText":"no\u0007","errors":[${"1,".repeat(500)}1]}`;
    const { outcome } = await run(answerOf(body, { "Content-Type": "application/json" }, status), true);
    expect(outcome).toBeInstanceOf(OnboardingError);
    expect(outcome).toMatchObject({ code, advice });
    const { message } = outcome as OnboardingError;
    expect(message).toContain(status.slice(0, 3));
    expect(message).not.toContain("\u0007");
    expect(message.length).toBeLessThan(200 + EXCERPT_LIMIT);
    if (body !== "") expect(message).toContain('{"statusText":"no.');
  });

  test.each(["201 Created", "203 Non-Authoritative Information", "206 Partial Content"])(
    "%s is none that is documented, and its body, which may be a token, is not told",
    async (status) => {
      const { outcome } = await run(answerOf(csvOf(), {}, status));
      expect(outcome).toMatchObject({ code: "onboarding-status" });
      expect((outcome as Error).message).not.toMatch(/says|eyJ/);
    },
  );

  test.each(["429 Too Many Requests", "503 Service Unavailable"])("%s tells how long to wait", async (status) => {
    const asked = async (value: string) => (await run(answerOf("busy", { "Retry-After": value }, status))).outcome;
    expect(await asked("120")).toMatchObject({ code: "onboarding-unavailable", retryAfterMs: 120_000 });
    expect(await asked("999999")).toMatchObject({ retryAfterMs: RETRY_AFTER_MAX_MS });
    expect(await asked(new Date(WALL + 90_000).toUTCString())).toMatchObject({ retryAfterMs: 90_000 });
    expect(await asked("soon")).toMatchObject({ code: "onboarding-unavailable", retryAfterMs: undefined });
    // Also where the rest of the answer does not come.
    const cut = answerOf("busy", { "Retry-After": "120" }, status).slice(0, -1);
    expect((await run(cut)).outcome).toMatchObject({ code: "http-truncated", retryAfterMs: 120_000 });
  });

  test("the message for 404 tells a person what to do", async () => {
    const { outcome } = await run(answerOf("", {}, "404 Not Found"));
    expect((outcome as Error).message).toMatch(/SIM is unknown to 1NCE or inactive/);
  });

  test("a web page, a compressed answer and an endless one are refused", async () => {
    expect((await run(answerOf("<html>", { "Content-Type": "text/html" }))).outcome).toMatchObject({
      code: "onboarding-body",
    });
    expect((await run(answerOf(csvOf(), { "Content-Encoding": "gzip" }))).outcome).toMatchObject({
      code: "onboarding-body",
    });
    const endless = `HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n"a","b","c","d","e"${',"x"'.repeat(5000)}`;
    expect((await run(endless)).outcome).toBeInstanceOf(OnboardingError);
    const long = `HTTP/1.1 500 no\r\n\r\n${"x".repeat(10_000)}`;
    expect((await run(long)).outcome).toMatchObject({ code: "http-limit" });
  });

  test("an answer cut short is a failure of HTTP, not a token", async () => {
    const { outcome } = await run(answerOf(csvOf()).slice(0, -10));
    expect(outcome).toBeInstanceOf(HttpError);
    expect(outcome).toMatchObject({ code: "http-truncated" });
  });

  test("without a wall clock there is no token", async () => {
    expect((await run(answerOf(csvOf()), false, false)).outcome).toMatchObject({ code: "onboarding-field" });
  });
});
