// What a run gathers of both directions: what the cloud sends, what the device is handed, and what becomes of its connections.

import { describe, expect, test } from "@jest/globals";
import { runTrial } from "../../../host-sim/storm/run-trial.js";
import { judge } from "../../../host-sim/storm/verdicts/index.js";
import { quietTrial } from "./evidence.js";

const { setup } = quietTrial();
const busy = { ...setup, commandEveryS: 30, configTopic: true };

describe("a run", () => {
  test("has commands of all kinds at moments that the seed gives, and the same ones again", async () => {
    const first = await runTrial(quietTrial({ setup: busy }));
    expect(judge(first)).toEqual([]);
    const kinds = first.commands.map(({ cmd, kept }) => `${cmd}${kept ? ", kept" : ""}`);
    for (const kind of ["ping", "status", "interval", "nonsense", "restart", "ping, kept"])
      expect(kinds).toContain(kind);
    const gaps = first.commands.slice(1).map(({ at }, i) => Math.round(at - first.commands[i]!.at));
    expect(new Set(gaps).size).toBeGreaterThan(gaps.length / 4);
    expect((await runTrial(quietTrial({ setup: busy }))).commands).toEqual(first.commands);
    expect((await runTrial(quietTrial({ setup: busy, seed: 2 }))).commands).not.toEqual(first.commands);
  });

  test("tells what the device was handed, and what it acknowledged", async () => {
    const { heard, boots, connections } = await runTrial(quietTrial({ setup: busy }));
    expect(heard.filter(({ retained }) => retained).length).toBeGreaterThan(0);
    expect(heard.filter(({ topic }) => topic.endsWith("/config")).length).toBeGreaterThan(0);
    expect(heard.filter(({ ackedAt }) => ackedAt === undefined)).toEqual([]);
    for (const { at, life } of heard) expect(at).toBeGreaterThanOrEqual(boots[life - 1]!);
    const mqtt = connections.filter(({ isMqtt }) => isMqtt);
    expect(mqtt.length).toBeGreaterThan(0);
    for (const { alpn, token, connack, missing } of mqtt)
      expect({ alpn, token, connack, missing }).toMatchObject({
        alpn: ["mqtt"],
        token: expect.any(Number),
        connack: { returnCode: 0, present: false },
        missing: [],
      });
  });

  test("tells of a subscription that was refused, and that nothing went out behind it", async () => {
    const faults = [
      { at: 600_000, fault: "broker-suback-failure", duration: 60_000 },
      { at: 600_001, fault: "broker-hangs-up", duration: 0 },
    ];
    const { connections } = await runTrial(quietTrial({ faults }));
    const refused = connections.filter(({ refusedAt }) => refusedAt !== undefined);
    expect(refused.length).toBeGreaterThan(0);
    for (const { refusedAt, endedAt, saidAfterRefusal } of refused)
      expect({ late: endedAt! - refusedAt!, saidAfterRefusal }).toEqual({ late: 0, saidAfterRefusal: 0 });
  });

  test("tells of a PINGREQ that nobody answers, and of tokens by number, never by what they are", async () => {
    const faults = [{ at: 600_000, fault: "broker-no-pingresp", duration: 1_800_000 }];
    const config = { ...setup.config, telemetryIntervalS: 600, keepAliveS: 60 };
    const evidence = await runTrial(quietTrial({ faults, setup: { ...setup, config, commandEveryS: 1e6 } }));
    const left = evidence.connections.filter(({ pingAt }) => pingAt !== undefined);
    expect(left.length).toBeGreaterThan(0);
    for (const { pingAt, endedAt } of left) expect(Math.abs(endedAt! - pingAt! - 30_000)).toBeLessThan(200);
    expect(JSON.stringify(evidence.connections)).not.toContain("eyJ");
  });
});
