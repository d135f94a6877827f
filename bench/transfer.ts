// Moves bytes over the simulated modem, one way, and tells how long it took and what the UART carried.

import { createModem, type Modem } from "../firmware/modem/modem.js";
import type { ByteStream } from "../firmware/platform/io.js";
import { Sim7080 } from "../host-sim/modem/sim7080.js";
import { FAST, type LinkProfile, LTE_M } from "../host-sim/world/link.js";
import { DEFAULT_SIM, sourceAddressOf } from "../host-sim/world/sims.js";
import { VirtualWorld } from "../host-sim/world/virtual-world.js";
import { TransferServer } from "./transfer-server.js";

const HOST = "transfer.example";
const PORT = 7;
const LIMIT_MS = 600_000;
export const KB = 1024;

/** How long modem and network take. */
export interface Setting {
  readonly name: string;
  readonly delayScale: number;
  readonly link: LinkProfile;
}

export const NO_DELAYS: Setting = { name: "no delays", delayScale: 0, link: { ...FAST, latencyMs: 0 } };
export const REALISTIC: Setting = { name: "realistic delays", delayScale: 1, link: LTE_M };

/** What a transfer took. */
export interface Transfer {
  uartBytes: number;
  ms: number;
}

/**
 * Moves bytes one way and counts what the UART carried meanwhile.
 * @throws Error when it does not end
 */
export async function transfer(
  direction: "up" | "down",
  size: number,
  baud: number,
  setting: Setting,
  seed = 1,
): Promise<Transfer> {
  const world = new VirtualWorld({ seed });
  const server = new TransferServer(size);
  world.server({ core: server, at: [{ host: HOST, port: PORT }] });
  const { modem, platform } = rig(world, setting, baud, seed);
  let up = false;
  modem.up().then(() => {
    up = true;
  });
  await world.run(() => up, LIMIT_MS);
  let received = 0;
  let left = size;
  let began = 0;
  let before = 0;
  const payload = new Uint8Array(size).fill(0x55);
  const uart = () => modem.counters().uartTxBytes + modem.counters().uartRxBytes;
  const begin = () => {
    if (began > 0) return;
    began = world.now;
    before = uart();
  };
  const stream: ByteStream = new modem.TCP({
    host: HOST,
    port: PORT,
    onWritable: (room) => {
      if (direction === "down") {
        if (began === 0) stream.write(Uint8Array.of(1));
        begin();
        return;
      }
      begin();
      let free = room;
      while (free > 0 && left > 0) {
        const piece = payload.subarray(0, Math.min(free, left));
        left -= piece.length;
        free = stream.write(piece);
      }
    },
    onReadable: () => {
      received += stream.read()?.byteLength ?? 0;
    },
  });
  const done = await world.run(() => (direction === "up" ? server.received : received) >= size, LIMIT_MS);
  if (!done)
    throw new Error(`${direction} ${size} at ${baud} did not end: ${received} received, ${server.received} sent`);
  platform.timer.clear(undefined);
  return { uartBytes: uart() - before, ms: world.now - began };
}

function rig(world: VirtualWorld, { delayScale, link }: Setting, baud: number, seed: number) {
  const device = world.device({
    name: "device",
    modem: new Sim7080({ seed, sim: DEFAULT_SIM, delayScale, baud }),
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
    up: link,
  });
  const platform = device.boot();
  const modem: Modem = createModem({ ...platform, baud, flowControl: "hardware" });
  return { modem, platform };
}
