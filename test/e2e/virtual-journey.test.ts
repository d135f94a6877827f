import { describe, expect, test } from "@jest/globals";
import { DEFAULT_SIM, iccidOf } from "../../host-sim/world/sims.js";
import { DEFAULT_START_MS } from "../../host-sim/world/virtual-world.js";
import { MINUTE_MS, started } from "../support/desk.js";

const ICCID = iccidOf(DEFAULT_SIM);

/** A device from power-on to five acknowledged messages and one answered command, all from one seed. */
async function journey(seed: number, builtMs?: number) {
  const lines: string[] = [];
  const desk = started({
    seed,
    settings: { telemetryIntervalS: 10 },
    firmware: { builtMs },
    trace: (line) => lines.push(line),
  });
  const { device, chronicle, world } = desk;
  const online = await desk.online(5 * MINUTE_MS);
  desk.command({ id: "1", cmd: "ping" });
  const done = await desk.run(() => device.counters.acked >= 6 && device.counters.answered >= 1, 2 * MINUTE_MS);
  device.stop();
  await desk.run(MINUTE_MS);
  return { online, done, lines, events: chronicle.seen, digest: world.trace.digest(), device };
}

describe("from power-on to acknowledged telemetry in virtual time", () => {
  test("the modem is powered up, a token fetched, telemetry acknowledged and a command answered", async () => {
    const { online, done, events, device } = await journey(1);
    expect({ online, done, phase: device.phase }).toEqual({ online: true, done: true, phase: "stopped" });
    expect(device.counters).toMatchObject({ onboardings: 1, reconnects: 0, lost: 0, received: 1, answered: 1 });
    expect(events.filter((e) => e.type === "onboarding")).toMatchObject([{ status: 200, format: "csv", iccid: ICCID }]);
    expect(events.filter((e) => e.type === "connect")).toMatchObject([{ returnCode: 0, clientId: ICCID }]);

    const published = events.flatMap((e) => (e.type === "publish" ? [e] : []));
    const telemetry = published.filter((e) => e.topic === `${ICCID}/telemetry`);
    expect(telemetry.length).toBeGreaterThanOrEqual(5);
    const numbers = telemetry.map((e) => JSON.parse(Buffer.from(e.payload).toString()).seq);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);

    const [answer] = published.filter((e) => e.topic === `${ICCID}/responses`);
    expect(JSON.parse(Buffer.from(answer!.payload).toString())).toMatchObject({ id: "1", ok: true });
    expect(events.at(-1)).toMatchObject({ type: "close", reason: "CLIENT_INITIATED_DISCONNECT" });
  });

  test("a time from before the firmware was built is not believed: nobody is asked who the device is", async () => {
    const built = await journey(1, DEFAULT_START_MS);
    expect(built.device.counters.onboardings).toBe(1);
    const builtLater = await journey(1, DEFAULT_START_MS + 86_400_000);
    expect(builtLater.events).toEqual([]);
  });

  test("the same seed gives the same trace to the byte, another seed another one", async () => {
    const [first, again, other] = [await journey(7), await journey(7), await journey(8)];
    expect(again.lines).toEqual(first.lines);
    expect(again.digest).toBe(first.digest);
    expect(other.digest).not.toBe(first.digest);
  });
});
