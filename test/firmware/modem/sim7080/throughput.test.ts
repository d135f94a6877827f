// Zero delays in modem and network: what is left is the line, and what the driver makes of it.

import { expect, test } from "@jest/globals";
import type { ServerAction, ServerCore } from "../../../../host-sim/world/core.js";
import { FAST } from "../../../../host-sim/world/link.js";
import { Rig } from "../rig.js";

const SIZE = 65_536;
const BITS_PER_BYTE = 10;
const INSTANT = { ...FAST, latencyMs: 0 };

/** Counts what it gets, and sends SIZE bytes when asked. */
class Source implements ServerCore {
  received = 0;
  open(): ServerAction[] {
    return [];
  }
  receive(connection: number, bytes: Uint8Array): ServerAction[] {
    this.received += bytes.length;
    return bytes[0] === 0x3f ? [{ do: "send", connection, bytes: new Uint8Array(SIZE).fill(0x55) }] : [];
  }
  closed(): ServerAction[] {
    return [];
  }
  poll(): ServerAction[] {
    return [];
  }
  nextDeadline(): undefined {
    return undefined;
  }
}

async function online(baud: number) {
  const server = new Source();
  const rig = new Rig({
    server,
    sim: { delayScale: 0, poweredOn: true, baud },
    modem: { baud },
    device: { up: INSTANT, down: INSTANT },
  });
  await rig.settle(rig.modem.up());
  const client = rig.client();
  await rig.world.run(() => client.room > 0, 10_000);
  return { rig, client, server };
}

test.each([115_200, 921_600])("64 KB up reach 95 % of a line of %d bits per second", async (baud) => {
  const { rig, client, server } = await online(baud);
  let left = SIZE;
  const fill = () => {
    while (left > 0 && client.room > 0) {
      const count = Math.min(left, client.room);
      left -= count;
      client.write(new Uint8Array(count).fill(0x41));
    }
  };
  const started = rig.world.now;
  client.onRoom = fill;
  fill();
  await rig.world.run(() => server.received === SIZE, 60_000);
  const ideal = (SIZE * BITS_PER_BYTE * 1000) / baud;
  expect(server.received).toBe(SIZE);
  expect(ideal / (rig.world.now - started)).toBeGreaterThanOrEqual(0.95);
});

test.each([115_200, 921_600])("64 KB down reach 93 % of a line of %d bits per second", async (baud) => {
  const { rig, client } = await online(baud);
  client.write(Uint8Array.of(0x3f));
  await rig.world.run(() => client.chunks.length > 0, 1000);
  const first = client.received.length;
  const started = rig.world.now;
  let received = first;
  await rig.world.run(() => {
    received = client.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return received >= SIZE;
  }, 60_000);
  const ideal = ((SIZE - first) * BITS_PER_BYTE * 1000) / baud;
  expect(received).toBe(SIZE);
  expect(ideal / (rig.world.now - started)).toBeGreaterThanOrEqual(0.93);
});
