import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

import { Deadlines } from "../../../host-sim/cloud/broker/deadlines.js";
import { isTopicFilter, isTopicName, matches } from "../../../host-sim/cloud/broker/topics.js";
import { CloudFaultError, CloudFaults, FAULTS } from "../../../host-sim/cloud/faults.js";
import { rsaSigner } from "../../../host-sim/cloud/node/rsa-signer.js";
import { seededSigner } from "../../../host-sim/cloud/onboarding/signer.js";

describe("deadlines", () => {
  test("come due in order, whatever was moved or taken away", () => {
    const step = fc.record({ owner: fc.nat({ max: 8 }), at: fc.option(fc.nat({ max: 50 }), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(step), fc.nat({ max: 50 }), (steps, now) => {
        const deadlines = new Deadlines<number>();
        const model = new Map<number, number>();
        for (const { owner, at } of steps) {
          deadlines.set(owner, at);
          if (at === undefined) model.delete(owner);
          else model.set(owner, at);
        }
        expect(deadlines.next()).toBe(model.size > 0 ? Math.min(...model.values()) : undefined);
        const due: number[] = [];
        for (let owner = deadlines.takeDue(now); owner !== undefined; owner = deadlines.takeDue(now)) due.push(owner);
        const times = due.map((owner) => model.get(owner)!);
        expect(times).toEqual([...model.values()].filter((at) => at <= now).sort((a, b) => a - b));
      }),
    );
  });
});

describe("topics", () => {
  test.each([
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/#", "sport", true],
    ["#", "sport", true],
    ["+", "sport", true],
    ["sport/tennis/+", "sport/tennis/player1", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["+/+", "/finance", true],
    ["/+", "/finance", true],
    ["+", "/finance", false],
    ["#", "$SYS/x", false],
    ["+/monitor/Clients", "$SYS/monitor/Clients", false],
    ["$SYS/#", "$SYS/monitor", true],
  ])("filter %s and topic %s: %s (MQTT 3.1.1 §4.7.1 to §4.7.2)", (filter, topic, expected) => {
    expect(matches(filter, topic, true)).toBe(expected);
  });

  test("are told from filters and from what is neither", () => {
    expect(["a", "/", "a/b", " "].every(isTopicName)).toBe(true);
    const forbidden = ["\0", "\u0001", "\u007f", "\u009f", "\ufdd0", "\uffff", "\u{1fffe}", "\ud800"];
    expect(["", "a/+", "#", ...forbidden].some(isTopicName)).toBe(false);
    expect(forbidden.some(isTopicFilter)).toBe(false);
    expect(["a", "#", "+", "+/a/#", "/"].every(isTopicFilter)).toBe(true);
    expect(["", "a#", "#/a", "a+", "a\0", "a/#/b"].some(isTopicFilter)).toBe(false);
  });
});

describe("signers", () => {
  test.each([
    ["RSA", rsaSigner()],
    ["seeded", seededSigner("s")],
  ])("%s signs 256 bytes and refuses a changed text or signature", (_, signer) => {
    const signature = signer.sign(Buffer.from("text"));
    expect(signature.length).toBe(256);
    expect(signer.verify(Buffer.from("text"), signature)).toBe(true);
    expect(signer.verify(Buffer.from("texT"), signature)).toBe(false);
    expect(signer.verify(Buffer.from("text"), signature.subarray(1))).toBe(false);
  });

  test("the seeded one depends on nothing but its seed", () => {
    const sign = (seed: string) => Buffer.from(seededSigner(seed).sign(Buffer.from("text"))).toString("hex");
    expect(sign("a")).toBe(sign("a"));
    expect(sign("a")).not.toBe(sign("b"));
  });
});

describe("faults", () => {
  test("are set with a value and a number of times", () => {
    const faults = new CloudFaults(["onboarding-status=404*2", "no-puback"]);
    expect([1, 2, 3].map(() => faults.strike("onboarding-status"))).toEqual(["404", "404", undefined]);
    expect([1, 2, 3].map(() => faults.strike("no-puback"))).toEqual(["", "", ""]);
    faults.clear("no-puback");
    expect(faults.strike("no-puback")).toBeUndefined();
  });

  test("of one host do not strike at the other", () => {
    const faults = new CloudFaults(["wrong-ca=onboarding*1"]);
    expect(faults.strikeAt("wrong-ca", "broker")).toBe(false);
    expect(faults.strikeAt("wrong-ca", "onboarding")).toBe(true);
    expect(faults.strikeAt("wrong-ca", "onboarding")).toBe(false);
  });

  test.each([
    "nonsense",
    "toString",
    "no-puback=1",
    "onboarding-status=200",
    "broker-refuses=0",
    "broker-refuses=256",
    "wrong-ca=x",
    "",
  ])("%j is refused in one line", (spec) => {
    expect(() => new CloudFaults([spec])).toThrow(CloudFaultError);
    expect(() => new CloudFaults([spec])).toThrow(/^[^\n]+$/);
  });

  test("are each described by one sentence, and their default values are values", () => {
    for (const { name, help, fallback, pattern } of FAULTS) {
      expect(help).toMatch(/^[A-Z][^\n]+\.$/);
      expect(() => new CloudFaults([name])).not.toThrow();
      if (pattern) expect(fallback).toMatch(pattern);
    }
  });
});
