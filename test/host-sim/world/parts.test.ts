import { Buffer } from "node:buffer";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { powerOn } from "../../../host-sim/world/board.js";
import { ByteQueue } from "../../../host-sim/world/byte-queue.js";
import { Link } from "../../../host-sim/world/link.js";
import { Prng } from "../../../host-sim/world/prng.js";
import { Scheduler } from "../../../host-sim/world/scheduler.js";
import { matchesName } from "../../../host-sim/world/tls-verdict.js";
import {
  DataWriter,
  encodeAlert,
  encodeMessage,
  RecordReader,
  type TlsEvent,
} from "../../../host-sim/world/tls-wire.js";
import { Trace } from "../../../host-sim/world/trace.js";
import { VirtualUart } from "../../../host-sim/world/uart.js";

describe("a byte queue", () => {
  test("gives out what was put in, whatever the pieces", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 20 })),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        (pieces, limits) => {
          const queue = new ByteQueue();
          for (const piece of pieces) queue.push(piece);
          const out: Uint8Array[] = [];
          for (;;) {
            const bytes = queue.take(limits.next().value);
            if (bytes === undefined) break;
            out.push(bytes);
          }
          expect(Buffer.concat(out).equals(Buffer.concat(pieces))).toBe(true);
          expect(queue.length).toBe(0);
        },
      ),
    );
  });
});

describe("seeded random numbers", () => {
  test("a child's numbers do not depend on what its parent or siblings have drawn", () => {
    const untouched = new Prng(42).split("path").split("up");
    const parent = new Prng(42);
    parent.uint32();
    parent.split("other").unit();
    const child = parent.split("path").split("up");
    expect(Array.from({ length: 8 }, () => child.uint32())).toEqual(
      Array.from({ length: 8 }, () => untouched.uint32()),
    );
    expect(new Prng(42).split("a").uint32()).not.toBe(new Prng(42).split("b").uint32());
    expect(new Prng(1).uint32()).not.toBe(new Prng(2).uint32());
  });

  test("spread evenly over their range and over each bit", () => {
    const random = new Prng("spread");
    const draws = 65_536;
    const buckets = new Array<number>(64).fill(0);
    const ones = new Array<number>(32).fill(0);
    for (let i = 0; i < draws; i++) {
      buckets[random.below(64)]!++;
      const word = random.uint32();
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (word >>> bit) & 1;
    }
    // Chi-square with 63 degrees of freedom: beyond 110 less than once in ten thousand seeds.
    const expected = draws / 64;
    expect(buckets.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)).toBeLessThan(110);
    for (const count of ones) expect(Math.abs(count - draws / 2)).toBeLessThan(5 * Math.sqrt(draws / 4));
  });

  test("fills views of any length, and draws nothing for an impossible chance", () => {
    const random = new Prng(3);
    const whole = new Uint8Array(11);
    random.fill(whole);
    const again = new Prng(3);
    expect(again.chance(0)).toBe(false);
    const part = new Uint8Array(10);
    again.fill(part);
    expect(part).toEqual(whole.subarray(0, 10));
  });
});

describe("a trace", () => {
  test("shows how many bytes there were, not which; the hash tells them apart", () => {
    const lines: string[] = [];
    const traces = ["secret", "Secret"].map((text) => {
      const trace = new Trace(1000, (line) => lines.push(line));
      trace.note(1250.5, "d1", "uart-up", 0, Buffer.from(text));
      return trace.digest();
    });
    expect(lines).toEqual(["250.500 d1 uart-up 6", "250.500 d1 uart-up 6"]);
    expect(traces[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(traces[1]).not.toBe(traces[0]);
  });
});

describe("a link", () => {
  test("takes latency and bandwidth, keeps the order, and comes late for a loss", async () => {
    const scheduler = new Scheduler(0);
    const profile = { latencyMs: 100, jitterMs: 50, bytesPerSecond: 1000, loss: 0.2, recoveryMs: 400 };
    const link = new Link(scheduler, new Prng(5), profile);
    const arrivals: { i: number; at: number }[] = [];
    for (let i = 0; i < 50; i++) link.carry(100, () => arrivals.push({ i, at: scheduler.now }));
    await scheduler.run(60_000);
    expect(arrivals.map(({ i }) => i)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    for (const { i, at } of arrivals) expect(at).toBeGreaterThanOrEqual((i + 1) * 100 + 100);
    const late = arrivals.filter(({ i, at }) => at > (i + 1) * 100 + 150);
    expect(late.length).toBeGreaterThan(5);
    expect(arrivals.at(-1)!.at).toBeLessThan(50 * 100 + 100 + 50 + 400 + 1);
  });
});

describe("a board's clock and timers", () => {
  test("a quartz that runs fast counts more, and its timers fire early", async () => {
    const scheduler = new Scheduler(1_000_000);
    const { clock, timer } = powerOn(scheduler, { wall: "true", skewMs: -500, driftPpm: 10_000 });
    let fired = 0;
    timer.set(() => {
      fired = scheduler.now;
    }, 10_100);
    await scheduler.run(1_010_000);
    expect(fired).toBe(1_010_000);
    expect(clock.monotonic()).toBe(10_100);
    expect(clock.wall()).toBe(1_000_000 - 500 + 10_100);
  });

  test("an unset wall clock is unknown until it is set, in whole milliseconds", async () => {
    const scheduler = new Scheduler(0);
    const { clock, timer } = powerOn(scheduler);
    expect(clock.wall()).toBeUndefined();
    scheduler.pure(10.75, () => clock.setWall(2_000_000));
    timer.clear(timer.set(() => clock.setWall(0), 5));
    await scheduler.run(20.9);
    expect(clock.wall()).toBe(2_000_010);
  });
});

describe("a UART in virtual time", () => {
  function wire() {
    const scheduler = new Scheduler(0);
    const heard = { modem: "", host: "" };
    const modem = {
      fromHost: (bytes: Uint8Array) => {
        heard.modem += Buffer.from(bytes).toString("latin1");
      },
    };
    const uart = new VirtualUart(scheduler, new Trace(0), new Prng(1), "d1", modem);
    uart.onData = (bytes) => {
      heard.host += Buffer.from(bytes).toString("latin1");
    };
    return { scheduler, uart, heard };
  }

  test("a modem that autobauds follows the host", async () => {
    const { scheduler, uart, heard } = wire();
    uart.setBaud(9600);
    uart.write(Buffer.from("AT\r"));
    uart.toHost(Buffer.from("OK"));
    await scheduler.run(100);
    expect(heard).toEqual({ modem: "AT\r", host: "OK" });
  });

  test("ends at different speeds hear noise, until both have changed", async () => {
    const { scheduler, uart, heard } = wire();
    uart.setModemBaud(115_200);
    uart.toHost(Buffer.from("OK"));
    uart.setModemBaud(460_800);
    uart.toHost(Buffer.from("RDY"));
    await scheduler.run(100);
    expect(heard.host).toHaveLength(5);
    expect(heard.host.slice(0, 2)).toBe("OK");
    expect(heard.host.slice(2)).not.toBe("RDY");
    uart.setBaud(460_800);
    await scheduler.run(200);
    heard.host = "";
    uart.toHost(Buffer.from("RDY"));
    uart.write(Buffer.from("AT\r"));
    await scheduler.run(300);
    expect(heard).toEqual({ modem: "AT\r", host: "RDY" });
  });
});

describe("modelled TLS on the wire", () => {
  const certificate = { names: ["a"], notBefore: 0, notAfter: 1, rootFingerprint: "00" };
  const events: TlsEvent[] = [
    { event: "message", message: { type: "clientHello", body: { sni: "a", alpn: ["mqtt"], versions: ["1.3"] } } },
    { event: "message", message: { type: "serverFlight", body: { version: "1.3", certificate } } },
    { event: "data", bytes: Uint8Array.of(1, 2, 3) },
    { event: "alert", alert: "close_notify" },
  ];
  const data = new DataWriter();
  const wire = Buffer.concat(
    events.map((event) => {
      if (event.event === "message") return encodeMessage(event.message, "1.3", 3900, 512);
      return event.event === "data" ? data.encode(event.bytes, "1.3") : encodeAlert("close_notify");
    }),
  );

  test("any split gives the same events", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (sizes) => {
        const reader = new RecordReader();
        const seen: TlsEvent[] = [];
        for (let at = 0, i = 0; at < wire.length; i++) {
          const size = sizes[i % sizes.length]!;
          seen.push(...reader.read(wire.subarray(at, at + size)));
          at += size;
        }
        expect(
          seen.map((event) => (event.event === "data" ? { ...event, bytes: new Uint8Array(event.bytes) } : event)),
        ).toEqual(events);
      }),
      { numRuns: 50 },
    );
  });

  test("lengths are those of the real thing", () => {
    expect(wire.length).toBeGreaterThan(300 + 3900);
    expect(new DataWriter().encode(new Uint8Array(100), "1.3")).toHaveLength(100 + 5 + 17);
    expect(new DataWriter().encode(new Uint8Array(100), "1.2")).toHaveLength(100 + 5 + 24);
    expect(new DataWriter().encode(new Uint8Array(16_385), "1.2")).toHaveLength(16_385 + 2 * 29);
  });

  test("a bit turned over anywhere in a handshake message is noticed", () => {
    const hello = { sni: "a.example", alpn: ["mqtt"], versions: ["1.3" as const] };
    const record = encodeMessage({ type: "clientHello", body: hello }, "1.3");
    for (let at = 5; at < record.length; at++) {
      const spoilt = record.slice();
      spoilt[at]! ^= 0x10;
      const events = new RecordReader().read(spoilt);
      expect(events.filter(({ event }) => event === "message")).toEqual([]);
    }
  });

  test("a record of data that was lost on the way is noticed at the next one", () => {
    const writer = new DataWriter();
    const [first, , third] = [1, 2, 3].map((byte) => writer.encode(Uint8Array.of(byte), "1.3"));
    const reader = new RecordReader();
    expect(reader.read(first!)).toMatchObject([{ event: "data" }]);
    expect(reader.read(third!)).toMatchObject([{ event: "malformed", reason: "bad record MAC" }]);
  });

  test("a bit turned over in a record of data, on whatever byte of its body, is noticed", () => {
    const record = new DataWriter().encode(Uint8Array.of(1, 2, 3), "1.3");
    for (let at = 5; at < 5 + 5; at++) {
      const spoilt = record.slice();
      spoilt[at]! ^= 0x10;
      expect(new RecordReader().read(spoilt)).toMatchObject([{ event: "malformed" }]);
    }
    const spoilt = record.slice();
    spoilt[record.length - 1]! ^= 0x10;
    expect(new RecordReader().read(spoilt)).toMatchObject([{ event: "malformed", reason: "bad record MAC" }]);
  });

  test("any bytes at all end in events, never in a throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(20, 21, 22, 23), (bytes, type) => {
        const events = new RecordReader().read(Uint8Array.of(type, 3, 3, 0, bytes.length, ...bytes));
        expect(Array.isArray(events)).toBe(true);
      }),
    );
  });
});

describe("certificate names", () => {
  test.each([
    ["broker.eu.example", "broker.eu.example", true],
    ["BROKER.eu.example", "broker.EU.example", true],
    ["broker.eu.example", "*.eu.example", true],
    ["a.broker.eu.example", "*.eu.example", false],
    ["eu.example", "*.eu.example", false],
    ["broker.example", "*.example", false],
    ["broker.eu.example", "b*.eu.example", false],
    ["broker.eu.example", "*", false],
  ])("%s by %s: %s", (host, pattern, matches) => {
    expect(matchesName(host, pattern)).toBe(matches);
  });
});
