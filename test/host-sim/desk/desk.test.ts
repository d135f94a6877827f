// The desk: what a storm, a test or a page does with it, and what it says of itself.

import { describe, expect, test } from "@jest/globals";
import { Desk } from "../../../host-sim/desk/desk.js";

const MINUTE = 60_000;
const QUICK = { telemetryIntervalS: 10 };

/** A desk whose device is online. */
async function online(options: ConstructorParameters<typeof Desk>[0] = {}): Promise<Desk> {
  const desk = new Desk({ seed: 3, settings: QUICK, ...options });
  desk.start();
  expect(await desk.online()).toBe(true);
  return desk;
}

test("the example: online, a fault begun and ended, a command answered", async () => {
  const desk = new Desk({ seed: 7, settings: { telemetryIntervalS: 10 } });
  desk.start();
  await desk.online();
  desk.faults.begin("socket-stall");
  await desk.run(60_000);
  expect(desk.snapshot().faults).toMatchObject([{ fault: "socket-stall" }]);
  desk.faults.end("socket-stall");
  desk.command({ id: "1", cmd: "ping" });
  expect(await desk.run(() => desk.snapshot().counters?.answered === 1, 600_000)).toBe(true);
});

describe("faults", () => {
  test("of one kind end together, with the last of them; what is over at once never lasts", async () => {
    const told: string[] = [];
    const desk = await online({ watcher: { fault: (name, value, what) => told.push(`${name} ${value} ${what}`) } });
    desk.faults.begin("onboarding-cut", 200);
    const since = desk.world.now;
    await desk.run(1_000);
    desk.faults.begin("onboarding-cut", 300);
    desk.faults.begin("modem-restart");
    expect(desk.faults.active).toEqual([{ fault: "onboarding-cut", value: 300, since }]);
    desk.faults.end("onboarding-cut");
    expect(desk.faults.active).toHaveLength(1);
    desk.faults.end("onboarding-cut");
    desk.faults.end("onboarding-cut");
    expect(desk.faults.active).toEqual([]);
    expect(told).toEqual([
      "onboarding-cut 200 begins",
      "onboarding-cut 300 begins",
      "modem-restart undefined begins",
      "onboarding-cut 300 ends",
      "onboarding-cut 300 ends",
    ]);
  });

  test("without a value get one that the seed draws; an unknown name is refused", () => {
    const values = [1, 1, 2].map((seed) => {
      const desk = new Desk({ seed });
      desk.faults.begin("socket-slow");
      return desk.faults.active[0]!.value;
    });
    expect(values[0]).toBe(values[1]);
    expect(values[0]).not.toBe(values[2]);
    expect(values[0]).toBeGreaterThanOrEqual(100);
    expect(() => new Desk().faults.begin("rain")).toThrow('no fault is called "rain"');
  });

  test("bring a clone of the device, and take it away", async () => {
    const clone: string[] = [];
    const desk = await online({ watcher: { clone: { packet: ({ cmd }) => clone.push(cmd) } } });
    desk.faults.begin("broker-clone");
    await desk.run(3 * MINUTE);
    desk.faults.end("broker-clone");
    expect(clone).toContain("connect");
    const before = clone.length;
    await desk.run(10 * MINUTE);
    expect(clone).toHaveLength(before);
    expect(desk.snapshot().agent.phase).toBe("online");
  });
});

describe("what is heard on the way", () => {
  test.each(["mqtt", "ws"])("is every packet both ways with its bytes (%s)", async (transport) => {
    const up: string[] = [];
    const down: string[] = [];
    const lengths = { packets: 0, stream: 0 };
    const desk = await online({
      settings: { ...QUICK, transport },
      watcher: {
        packet: (packet, bytes) => {
          up.push(packet.cmd);
          lengths.packets += bytes.length;
        },
        received: (packet, bytes) => {
          down.push(packet.cmd);
          if (packet.cmd === "publish") expect(Buffer.from(bytes).includes('{"id":"1","cmd":"ping"}')).toBe(true);
          expect(bytes[0]! >> 4).toBeGreaterThan(0);
        },
        stream: (_, direction, bytes) => {
          if (direction === "up") lengths.stream += bytes.length;
        },
      },
    });
    desk.command({ id: "1", cmd: "ping" });
    expect(await desk.run(() => desk.snapshot().counters?.answered === 1, MINUTE)).toBe(true);
    await desk.run(1_000);
    expect(up.slice(0, 2)).toEqual(["connect", "subscribe"]);
    expect(down.slice(0, 2)).toEqual(["connack", "suback"]);
    expect(down).toContain("publish");
    expect(up.filter((cmd) => cmd === "puback")).toHaveLength(1);
    expect(down.filter((cmd) => cmd === "puback")).toHaveLength(up.filter((cmd) => cmd === "publish").length);
    // The onboarding's request goes by HTTP.
    expect(lengths.stream).toBeGreaterThan(lengths.packets);
  });

  test("is every byte to the modem and from it, as the link counts them", async () => {
    const bytes = { up: [] as Uint8Array[], down: [] as Uint8Array[] };
    const desk = await online({ watcher: { uart: (direction, heard) => bytes[direction].push(heard) } });
    const { uartTxBytes, uartRxBytes } = desk.snapshot().link!;
    expect(Buffer.concat(bytes.up).includes("AT+CNACT=0,")).toBe(true);
    expect(Buffer.concat(bytes.down).includes("+CADATAIND: ")).toBe(true);
    expect([Buffer.concat(bytes.up).length, Buffer.concat(bytes.down).length]).toEqual([uartTxBytes, uartRxBytes]);
  });

  test("is every line of the AT channel, without the PIN", async () => {
    const lines: string[] = [];
    const settings = { ...QUICK, pin: "83651947" };
    const desk = new Desk({ seed: 3, settings, watcher: { at: (way, text) => lines.push(`${way} ${text}`) } });
    desk.unit.modem.setFault("sim-pin", "83651947");
    desk.start();
    await desk.online();
    expect(lines).toContainEqual(expect.stringMatching(/^tx AT\+CPIN=/));
    expect(lines).toContainEqual("rx OK");
    expect(lines.join("\n")).not.toContain("83651947");
  });
});

describe("a look at everything", () => {
  test("tells of a device that is online, and when it next does something", async () => {
    const desk = await online();
    const { at, next, agent, deadline, outbox, modem, counters, link, boots } = desk.snapshot();
    expect(agent).toMatchObject({ phase: "online", failures: 0, until: undefined });
    expect(agent.since).toBeLessThan(at);
    expect(next).toBeGreaterThanOrEqual(at);
    expect(deadline).toBeGreaterThanOrEqual(next!);
    expect(deadline).toBeLessThanOrEqual(at + 10_000);
    expect(outbox).toEqual({ waiting: 0, dropped: 0, nextSequence: 2 });
    expect(modem).toEqual({
      power: "running",
      simReady: true,
      registered: true,
      rat: "LTE-M",
      rssi: -74,
      pdp: true,
      sockets: 1,
    });
    expect({ boots, acked: counters?.acked, opened: link?.socketsOpened }).toEqual({ boots: 1, acked: 1, opened: 2 });
  });

  test("tells how long a failing device waits, and for what", async () => {
    const desk = await online();
    desk.faults.begin("socket-refused");
    desk.cloud.brokerServer.reset();
    const waits = () => desk.snapshot().agent.phase === "backing-off" && desk.snapshot().agent.failures >= 3;
    expect(await desk.run(waits, 10 * MINUTE)).toBe(true);
    const { at, agent, outbox } = desk.snapshot();
    expect(agent.rung).toBe("reconnect");
    expect(agent.until).toBeGreaterThan(at);
    await desk.run(agent.until! - at - 1);
    expect(desk.snapshot().agent).toEqual(agent);
    await desk.run(1);
    expect(desk.snapshot().agent.phase).not.toBe("backing-off");
    expect(desk.snapshot().outbox!.waiting).toBeGreaterThanOrEqual(outbox!.waiting);
  });

  test("tells of a board without power, whose outbox is there again when it is back", async () => {
    const desk = await online();
    desk.faults.begin("socket-stall");
    await desk.run(30_000);
    const { waiting } = desk.snapshot().outbox!;
    expect(waiting).toBeGreaterThan(0);
    desk.faults.begin("chip-dark", 60);
    const dark = desk.snapshot();
    expect(dark).toMatchObject({ agent: { phase: "off" }, deadline: undefined, modem: { power: "running" } });
    expect([dark.counters, dark.outbox, dark.link]).toEqual([undefined, undefined, undefined]);
    await desk.run(65_000);
    expect(desk.snapshot()).toMatchObject({ boots: 2, outbox: { waiting } });
  });
});

test("an error that nobody in the firmware caught is whoever's who runs the desk, or a watcher's: then the chip restarts", async () => {
  const journal = () => {
    throw new Error("broken");
  };
  expect(() => new Desk({ journal }).start()).toThrow("broken");

  const errors: unknown[] = [];
  const watched = new Desk({ journal, watcher: { crashed: (error) => errors.push(error) } });
  watched.start();
  expect(errors).toEqual([new Error("broken")]);
  expect(watched.snapshot()).toMatchObject({ boots: 1, counters: undefined });
  await watched.run(500);
  expect(watched.snapshot().boots).toBe(2);
});
