// When telemetry goes by the second way, and when not.

import { expect, test } from "@jest/globals";
import { fallbackUplink } from "../../../firmware/cloud/fallback-uplink.js";
import type { Plan } from "../../../firmware/cloud/plan.js";
import type { Uplink, UplinkParts } from "../../../firmware/cloud/uplink.js";
import { Failure } from "../../../firmware/platform/failure.js";
import { ManualTime } from "../http/fakes.js";

/** Opens an uplink whose first way fails so. @returns what it came to, and the ways that were tried */
async function opened(failure: Failure) {
  const tried: string[] = [];
  const lasting: unknown[] = [];
  const way = (name: string, open: () => Promise<void>) => (parts: UplinkParts) => {
    lasting.push(parts.mustLast);
    const uplink = { hears: true, kick() {}, close() {}, finish: () => Promise.resolve() };
    return {
      ...uplink,
      open: () => {
        tried.push(name);
        return open();
      },
    } as Uplink;
  };
  const factory = fallbackUplink({
    first: way("first", () => Promise.reject(failure)),
    second: way("second", () => Promise.resolve()),
    secondPlan: (plan) => plan,
    log: () => {},
  });
  const plan = { host: "broker.example", port: 443, credentials: { clientId: "1" } } as unknown as Plan;
  const stack = { means: () => ({ TCP: class {}, TLS: class {} }) };
  const parts = { plan, stack, timer: new ManualTime(), events: {} } as unknown as UplinkParts;
  const uplink = factory(parts);
  const outcome = await uplink.open().then(
    () => "open",
    (error: unknown) => error,
  );
  uplink.close();
  return { outcome, tried, lasting };
}

test("a first way that cannot be opened is followed by the second, which must last to be a proof", async () => {
  const { outcome, tried, lasting } = await opened(new Failure("mqtt-timeout", "no CONNACK", "back-off"));
  expect(outcome).toBe("open");
  expect(tried).toEqual(["first", "second"]);
  expect(lasting).toEqual([undefined, true]);
});

test("a server that asks to be left alone is, by the second way too", async () => {
  const busy = new Failure("ws-refused", "the WebSocket was refused with status 503", "back-off");
  busy.retryAfterMs = 60_000;
  const { outcome, tried } = await opened(busy);
  expect(outcome).toBe(busy);
  expect(tried).toEqual(["first"]);
});
