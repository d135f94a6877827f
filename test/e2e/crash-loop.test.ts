// An engine that ends whenever one message comes: what the device makes of it, start after start, by the broker's own events.

import { describe, expect, test } from "@jest/globals";
import { composeDevice } from "../../firmware/compose.js";
import { BootRecord, SAFE_FROM } from "../../firmware/device/boot-record.js";
import type { Device } from "../../firmware/device/device.js";
import type { LogFields } from "../../firmware/platform/events.js";
import { configure, safeConfig } from "../../firmware/settings/configure.js";
import { type Life, mortal, mortalFlash } from "../../host-sim/desk/life.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import { NorFlash } from "../../host-sim/platform/nor-flash.js";
import { addCloud } from "../../host-sim/simulation/virtual-cloud.js";
import { DEFAULT_SIM, iccidOf, sourceAddressOf } from "../../host-sim/world/sims.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ICCID = iccidOf(DEFAULT_SIM);
const DEADLY = { id: "1", cmd: "deadly" };

/** A device with a persistent session, whose engine ends within the step that reads a command it does not know. */
async function online() {
  const world = new VirtualWorld({ seed: 21 });
  const began = world.now;
  const records: Record<string, unknown>[] = [];
  const cloud = addCloud(world, {
    onEvent: (event) => {
      if (event.type === "publish" && event.topic.endsWith("/telemetry")) {
        records.push(JSON.parse(Buffer.from(event.payload).toString()) as Record<string, unknown>);
      }
    },
  });
  const flash = new NorFlash();
  let dying = false;
  const board = world.device({
    name: "device",
    modem: new Sim7080({ seed: 21, sim: DEFAULT_SIM }),
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
    log: (_level, event, fields: LogFields) => {
      if (event === "command" && fields.cmd === "(unknown)") dying = true;
    },
    onRestart: () => start(),
  });
  /** When the chip has started, in milliseconds from the first time. */
  const boots: number[] = [];
  const current: { device?: Device; boot?: BootRecord } = {};
  const start = () => {
    const number = boots.push(world.now - began);
    let isOn = true;
    const life: Life = {
      timers: new Set(),
      alive: () => boots.length === number && isOn,
      powerCut: () => {},
      step: () => {
        if (!dying) return boots.length === number && isOn;
        dying = false;
        isOn = false;
        board.restart();
        return false;
      },
      crashed: (error) => {
        throw error;
      },
    };
    const platform = mortal({ ...board.boot(), flash: mortalFlash(flash, life) }, life);
    const boot = new BootRecord(platform);
    boot.pause(platform, () => {
      const config = configure({ session: "persistent", telemetryIntervalS: 60 });
      const { device } = composeDevice(platform, { config: boot.safe ? safeConfig(config) : config, boot });
      Object.assign(current, { device, boot });
      device.start();
    });
  };
  start();
  const proven = () => world.run(() => current.boot?.starts === 0, HOUR_MS);
  expect(await proven()).toBe(true);
  /** Starts of each hour, the first one left out. */
  const hourly = () => {
    const counts: number[] = [];
    for (const at of boots.slice(1)) {
      const hour = Math.floor(at / HOUR_MS);
      counts[hour] = (counts[hour] ?? 0) + 1;
    }
    return counts;
  };
  return { world, cloud, records, boots, current, proven, hourly };
}

describe("a command that ends the engine", () => {
  test("and that the broker keeps is gone with the fifth start, which is safe, says so, and ends by itself", async () => {
    const { world, cloud, records, boots, current, proven } = await online();
    records.length = 0;
    cloud.sendCommand(ICCID, DEADLY);
    await world.run(() => boots.length > 1, MINUTE_MS);
    expect(await proven()).toBe(true);
    expect(boots).toHaveLength(1 + SAFE_FROM);
    expect(current.boot).toMatchObject({ safe: true });
    const told = records.filter(({ safe }) => safe === true);
    expect(told[0]).toMatchObject({ reset: expect.stringMatching(/^engine:(connecting|online)$/) as unknown });

    // Nothing but itself was lost: a command that comes now is answered.
    cloud.sendCommand(ICCID, { id: "2", cmd: "ping" });
    await world.run(() => current.device!.counters.answered === 1, MINUTE_MS);
    expect(current.device!.counters.answered).toBe(1);

    await world.run(() => boots.length > 1 + SAFE_FROM, HOUR_MS);
    expect(await proven()).toBe(true);
    expect(current.boot).toMatchObject({ safe: false, reset: "safe-end" });
    await world.run(3 * HOUR_MS);
    expect(boots).toHaveLength(2 + SAFE_FROM);
    expect(records.at(-1)).not.toHaveProperty("safe");
    expect(current.device!.counters.lost).toBe(0);
  });

  test("and that somebody sends again and again starts the device ever more rarely; it is back once that is over", async () => {
    const { world, cloud, boots, current, proven, hourly } = await online();
    const sent = boots.length;
    let sending = true;
    const send = () => {
      if (!sending) return;
      cloud.sendCommand(ICCID, DEADLY);
      world.scheduler.at(world.now + 5_000, send);
    };
    send();
    await world.run(4 * HOUR_MS);
    const [first = 0, ...later] = hourly();
    expect(first).toBeGreaterThan(SAFE_FROM);
    expect(first).toBeLessThanOrEqual(60);
    for (const count of later.slice(0, -1)) expect(count).toBeLessThanOrEqual(40);
    expect(boots.length).toBeGreaterThan(sent + 20);

    sending = false;
    const began = world.now;
    expect(await proven()).toBe(true);
    expect(world.now - began).toBeLessThan(10 * MINUTE_MS);
    await world.run(HOUR_MS);
    expect(current.boot).toMatchObject({ safe: false, starts: 0 });
  });
});
