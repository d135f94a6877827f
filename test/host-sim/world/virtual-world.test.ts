import { Buffer } from "node:buffer";
import { describe, expect, test } from "@jest/globals";
import { asFailure } from "../../../firmware/platform/failure.js";
import type { ByteStream, SerialPort } from "../../../firmware/platform/io.js";
import type { ModemAction, ModemCore, NetworkEvent } from "../../../host-sim/world/core.js";
import { FAST } from "../../../host-sim/world/link.js";
import { VirtualWorld } from "../../../host-sim/world/virtual-world.js";
import { EchoCore } from "./echo.js";

/** A modem that only knows one connection: the UART is its data. It answers PWRKEY by dialling. */
class WireModem implements ModemCore {
  acked = 0;
  readonly ends: NetworkEvent[] = [];
  uart(bytes: Uint8Array): ModemAction[] {
    return [{ do: "send", cid: 0, bytes }];
  }
  powerKey(level: 0 | 1): ModemAction[] {
    return level === 1 ? [{ do: "connect", cid: 0, host: "Echo.example", port: 7 }] : [];
  }
  network(event: NetworkEvent): ModemAction[] {
    if (event.event === "acked") this.acked += event.count;
    else if (event.event === "data") {
      return [
        { do: "uart", bytes: event.bytes },
        { do: "window", cid: 0, bytes: event.bytes.length },
      ];
    } else if (event.event === "connected") {
      return [
        { do: "uart", bytes: Buffer.from("CONNECT\r\n") },
        { do: "window", cid: 0, bytes: 10_240 },
      ];
    } else this.ends.push(event);
    return [];
  }
  poll(): ModemAction[] {
    return [];
  }
  nextDeadline(): undefined {
    return undefined;
  }
}

function build(seed: number, trace: string[] = []) {
  const world = new VirtualWorld({ seed, trace: (line) => trace.push(line) });
  const core = new EchoCore();
  const server = world.server({ core, at: [{ host: "echo.example", port: 7 }] });
  return { world, core, server };
}

/** A device that sends `messages` texts of 200 bytes, one a second, and gathers what comes back. */
function talkingDevice(world: VirtualWorld, name: string, messages: number) {
  const modem = new WireModem();
  const device = world.device({ name, modem, sourceAddress: "127.16.0.1" });
  const { Serial, timer, powerKey, random } = device.boot();
  let heard = "";
  const port: SerialPort = new Serial({
    baud: 115_200,
    onReadable: () => {
      heard += Buffer.from(port.read()!).toString("latin1");
    },
  });
  const text = new Uint8Array(200);
  const send = async (left: number): Promise<void> => {
    if (left === 0) return;
    random(text);
    await Promise.resolve();
    port.write(text);
    timer.set(() => void send(left - 1), 1000);
  };
  powerKey!.write(1);
  timer.set(() => void send(messages), 2000);
  return { modem, device, port, heard: () => heard };
}

describe("a virtual world", () => {
  test("the same seed gives the same trace to the byte, another seed another one", async () => {
    const runs = [];
    for (const seed of [7, 7, 8]) {
      const lines: string[] = [];
      const { world } = build(seed, lines);
      const first = talkingDevice(world, "d1", 20);
      const second = talkingDevice(world, "d2", 20);
      await world.run(30_000);
      expect(first.heard()).toHaveLength("CONNECT\r\n".length + 20 * 200);
      expect(second.modem.acked).toBe(20 * 200);
      runs.push({ digest: world.trace.digest(), lines: lines.join("\n") });
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]!.digest).not.toBe(runs[0]!.digest);
    expect(runs[2]!.lines).not.toBe(runs[0]!.lines);
  });

  test("the UART carries no more than its speed", async () => {
    const { world } = build(1);
    const { port, modem } = talkingDevice(world, "d1", 0);
    await world.run(1500);
    port.setBaud(9600);
    port.write(new Uint8Array(960));
    const start = world.now;
    await world.run(() => modem.acked === 960, 60_000);
    expect(world.now - start).toBeGreaterThan(1000);
    expect(world.now - start).toBeLessThan(1400);
  });

  test("a restarted board has lost its timers and its port, and kept its values", async () => {
    const { world } = build(1);
    let restarts = 0;
    const device = world.device({
      name: "d1",
      modem: new WireModem(),
      sourceAddress: "127.16.0.1",
      onRestart: () => {
        restarts++;
      },
    });
    const before = device.boot();
    let late = 0;
    before.keyValue.write("key", Uint8Array.of(1, 2));
    before.timer.set(() => late++, 5000);
    before.timer.set(() => before.restart!(), 1000);
    await world.run(10_000);
    expect({ restarts, late }).toEqual({ restarts: 1, late: 0 });
    const after = device.boot();
    expect(after.keyValue.read("key")).toEqual(Uint8Array.of(1, 2));
    expect(after.clock.monotonic()).toBe(0);
    expect(after.clock.wall()).toBeUndefined();
  });
});

test("firmware whose board is off reaches nothing any more, and its hand is off the power key", async () => {
  const { world } = build(1);
  const said: string[] = [];
  const keys: number[] = [];
  const modem = Object.assign(new WireModem(), {
    uart: (bytes: Uint8Array) => {
      said.push(Buffer.from(bytes).toString());
      return [];
    },
    powerKey: (level: 0 | 1) => {
      keys.push(level);
      return [];
    },
  });
  const device = world.device({ name: "d1", modem, sourceAddress: "127.16.0.1" });
  const { Serial, keyValue, powerKey, restart } = device.boot();
  const port = new Serial({ baud: 115_200 });
  await world.run(10);
  port.write(Buffer.from("alive"));
  powerKey!.write(1);
  await world.run(10);
  device.off();
  port.write(Buffer.from("dead"));
  powerKey!.write(1);
  keyValue.write("key", Uint8Array.of(1));
  restart!();
  await world.run(10_000);
  expect({ said, keys, value: device.keyValue.read("key") }).toEqual({
    said: ["alive"],
    keys: [1, 0],
    value: undefined,
  });
});

describe("the virtual network", () => {
  /** Opens a connection from a desk and waits for its first word. */
  async function dial(host: string, port: number, prepare: (built: ReturnType<typeof build>) => void = () => {}) {
    const built = build(1);
    prepare(built);
    const { world } = built;
    const desk = world.host("desk", "127.16.0.1", { ...FAST, latencyMs: 50 });
    const start = world.now;
    let outcome: { code: string; afterMs: number } | undefined;
    const settle = (code: string) => {
      outcome ??= { code, afterMs: Math.round(world.now - start) };
    };
    new desk.TCP({
      host,
      port,
      onWritable: () => settle("connected"),
      onError: (error) => settle(asFailure(error).code),
    });
    await world.run(() => outcome !== undefined, 200_000);
    return outcome;
  }

  test.each([
    { name: "a server", host: "ECHO.example", port: 7, code: "connected", afterMs: 100 },
    { name: "a port without a server", host: "echo.example", port: 8, code: "tcp-refused", afterMs: 100 },
    { name: "an unknown name", host: "nowhere.example", port: 7, code: "tcp-dns", afterMs: 100 },
  ])("$name: $code after one round trip", async ({ host, port, code, afterMs }) => {
    expect(await dial(host, port)).toEqual({ code, afterMs });
  });

  test("a silent server times out, a refusing one refuses, a name taken out does not resolve", async () => {
    const silent = await dial("echo.example", 7, ({ server }) => {
      server.reachability = "silent";
    });
    expect(silent).toEqual({ code: "tcp-timeout", afterMs: 75_000 });
    const refusing = await dial("echo.example", 7, ({ server }) => {
      server.reachability = "refusing";
    });
    expect(refusing).toEqual({ code: "tcp-refused", afterMs: 100 });
    const cutting = await dial("echo.example", 7, ({ server }) => {
      server.reachability = "cutting";
    });
    expect(cutting).toEqual({ code: "connected", afterMs: 100 });
    const gone = await dial("echo.example", 7, ({ world }) => world.network.setResolvable("echo.example", false));
    expect(gone).toEqual({ code: "tcp-dns", afterMs: 100 });
  });

  test("a cutting server resets a connection at its first word, and leaves alone those that have spoken", async () => {
    const { world, server } = build(1);
    const desk = world.host("desk", "127.16.0.1");
    const ends: string[] = [];
    const said = new Set(["before", "after"]);
    const open = (name: string) => {
      const stream: ByteStream = new desk.TCP({
        host: "echo.example",
        port: 7,
        onWritable: () => {
          if (!said.delete(name)) return;
          stream.write(Buffer.from("hello"));
        },
        onError: (error) => ends.push(`${name} ${asFailure(error).code}`),
      });
    };
    open("before");
    await world.run(1000);
    server.reachability = "cutting";
    open("after");
    await world.run(1000);
    expect(ends).toEqual(["after tcp-reset"]);
    expect(server.connections).toBe(1);
  });

  test("a mute server takes connections and says nothing, ever; one that vanishes tells neither end", async () => {
    const { world, core, server } = build(1);
    const desk = world.host("desk", "127.16.0.1");
    const heard: string[] = [];
    const said = new Set(["mute", "vanishing"]);
    const open = (name: string) => {
      const stream: ByteStream = new desk.TCP({
        host: "echo.example",
        port: 7,
        onWritable: () => {
          if (!said.delete(name)) return;
          stream.write(Buffer.from("hello"));
        },
        onReadable: () => heard.push(`${name} ${Buffer.from(stream.read()!)}`),
        onError: () => heard.push(`${name} ended`),
      });
      return stream;
    };
    server.reachability = "mute";
    open("mute");
    await world.run(1000);
    server.reachability = "up";
    const vanishing = open("vanishing");
    await world.run(600_000);
    expect(heard).toEqual(["vanishing hello"]);
    expect(core.hellos).toHaveLength(1);
    server.vanish();
    expect(server.connections).toBe(0);
    vanishing.write(Buffer.from("again"));
    await world.run(600_000);
    expect(heard).toEqual(["vanishing hello"]);
  });

  test("a connect over a cut link fails too, and its late answer is for nobody", async () => {
    const { world, core } = build(1);
    const desk = world.host("desk", "127.16.0.1");
    const seen: string[] = [];
    desk.path.cut();
    new desk.TCP({
      host: "echo.example",
      port: 7,
      onWritable: () => seen.push("connected"),
      onError: (error) => seen.push(asFailure(error).code),
    });
    await world.run(80_000);
    desk.path.restore();
    await world.run(1000);
    expect(seen).toEqual(["tcp-timeout"]);
    expect(core.hellos).toEqual([]);
  });

  test("a slow reader holds the server back, and loses nothing", async () => {
    const { world } = build(1);
    const desk = world.host("desk", "127.16.0.1");
    const sent = new Uint8Array(200_000).map((_, i) => i * 7);
    let offered = 0;
    let at = 0;
    const stream: ByteStream = new desk.TCP({
      host: "echo.example",
      port: 7,
      onWritable: (room) => {
        for (let left = room; left > 0 && at < sent.length; ) {
          const part = sent.subarray(at, at + left);
          at += part.length;
          left = stream.write(part);
        }
      },
      onReadable: (count) => {
        offered = count;
      },
    });
    await world.run(60_000);
    expect(offered).toBe(32_768);
    const heard: Uint8Array[] = [];
    for (let i = 0; i < 100; i++) {
      for (let bytes = stream.read(1000); bytes !== undefined; bytes = stream.read(1000))
        heard.push(new Uint8Array(bytes));
      await world.run(100);
    }
    expect(Buffer.concat(heard).equals(sent)).toBe(true);
  });

  test("a cut link delivers nothing, and everything in order once it is mended", async () => {
    const { world } = build(3);
    const { device, port, heard } = talkingDevice(world, "d1", 0);
    await world.run(1500);
    device.path.cut();
    port.write(Buffer.from("one "));
    await world.run(60_000);
    port.write(Buffer.from("two "));
    await world.run(10);
    device.path.restore();
    port.write(Buffer.from("three"));
    expect(heard()).toBe("CONNECT\r\n");
    await world.run(5000);
    expect(heard()).toBe("CONNECT\r\none two three");
  });

  test("a crashed server resets its connections and tells its core", async () => {
    const { world, core, server } = build(1);
    const desk = world.host("desk", "127.16.0.1");
    let code: string | undefined;
    new desk.TCP({
      host: "echo.example",
      port: 7,
      onError: (error) => {
        code = asFailure(error).code;
      },
    });
    await world.run(100);
    expect(server.connections).toBe(1);
    server.reset();
    await world.run(100);
    expect(code).toBe("tcp-reset");
    expect(core.ended).toEqual([1]);
  });
});
