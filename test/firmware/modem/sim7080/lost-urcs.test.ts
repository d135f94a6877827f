// Lines that the modem prints by itself get lost: what they would have told is asked for, soon and then ever more seldom.

import { describe, expect, test } from "@jest/globals";
import type { FaultName } from "../../../../host-sim/modem/faults.js";
import { Faults } from "../../../../host-sim/modem/faults.js";
import type { ServerAction, ServerCore } from "../../../../host-sim/world/core.js";
import { type Client, Rig, type RigOptions } from "../rig.js";

async function online(options: RigOptions = {}): Promise<Rig> {
  const rig = new Rig({ ...options, sim: { poweredOn: true, faults: new Faults(), ...options.sim } });
  await rig.settle(rig.modem.up());
  return rig;
}

async function opened(rig: Rig): Promise<Client> {
  const client = rig.client();
  if (!(await rig.world.run(() => client.room > 0, 200_000))) throw new Error("not open");
  await rig.world.run(1000);
  rig.lines.length = 0;
  return client;
}

const lose = (rig: Rig, name: FaultName = "lost-cadataind") => rig.sim.setFault(name, 100);
const text = (words: string) => Uint8Array.from(words, (c) => c.charCodeAt(0));

/** Milliseconds from now to each AT+CARECV of the next `forMs`. */
async function asked(rig: Rig, forMs: number): Promise<number[]> {
  const began = rig.world.now;
  const times: number[] = [];
  let seen = rig.sent.length;
  await rig.world.run(() => {
    for (; seen < rig.sent.length; seen++) {
      if (rig.sent[seen]!.startsWith("AT+CARECV")) times.push(rig.world.now - began);
    }
    return false;
  }, forMs);
  return times;
}

/** Sends back what it got after a while. */
class SlowServer implements ServerCore {
  readonly #afterMs: number;
  #due: { at: number; action: ServerAction } | undefined;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }
  open(): ServerAction[] {
    return [];
  }
  receive(connection: number, bytes: Uint8Array, now: number): ServerAction[] {
    this.#due = { at: now + this.#afterMs, action: { do: "send", connection, bytes: bytes.slice() } };
    return [];
  }
  closed(): ServerAction[] {
    return [];
  }
  poll(now: number): ServerAction[] {
    if (!this.#due || now < this.#due.at) return [];
    const { action } = this.#due;
    this.#due = undefined;
    return [action];
  }
  nextDeadline(): number | undefined {
    return this.#due?.at;
  }
}

describe("a lost +CADATAIND", () => {
  test("costs two seconds", async () => {
    const rig = await online();
    const client = await opened(rig);
    lose(rig);
    const began = rig.world.now;
    client.write(text("hello"));
    await rig.world.run(() => client.count === 5, 60_000);
    expect(client.text).toBe("hello");
    expect(rig.world.now - began).toBeGreaterThanOrEqual(2000);
    expect(rig.world.now - began).toBeLessThan(2500);
  });

  test("in the middle of an answer costs no more, although nothing was sent since", async () => {
    const rig = await online({ sim: { faults: new Faults(["buffer-small=200"]) } });
    const client = await opened(rig);
    client.write(new Uint8Array(1000).fill(0x42));
    await rig.world.run(() => client.count > 0, 60_000);
    lose(rig);
    const began = rig.world.now;
    await rig.world.run(() => client.count === 1000, 60_000);
    expect(client.count).toBe(1000);
    // A buffer of 200 bytes: five times at the most.
    expect(rig.world.now - began).toBeLessThan(10_500);
  });

  test("is asked about after 2 s, then after twice as long each time, and no more after a minute", async () => {
    const rig = await online();
    const client = await opened(rig);
    lose(rig);
    client.write(text("hello"));
    const times = (await asked(rig, 600_000)).map((ms) => Math.round(ms / 1000));
    // The echo is found at the first, and taken until nothing is left; then it is quiet.
    expect(times).toEqual([2, 2, 4, 8, 16, 32, 64]);
    expect(client.text).toBe("hello");
  });

  test.each([5, 20, 50])("of an answer that takes %d s is found within twice the time", async (seconds) => {
    const rig = await online({ server: new SlowServer(seconds * 1000) });
    const client = await opened(rig);
    lose(rig);
    const began = rig.world.now;
    client.write(text("late"));
    await rig.world.run(() => client.count === 4, 300_000);
    expect(client.text).toBe("late");
    expect(rig.world.now - began).toBeLessThan(2 * seconds * 1000 + 2500);
  });

  test("is not waited for any longer because something is sent every second", async () => {
    const rig = await online();
    const client = await opened(rig);
    lose(rig);
    const began = rig.world.now;
    for (let i = 0; i < 10 && client.count === 0; i++) {
      client.write(text("x"));
      await rig.world.run(() => client.count > 0, 1000);
    }
    expect(rig.world.now - began).toBeLessThan(2500);
  });
});

describe("a modem that has nothing to tell is left in peace:", () => {
  test("a connection on which nothing was sent", async () => {
    const rig = await online();
    await opened(rig);
    await rig.world.run(600_000);
    expect(rig.sent).toEqual([]);
  });

  test("one that is idle, a minute after the last byte", async () => {
    const rig = await online();
    const client = await opened(rig);
    client.write(text("once"));
    await rig.world.run(70_000);
    rig.lines.length = 0;
    await rig.world.run(3_600_000);
    expect(rig.sent).toEqual([]);
    // A keep-alive is a byte: it is asked again.
    lose(rig);
    client.write(text("ping"));
    await rig.world.run(() => client.count === 8, 3000);
    expect(client.count).toBe(8);
  });

  test("one whose owner does not read: it is asked when there is room again", async () => {
    const rig = await online();
    const client = await opened(rig);
    client.reading = false;
    for (let i = 0; i < 3; i++) {
      client.write(new Uint8Array(1400));
      await rig.world.run(3000);
    }
    await rig.world.run(120_000);
    rig.lines.length = 0;
    await rig.world.run(600_000);
    expect(rig.sent).toEqual([]);
    client.reading = true;
    client.read();
    await rig.world.run(() => client.count === 4200, 10_000);
    expect(client.count).toBe(4200);
  });

  test("thirteen at once take turns", async () => {
    const rig = await online();
    const clients = Array.from({ length: 13 }, () => rig.client());
    await rig.world.run(() => clients.every(({ room }) => room > 0), 60_000);
    lose(rig);
    const began = rig.world.now;
    for (const client of clients) client.write(text("me too"));
    await rig.world.run(() => clients.every(({ count }) => count === 6), 60_000);
    expect(clients.every(({ count }) => count === 6)).toBe(true);
    expect(rig.world.now - began).toBeLessThan(5000);
  });
});

describe("other lines that are lost:", () => {
  test("the peer's end is noticed soon, behind all its bytes", async () => {
    const rig = await online();
    const client = await opened(rig);
    lose(rig, "lost-urc");
    const began = rig.world.now;
    client.write(text("the end: quit"));
    await rig.world.run(() => client.error !== undefined, 120_000);
    expect(client.text).toBe("the end: quit");
    expect(client.error).toMatchObject({ code: "closed" });
    expect(rig.world.now - began).toBeLessThan(5500);
    await rig.world.run(1000);
    expect(rig.sent.at(-1)).toBe("AT+CACLOSE=0");
  });

  test("the end of another connection is noticed with it", async () => {
    const rig = await online();
    const [a, b] = [await opened(rig), await opened(rig)];
    lose(rig, "lost-urc");
    b.write(text("quit"));
    a.write(text("hello"));
    await rig.world.run(() => b.error !== undefined, 120_000);
    expect(b.error).toMatchObject({ code: "closed" });
    await rig.world.run(200_000);
    expect(a.error).toBeUndefined();
  });

  test("the result of CAOPEN: the connection is used all the same", async () => {
    const rig = await online();
    lose(rig, "lost-urc");
    const began = rig.world.now;
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 120_000);
    expect(rig.world.now - began).toBeLessThan(6000);
    client.write(text("hello"));
    await rig.world.run(() => client.count === 5, 5000);
    expect(client.text).toBe("hello");
    expect(client.events.filter((event) => event === "error")).toEqual([]);
  });

  test("the address: the PDP context is found to be on", async () => {
    const rig = new Rig({ sim: { poweredOn: true, faults: new Faults(["lost-urc=100"]) } });
    await rig.settle(rig.modem.up());
    expect(rig.world.now - rig.started).toBeLessThan(20_000);
  });

  test("the result of NTP: the clock tells whether it was set", async () => {
    const rig = await online({ sim: { faults: new Faults(["no-network-time"]) } });
    lose(rig, "lost-urc");
    const time = await rig.settle(rig.modem.time());
    expect(time.source).toBe("ntp");
    expect(Math.abs(time.wallMs - rig.world.now)).toBeLessThan(2000);
  });
});
