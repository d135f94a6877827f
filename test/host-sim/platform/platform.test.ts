import { Buffer } from "node:buffer";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { asFailure } from "../../../firmware/platform/failure.js";
import type { KeyValue } from "../../../firmware/platform/storage.js";
import { nodeClock, nodeTimer } from "../../../host-sim/platform/clock.js";
import { FileKeyValue } from "../../../host-sim/platform/key-value.js";
import { serialOver } from "../../../host-sim/platform/serial.js";
import { nodeRandom } from "../../../host-sim/platform/system.js";
import { nodeTcp } from "../../../host-sim/platform/tcp.js";
import { uartOverTcp } from "../../../host-sim/platform/uart-tcp.js";
import type { UartEnd } from "../../../host-sim/world/core.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";

describe("clock and timer", () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test("the wall clock is unknown until it is set, and then runs on", () => {
    jest.useFakeTimers();
    const clock = nodeClock();
    expect(clock.wall()).toBeUndefined();
    jest.advanceTimersByTime(1000);
    clock.setWall(5_000_000);
    jest.advanceTimersByTime(250);
    expect(clock.wall()).toBe(5_000_250);
    expect(clock.monotonic()).toBe(1250);
  });

  test("a delay longer than Node's timers know is kept", () => {
    jest.useFakeTimers();
    const month = 31 * 86_400_000;
    let ran = 0;
    nodeTimer.set(() => ran++, month);
    const cleared = nodeTimer.set(() => ran++, month);
    jest.advanceTimersByTime(30 * 86_400_000);
    nodeTimer.clear(cleared);
    nodeTimer.clear(undefined);
    expect(ran).toBe(0);
    jest.advanceTimersByTime(86_400_000);
    expect(ran).toBe(1);
  });
});

describe("random numbers", () => {
  test("fill views of any size", () => {
    const bytes = new Uint8Array(200_000);
    nodeRandom(bytes);
    expect(new Set(bytes.subarray(199_000)).size).toBeGreaterThan(200);
  });
});

describe("key-value", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "simkey-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const stores: { name: string; open: () => KeyValue }[] = [
    { name: "in memory", open: () => new MemoryKeyValue() },
    { name: "in a directory", open: () => new FileKeyValue(join(directory, "state")) },
  ];

  test.each(stores)("$name: gives back what was written, as a copy", ({ open }) => {
    const store = open();
    const value = Uint8Array.of(1, 2, 3);
    store.write("token.1", value);
    value[0] = 9;
    expect(store.read("token.1")).toEqual(Uint8Array.of(1, 2, 3));
    store.write("token.1", new Uint8Array(0));
    expect(store.read("token.1")).toEqual(new Uint8Array(0));
    store.delete("token.1");
    store.delete("token.1");
    expect(store.read("token.1")).toBeUndefined();
  });

  test.each(stores)("$name: takes only keys that NVS takes", ({ open }) => {
    const store = open();
    for (const key of ["", "sixteen-letters-", "a/b", "ä"]) expect(() => store.read(key)).toThrow(RangeError);
    for (const key of [".", "..", "fifteen-letters"]) {
      store.write(key, Uint8Array.of(7));
      expect(store.read(key)).toEqual(Uint8Array.of(7));
    }
  });

  test("a directory keeps values over a restart, for their owner alone, and leaves nothing half written", () => {
    const state = join(directory, "state");
    new FileKeyValue(state).write("key", Uint8Array.of(1));
    expect(new FileKeyValue(state).read("key")).toEqual(Uint8Array.of(1));
    expect(readdirSync(state)).toEqual(["kv-key"]);
    expect(statSync(join(state, "kv-key")).mode & 0o077).toBe(0);
  });
});

/** The modem's side of a UART, for a test to play. */
function testEnd() {
  const sent: string[] = [];
  const bauds: number[] = [];
  const end: UartEnd = {
    onData: undefined,
    onClosed: undefined,
    write: (bytes) => void sent.push(Buffer.from(bytes).toString()),
    setBaud: (baud) => void bauds.push(baud),
    close: () => void sent.push("<close>"),
  };
  return { end, sent, bauds };
}

describe("serial over a UART end", () => {
  test("opens after its constructor, and carries bytes and speed both ways", async () => {
    const { end, sent, bauds } = testEnd();
    const Serial = serialOver(() => end);
    const seen: number[] = [];
    const port = new Serial({
      baud: 115_200,
      onReadable: (count) => seen.push(count),
      onWritable: () => port.write(Buffer.from("AT\r")),
    });
    expect(sent).toEqual([]);
    await Promise.resolve();
    end.onData!(Buffer.from("OK"));
    end.onData!(Buffer.from("!"));
    expect(seen).toEqual([2, 3]);
    expect(Buffer.from(port.read(1)!).toString()).toBe("O");
    expect(Buffer.from(port.read()!).toString()).toBe("K!");
    expect(port.read()).toBeUndefined();
    port.setBaud(460_800);
    port.close();
    expect(sent).toEqual(["AT\r"]);
    expect(bauds).toEqual([115_200, 460_800]);
    expect(end.onData).toBeUndefined();
  });

  test("bytes that nobody reads in time are an overrun, not growth", () => {
    const { end } = testEnd();
    let code: string | undefined;
    new (serialOver(() => end))({
      baud: 115_200,
      onError: (error) => {
        code = asFailure(error).code;
      },
    });
    for (let i = 0; i < 9; i++) end.onData!(new Uint8Array(1000));
    expect(code).toBe("serial-overrun");
  });

  test("the line outlives an instance, for the next one after a restart", async () => {
    const { end, sent } = testEnd();
    const Serial = serialOver(() => end);
    new Serial({ baud: 115_200 }).close();
    const port = new Serial({ baud: 115_200, onWritable: () => port.write(Buffer.from("AT\r")) });
    await Promise.resolve();
    end.onData!(Buffer.from("OK"));
    expect(Buffer.from(port.read()!).toString()).toBe("OK");
    expect(sent).toEqual(["AT\r"]);
  });

  test("a lost line is reported once", () => {
    const { end } = testEnd();
    const codes: string[] = [];
    new (serialOver(() => end))({ baud: 115_200, onError: (error) => codes.push(asFailure(error).code) });
    end.onClosed!(new Error("unplugged"));
    end.onClosed!(new Error("unplugged"));
    expect(codes).toEqual(["serial-lost"]);
  });
});

/** A listening socket on loopback and the first connection to it. */
async function listener() {
  let accept!: (socket: Socket) => void;
  const peer = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const server = createServer((socket) => accept(socket.on("error", () => {})));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { server, peer, port: (server.address() as AddressInfo).port };
}

describe("a modem's UART over TCP", () => {
  test("carries bytes both ways and tells when the line is gone", async () => {
    const { server, peer, port } = await listener();
    const end = await uartOverTcp("127.0.0.1", port);
    const socket = await peer;
    const heard = new Promise((resolve) => {
      end.onData = (bytes) => resolve(Buffer.from(bytes).toString());
    });
    socket.on("data", (bytes) => socket.write(`${bytes}OK`));
    end.write(Buffer.from("AT\r"));
    expect(await heard).toBe("AT\rOK");
    const gone = new Promise<Error>((resolve) => {
      end.onClosed = resolve;
    });
    socket.end();
    expect((await gone).message).toMatch(/closed the connection/);
    const toldAgain = new Promise<Error>((resolve) => {
      end.onClosed = resolve;
    });
    expect((await toldAgain).message).toMatch(/closed the connection/);
    end.write(Buffer.from("into the void"));
    end.close();
    server.close();
  });

  test("says where nobody listens", async () => {
    const { server, port } = await listener();
    await new Promise((done) => server.close(done));
    await expect(uartOverTcp("127.0.0.1", port)).rejects.toThrow(`cannot reach a modem at 127.0.0.1:${port}`);
  });
});

describe("Node's TCP class", () => {
  test("dials where the name table says, from the wanted address", async () => {
    const { server, peer, port } = await listener();
    const TCP = nodeTcp({ names: { lookup: () => ({ host: "127.0.0.1", port }) }, localAddress: "127.0.0.1" });
    const text = new Promise<string>((resolve) => {
      const stream = new TCP({
        host: "broker.example",
        port: 443,
        onWritable: () => stream.write(Buffer.from("ping")),
        onReadable: () => {
          resolve(Buffer.from(stream.read()!).toString());
          stream.close();
        },
      });
    });
    const socket = await peer;
    socket.pipe(socket);
    expect(await text).toBe("ping");
    server.close();
  });

  test("offers the last bytes before it tells the end", async () => {
    const { server, peer, port } = await listener();
    const seen: string[] = [];
    const ended = new Promise<void>((done) => {
      const stream = new (nodeTcp())({
        host: "127.0.0.1",
        port,
        onReadable: () => seen.push(Buffer.from(stream.read()!).toString()),
        onError: (error) => {
          seen.push(asFailure(error).code);
          stream.close();
          done();
        },
      });
    });
    (await peer).end("bye");
    await ended;
    expect(seen).toEqual(["bye", "closed"]);
    server.close();
  });

  test.each([
    { name: "a refused connection", code: "tcp-refused" },
    { name: "a reset", code: "tcp-reset" },
  ])("$name is $code", async ({ code }) => {
    const { server, peer, port } = await listener();
    if (code === "tcp-refused") await new Promise((done) => server.close(done));
    else peer.then((socket) => socket.resetAndDestroy());
    const failure = await new Promise((resolve) => {
      const stream = new (nodeTcp())({
        host: "127.0.0.1",
        port,
        onError: (error) => {
          stream.close();
          resolve(asFailure(error).code);
        },
      });
    });
    expect(failure).toBe(code);
    server.close();
  });

  test("refuses a port that is none", () => {
    expect(() => new (nodeTcp())({ host: "127.0.0.1", port: 0 })).toThrow(RangeError);
  });
});
