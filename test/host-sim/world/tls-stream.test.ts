import { Buffer } from "node:buffer";
import { describe, expect, test } from "@jest/globals";
import { asFailure } from "../../../firmware/platform/failure.js";
import type { TlsOptions } from "../../../firmware/platform/tls.js";
import type { ServerAction } from "../../../host-sim/world/core.js";
import { fingerprint } from "../../../host-sim/world/tls-verdict.js";
import { VirtualWorld } from "../../../host-sim/world/virtual-world.js";
import { EchoCore, policy } from "./echo.js";

const ROOT = Uint8Array.of(0x30, 1);
const YEAR_MS = 365 * 86_400_000;

function build(core: EchoCore, recordLimit?: number) {
  const world = new VirtualWorld({ seed: 1 });
  const certificate = {
    names: ["broker.eu.example"],
    notBefore: world.now - YEAR_MS,
    notAfter: world.now + YEAR_MS,
    rootFingerprint: fingerprint(ROOT),
  };
  const tls = {
    policy: policy(),
    certificates: { server: certificate },
    ...(recordLimit !== undefined && { recordLimit }),
  };
  const server = world.server({ core, at: [{ host: "broker.eu.example", port: 443 }], tls });
  const desk = world.host("desk", "127.16.0.1");
  const open = (callbacks: Pick<TlsOptions, "onReadable" | "onWritable" | "onError">) =>
    new desk.TLS({
      ...callbacks,
      host: "broker.eu.example",
      port: 443,
      TCP: { io: desk.TCP },
      secure: { serverName: "broker.eu.example", roots: [ROOT], clock: desk.clock },
    });
  return { world, server, desk, open };
}

describe("a stream of modelled TLS", () => {
  test("carries 200 KB both ways past a reader that takes its time", async () => {
    const { world, desk, open } = build(new EchoCore());
    const sent = Buffer.alloc(200_000, "0123456789abcdef~");
    const heard: Uint8Array[] = [];
    let at = 0;
    let most = 0;
    const stream = open({
      onWritable: (room) => {
        for (let left = room; left > 0 && at < sent.length; ) {
          const part = sent.subarray(at, at + left);
          at += part.length;
          left = stream.write(part);
        }
      },
      onReadable: (count) => {
        most = Math.max(most, count);
      },
    });
    const take = () => {
      const bytes = stream.read(3000);
      if (bytes !== undefined) heard.push(new Uint8Array(bytes));
      desk.timer.set(take, 5);
    };
    desk.timer.set(take, 1000);
    await world.run(() => heard.reduce((sum, bytes) => sum + bytes.length, 0) === sent.length, 60_000);
    expect(Buffer.concat(heard).equals(sent)).toBe(true);
    expect(most).toBeLessThan(40_000);
  });

  test("a handshake in records of 512 bytes is put together", async () => {
    const { world, open } = build(new EchoCore(), 512);
    let opened = false;
    open({
      onWritable: () => {
        opened = true;
      },
    });
    expect(await world.run(() => opened, 1000)).toBe(true);
  });

  test.each([
    { how: "says goodbye", abort: false, codes: ["last words", "closed"] },
    { how: "resets", abort: true, codes: ["last words", "tcp-reset"] },
  ])("a server that $how ends it so, after its last words", async ({ abort, codes }) => {
    class Leaver extends EchoCore {
      override open(connection: number): ServerAction[] {
        return [{ do: "send", connection, bytes: Buffer.from("last words") }];
      }
    }
    const { world, server, open } = build(new Leaver());
    const seen: string[] = [];
    const stream = open({
      onReadable: () => seen.push(Buffer.from(stream.read()!).toString()),
      onError: (error) => seen.push(asFailure(error).code),
    });
    await world.run(100);
    server.push([{ do: "close", connection: 1, abort }]);
    await world.run(100);
    expect(seen).toEqual(codes);
  });

  test("what was written before close arrives, and the core learns of the end", async () => {
    const core = new EchoCore();
    const heard: string[] = [];
    core.receive = (_connection, bytes) => {
      heard.push(Buffer.from(bytes).toString());
      return [];
    };
    const { world, open } = build(core);
    const stream = open({
      onWritable: () => {
        stream.write(Buffer.from("DISCONNECT"));
        stream.close();
      },
    });
    await world.run(100);
    expect(heard).toEqual(["DISCONNECT"]);
    expect(core.ended).toEqual([1]);
  });
});
