import { describe, expect, test } from "@jest/globals";
import { MAX_UNACKED_BYTES } from "../../../../firmware/modem/sim7080/ack-window.js";
import { RX_BUFFER_BYTES, TX_BUFFER_BYTES } from "../../../../firmware/modem/sim7080/connection.js";
import { SAFE_CHUNK_BYTES } from "../../../../firmware/modem/sim7080/socket-exchanges.js";
import type { Failure } from "../../../../firmware/platform/failure.js";
import { Faults } from "../../../../host-sim/modem/faults.js";
import { Client, ECHO_HOST, ECHO_PORT, Rig, type RigOptions } from "../rig.js";

async function online(options: RigOptions & { faults?: string[] } = {}): Promise<Rig> {
  const { faults = [], ...rest } = options;
  const rig = new Rig({ ...rest, sim: { poweredOn: true, faults: new Faults(faults), ...rest.sim } });
  await rig.settle(rig.modem.up());
  return rig;
}

async function opened(rig: Rig, count = 1): Promise<Client[]> {
  const clients = Array.from({ length: count }, () => rig.client());
  if (!(await rig.world.run(() => clients.every(({ room }) => room > 0), 200_000))) throw new Error("not open");
  return clients;
}

/** Bytes that differ from place to place, CR LF and what looks like results among them. */
function payload(length: number): Uint8Array {
  const seed = "\r\nOK\r\n+CARECV: 5,ERROR\r\n> \x1a\x1b\0";
  return Uint8Array.from({ length }, (_, i) => (i % 97 < seed.length ? seed.charCodeAt(i % 97) : i & 255));
}

/** Writes all of `bytes` as room comes. */
function pour(client: Client, bytes: Uint8Array): void {
  let at = 0;
  const fill = () => {
    while (at < bytes.length && client.room > 0) {
      const part = bytes.subarray(at, at + client.room);
      at += part.length;
      client.write(part);
    }
  };
  client.onRoom = fill;
  fill();
}

async function echoed(rig: Rig, client: Client, bytes: Uint8Array, limitMs = 120_000): Promise<void> {
  pour(client, bytes);
  await rig.world.run(() => client.count >= bytes.length || client.error !== undefined, limitMs);
  expect(client.error).toBeUndefined();
  expect(Buffer.compare(client.received, bytes)).toBe(0);
}

describe("bytes", () => {
  test("go both ways unchanged, whatever they look like", async () => {
    const rig = await online();
    const [client] = await opened(rig);
    await echoed(rig, client!, payload(20_000));
  });

  test.each([
    "carecv-max=1459",
    "carecv-max=7",
    "carecv-empty-ok",
    "carecv-two-crlf",
    "urc-storm",
    "echo",
    "buffer-small=200",
  ])("survive a modem with %s", async (fault) => {
    const rig = await online({ faults: [fault] });
    const [client] = await opened(rig);
    await echoed(rig, client!, payload(2000));
  });

  test("written in many small pieces leave in few transfers", async () => {
    const rig = await online();
    const [client] = await opened(rig);
    for (let i = 0; i < 100; i++) client!.write(Uint8Array.of(i));
    await rig.world.run(() => client!.count === 100, 60_000);
    expect(rig.sent.filter((line) => line.startsWith("AT+CASEND")).length).toBeLessThanOrEqual(2);
  });

  test("are read until the modem has none left", async () => {
    const rig = await online();
    const [client] = await opened(rig);
    await echoed(rig, client!, payload(100));
    await rig.world.run(5000);
    expect(rig.lines.filter((line) => line.startsWith("< +CARECV")).at(-1)).toBe("< +CARECV: 0");
  });

  test("are counted", async () => {
    const rig = await online();
    const [client] = await opened(rig);
    await echoed(rig, client!, payload(3000));
    expect(rig.modem.counters()).toMatchObject({ airTxBytes: 3000, airRxBytes: 3000, socketsOpened: 1 });
  });
});

describe("room and back-pressure", () => {
  test("a write that does not fit is output-full; before the connection stands nothing fits", async () => {
    const rig = await online();
    const early = rig.client();
    expect(() => early.write(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: "output-full" }));
    await rig.world.run(() => early.room > 0, 60_000);
    expect(early.room).toBe(TX_BUFFER_BYTES);
    expect(early.socket.write(new Uint8Array(1000))).toBe(TX_BUFFER_BYTES - 1000);
    expect(early.socket.write(new Uint8Array(0))).toBe(TX_BUFFER_BYTES - 1000);
    expect(() => early.write(new Uint8Array(TX_BUFFER_BYTES))).toThrow(
      expect.objectContaining({ code: "output-full" }),
    );
  });

  test("an owner that does not read holds back the modem's bytes, not the driver's memory", async () => {
    const rig = await online();
    const [slow, quick] = await opened(rig, 2);
    slow!.reading = false;
    const bytes = payload(9000);
    pour(slow!, bytes);
    await rig.world.run(60_000);
    expect(rig.modem.counters().airRxBytes).toBeLessThanOrEqual(RX_BUFFER_BYTES);
    await echoed(rig, quick!, payload(500));
    slow!.reading = true;
    slow!.read();
    await rig.world.run(() => slow!.count === bytes.length, 60_000);
    expect(Buffer.compare(slow!.received, bytes)).toBe(0);
  });

  test("read takes as many bytes as asked for, over the modem's transfers", async () => {
    const rig = await online();
    const [client] = await opened(rig);
    client!.reading = false;
    const bytes = payload(2500);
    pour(client!, bytes);
    await rig.world.run(30_000);
    const parts = [5, 1500, 10_000].map((count) => new Uint8Array(client!.socket.read(count) ?? new ArrayBuffer(0)));
    expect(parts.map(({ length }) => length)).toEqual([5, 1500, 995]);
    expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0);
    expect(client!.socket.read()).toBeUndefined();
  });

  test("only the buffer format is known", async () => {
    const rig = await online();
    const { socket } = rig.client();
    expect(socket.format).toBe("buffer");
    expect(() => {
      socket.format = "number";
    }).toThrow(RangeError);
  });
});

describe("the trap of unacknowledged bytes", () => {
  test("CASEND never meets it, and CAACK is asked for only near it", async () => {
    const rig = await online({
      device: { up: { latencyMs: 400, jitterMs: 0, bytesPerSecond: 20_000, loss: 0, recoveryMs: 0 } },
    });
    const [client] = await opened(rig);
    rig.lines.length = 0;
    pour(client!, payload(1000));
    await rig.world.run(() => client!.count === 1000, 60_000);
    expect(rig.sent.some((line) => line.startsWith("AT+CAACK"))).toBe(false);
    client!.chunks.length = 0;
    await echoed(rig, client!, payload(60_000), 600_000);
    expect(rig.lines.some((line) => line.includes("ERROR"))).toBe(false);
    const acks = rig.lines.filter((line) => line.startsWith("< +CAACK")).map((line) => Number(line.split(",")[1]));
    expect(acks.length).toBeGreaterThan(0);
    expect(Math.max(...acks)).toBeLessThanOrEqual(MAX_UNACKED_BYTES);
  });

  test("a peer that acknowledges nothing more fails the socket in about a minute, and no other", async () => {
    const rig = await online();
    const [stuck, other] = await opened(rig, 2);
    rig.sim.setFault("unacked");
    pour(stuck!, payload(20_000));
    const started = rig.world.now;
    await rig.world.run(() => stuck!.error !== undefined, 300_000);
    expect(stuck!.error).toMatchObject({ code: "socket-send", advice: "back-off" });
    expect(rig.world.now - started).toBeLessThan(90_000);
    rig.sim.clearFault("unacked");
    await echoed(rig, other!, payload(100));
  });

  test("an error behind the bytes ends the socket, as nobody knows what became of them", async () => {
    const rig = await online();
    const [client] = await opened(rig);
    rig.sim.setFault("casend-error");
    pour(client!, payload(100));
    await rig.world.run(() => client!.error !== undefined, 60_000);
    expect(client!.error).toMatchObject({ code: "socket-send" });
    await opened(rig);
  });

  test("a modem that refuses large chunks gets smaller ones from then on", async () => {
    const filter = (line: string) => {
      const length = Number(/^AT\+CASEND=\d+,(\d+),/.exec(line)?.[1] ?? 0);
      return length > SAFE_CHUNK_BYTES ? "AT+NOT" : line;
    };
    const rig = await online({ filter });
    const [client] = await opened(rig);
    rig.lines.length = 0;
    await echoed(rig, client!, payload(10_000));
    expect(rig.lines.filter((line) => line.includes("ERROR"))).toHaveLength(1);
  });
});

describe("several sockets", () => {
  test("all 13 ids work at once; a fourteenth is refused with socket-limit", async () => {
    const rig = await online();
    const clients = await opened(rig, 13);
    const extra = rig.client();
    await rig.world.run(() => extra.error !== undefined, 1000);
    expect(extra.error).toMatchObject({ code: "socket-limit", advice: "back-off" });
    for (const [i, client] of clients.entries()) client.write(Uint8Array.of(i, i, i));
    await rig.world.run(() => clients.every(({ count }) => count === 3), 60_000);
    for (const [i, client] of clients.entries()) expect([...client.received]).toEqual([i, i, i]);
    for (const client of clients) client.socket.close();
    await rig.world.run(10_000);
    await opened(rig, 13);
  });

  test("take turns: a bulk transfer does not starve a small one", async () => {
    const rig = await online();
    const [bulk, small] = await opened(rig, 2);
    pour(bulk!, payload(60_000));
    await rig.world.run(2000);
    const before = rig.sent.length;
    small!.write(Uint8Array.of(1));
    await rig.world.run(() => small!.count === 1, 60_000);
    // The transfer in flight and one more at most stand between the write and its turn.
    const waited = rig.sent.slice(before, rig.sent.indexOf("AT+CASEND=1,1,2000"));
    expect(
      waited.filter((line) => line.startsWith("AT+CASEND=0") || line.startsWith("AT+CARECV=0")).length,
    ).toBeLessThanOrEqual(2);
  });

  test("that all have much to send share the line evenly", async () => {
    const rig = await online();
    const clients = await opened(rig, 4);
    for (const client of clients) pour(client, payload(30_000));
    await rig.world.run(8000);
    const turns = rig.sent.map((line) => /^AT\+CASEND=(\d)/.exec(line)?.[1]).filter((cid) => cid !== undefined);
    const counts = clients.map((_, i) => turns.filter((cid) => cid === String(i)).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    expect(Math.min(...counts)).toBeGreaterThan(3);
  });
});

describe("opening", () => {
  test("tells every failure through onError, never from inside the constructor", async () => {
    const rig = await online();
    const TCP = rig.modem.TCP;
    const cases: [string, number, string][] = [
      ['evil",1\r\nAT+CPOWD=1', 80, "socket-host"],
      ["", 80, "socket-host"],
      ["a".repeat(65), 80, "socket-host"],
      [ECHO_HOST, 0, "socket-host"],
      [ECHO_HOST, 65_536, "socket-host"],
      [ECHO_HOST, 1.5, "socket-host"],
    ];
    const before = rig.lines.length;
    for (const [host, port, code] of cases) {
      const client = new Client(TCP, host, port);
      expect(client.events).toEqual([]);
      await rig.world.run(10);
      expect(client.error).toMatchObject({ code, advice: "give-up" });
    }
    expect(rig.lines.length).toBe(before);
  });

  test("before the link is up: socket-link", async () => {
    const rig = new Rig();
    const client = rig.client();
    await rig.world.run(10);
    expect(client.error).toMatchObject({ code: "socket-link", advice: "back-off" });
  });

  test.each([
    [1, "socket-error"],
    [2, "socket-memory"],
    [3, "socket-limit"],
    [4, "socket-parameter"],
    [9, "socket-state"],
    [18, "socket-connect"],
    [20, "socket-dns"],
    [21, "socket-link"],
    [23, "socket-refused"],
    [27, "socket-connect"],
  ])("result %d of CAOPEN is %s", async (result, code) => {
    const rig = await online();
    rig.sim.setFault("caopen-result", result);
    const client = rig.client();
    await rig.world.run(() => client.error !== undefined, 60_000);
    expect(client.error).toMatchObject({ code, result });
  });

  test("a name that does not resolve and a port nobody listens on", async () => {
    const rig = await online();
    const [unknown, refused] = [rig.client("nowhere.example.com"), rig.client(ECHO_HOST, 9)];
    await rig.world.run(() => unknown.error !== undefined && refused.error !== undefined, 60_000);
    expect(unknown.error).toMatchObject({ code: "socket-dns" });
    expect(refused.error).toMatchObject({ code: "socket-refused" });
  });

  test("that takes 75 s to fail holds up no other socket where the modem can do it", async () => {
    const rig = await online();
    const [other] = await opened(rig);
    rig.sim.setFault("caopen-stall");
    const slow = rig.client();
    await rig.world.run(1000);
    const started = rig.world.now;
    await echoed(rig, other!, payload(500));
    expect(rig.world.now - started).toBeLessThan(5000);
    await rig.world.run(() => slow.error !== undefined, 100_000);
    expect(slow.error).toMatchObject({ code: "socket-memory", result: 2 });
    expect(rig.world.now - started).toBeGreaterThan(70_000);
  });

  test("works with firmware that has no ASYNCOPEN, where the result stands before OK", async () => {
    const rig = await online({ filter: (line) => line.replace("+CACFG", "+NOT") });
    const [client] = await opened(rig);
    expect(rig.lines.indexOf("< +CAOPEN: 0,0")).toBe(
      rig.lines.indexOf('> AT+CAOPEN=0,0,"TCP","echo.example.com",7') + 1,
    );
    await echoed(rig, client!, payload(3000));
    rig.sim.setFault("caopen-stall");
    const slow = rig.client();
    await rig.world.run(() => slow.error !== undefined, 100_000);
    expect(slow.error).toMatchObject({ code: "socket-memory" });
  });

  test("without any result ends with socket-timeout", async () => {
    const rig = await online();
    // The modem opens another id, and says nothing of this one.
    const silent = await online({ filter: (line) => line.replace(/^AT\+CAOPEN=0,/, "AT+CAOPEN=5,") });
    const client = silent.client();
    await silent.world.run(() => client.error !== undefined, 200_000);
    expect(client.error).toMatchObject({ code: "socket-timeout" });
    expect(rig.losses).toEqual([]);
  });

  test("an id that is still in use in the modem is released and opened", async () => {
    const rig = await online();
    await opened(rig, 1);
    // The driver of a restarted chip whose modem does not tell what is open.
    const filter = (line: string) => (line === "AT+CASTATE?" ? "AT" : line);
    const again = rig.make({ ...rig.device.boot() }, filter);
    await rig.settle(again.up());
    const client = new Client(again.TCP, ECHO_HOST, ECHO_PORT);
    await rig.world.run(() => client.room > 0, 60_000);
    expect(client.room).toBeGreaterThan(0);
  });

  test("an id that is left over from an earlier life is released as soon as the modem tells of it", async () => {
    const rig = await online();
    await opened(rig, 2);
    // The driver of a restarted chip, to which the modem's answer came garbled; it opens the other id again.
    let lost = 0;
    const filter = (line: string) => (line === "AT+CASTATE?" && lost++ === 0 ? "AT" : line);
    const again = rig.make({ ...rig.device.boot() }, filter);
    await rig.settle(again.up());
    const client = new Client(again.TCP, ECHO_HOST, ECHO_PORT);
    await rig.world.run(() => client.room > 0, 60_000);
    expect(rig.sim.snapshot().sockets).toBe(2);
    // Where nothing comes, the modem is asked how its sockets are.
    client.write(payload(10));
    await rig.world.run(60_000);
    expect(rig.sim.snapshot().sockets).toBe(1);
    expect(client.error).toBeUndefined();
  });
});

describe("the end of a connection", () => {
  test("bytes that came before the peer's end are offered before it is told", async () => {
    const rig = await online();
    const [client] = await opened(rig);
    const bytes = new Uint8Array([...payload(2500), ...Array.from("quit", (c) => c.charCodeAt(0))]);
    pour(client!, bytes);
    await rig.world.run(() => client!.error !== undefined, 60_000);
    expect(client!.error).toMatchObject({ code: "closed" });
    expect(Buffer.compare(client!.received, bytes)).toBe(0);
    expect(client!.events.at(-1)).toBe("error");
  });

  test("an owner that reads late still gets all of them first", async () => {
    const rig = await online({ faults: ["peer-close=3000"] });
    const [client] = await opened(rig);
    client!.reading = false;
    pour(client!, payload(3000));
    await rig.world.run(15_000);
    expect(client!.error).toBeUndefined();
    while (client!.error === undefined) {
      client!.read();
      await rig.world.run(500);
    }
    expect(client!.count).toBe(3000);
    expect(client!.error).toMatchObject({ code: "closed" });
  });

  test("an owner that never reads is told all the same, in bounded time", async () => {
    const rig = await online();
    const [client] = await opened(rig);
    client!.reading = false;
    client!.write(Uint8Array.from("quit", (c) => c.charCodeAt(0)));
    await rig.world.run(() => client!.error !== undefined, 120_000);
    expect(client!.error).toMatchObject({ code: "closed" });
  });

  test("that comes at once after the open is told after onWritable", async () => {
    const rig = await online({ faults: ["caopen-close"] });
    const client = rig.client();
    await rig.world.run(() => client.error !== undefined, 60_000);
    expect(client.events).toEqual(["writable", "error"]);
  });

  test("every id is released, and can be used again", async () => {
    const rig = await online();
    for (let i = 0; i < 3; i++) {
      const [client] = await opened(rig);
      client!.write(Uint8Array.from("quit", (c) => c.charCodeAt(0)));
      await rig.world.run(() => client!.error !== undefined, 60_000);
      await rig.world.run(1000);
    }
    expect(rig.sent.filter((line) => line.startsWith("AT+CAOPEN=0,"))).toHaveLength(3);
  });

  test("closed by its owner, it calls nobody any more, and what was written still leaves", async () => {
    const rig = await online();
    const [client] = await opened(rig);
    client!.write(payload(2000));
    const events = client!.events.length;
    client!.socket.close();
    client!.socket.close();
    await rig.world.run(10_000);
    expect(client!.events.length).toBe(events);
    expect([...rig.echo.received.values()][0]).toHaveLength(2000);
    expect(rig.sent.at(-1)).toBe("AT+CACLOSE=0");
  });

  test("closed while it opens, it is closed in the modem as soon as that can be", async () => {
    const rig = await online();
    const client = rig.client();
    await rig.world.run(100);
    client.socket.close();
    await rig.world.run(30_000);
    expect(client.events).toEqual([]);
    expect(rig.sent.at(-1)).toBe("AT+CACLOSE=0");
    await opened(rig, 13);
  });

  test("written to after its end, it takes nothing and throws nothing", async () => {
    const rig = await online();
    const [client] = await opened(rig);
    client!.write(Uint8Array.from("quit", (c) => c.charCodeAt(0)));
    await rig.world.run(() => client!.error !== undefined, 60_000);
    expect(client!.socket.write(Uint8Array.of(1))).toBe(0);
    client!.socket.close();
  });
});

describe("a lost PDP context", () => {
  test("fails all sockets at once, also one that opens, and later ones until the link is up again", async () => {
    const rig = await online();
    const clients = await opened(rig, 3);
    const opening = rig.client();
    await rig.world.run(50);
    rig.device.push(rig.sim.mishap("pdp-drop", rig.world.now));
    await rig.world.run(() => rig.losses.length > 0, 5000);
    const errors = [...clients, opening].map(({ error }) => error as Failure | undefined);
    expect(errors.map((error) => error?.code)).toEqual(Array(4).fill("socket-link"));
    const late = rig.client();
    await rig.world.run(10);
    expect(late.error).toMatchObject({ code: "socket-link" });
    await rig.settle(rig.modem.up());
    const [again] = await opened(rig);
    await echoed(rig, again!, payload(100));
  });
});
