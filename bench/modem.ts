// What the AT line costs: bytes and line rate per payload, exchanges until a socket is open, and how near the way from
// power-on to the first PUBACK comes to the waits that nobody can avoid. Virtual time: the figures are the same on any machine.

import { createModem, type Modem } from "../firmware/modem/modem.js";
import type { ByteStream } from "../firmware/platform/io.js";
import { Sim7080 } from "../host-sim/modem/sim7080.js";
import { FAST, type LinkProfile, LTE_M } from "../host-sim/world/link.js";
import { DEFAULT_SIM, sourceAddressOf } from "../host-sim/world/sims.js";
import { VirtualWorld } from "../host-sim/world/virtual-world.js";
import { powerOn } from "./power-on.js";
import { BenchReport } from "./report.js";
import { TransferServer } from "./transfer-server.js";

const report = new BenchReport("modem");
const HOST = "transfer.example";
const PORT = 7;
const LIMIT_MS = 600_000;
const KB = 1024;

const NO_DELAY: LinkProfile = { ...FAST, latencyMs: 0 };
const SETTINGS = [
  { name: "no delays", delayScale: 0, link: NO_DELAY },
  { name: "realistic delays", delayScale: 1, link: LTE_M },
] as const;

interface Transfer {
  uartBytes: number;
  ms: number;
}

/** Moves `size` bytes one way and counts what the UART carried meanwhile. */
async function transfer(
  direction: "up" | "down",
  size: number,
  baud: number,
  setting: (typeof SETTINGS)[number],
): Promise<Transfer> {
  const world = new VirtualWorld({ seed: 1 });
  const server = new TransferServer(size);
  world.server({ core: server, at: [{ host: HOST, port: PORT }] });
  const { modem, platform } = rig(world, setting.delayScale, setting.link, baud);
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

function rig(world: VirtualWorld, delayScale: number, link: LinkProfile, baud: number) {
  const device = world.device({
    name: "device",
    modem: new Sim7080({ seed: 1, sim: DEFAULT_SIM, delayScale, baud }),
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
    up: link,
  });
  const platform = device.boot();
  const modem: Modem = createModem({ ...platform, baud, flowControl: "hardware" });
  return { modem, platform };
}

for (const setting of SETTINGS) {
  report.title(`Payload over the UART, ${setting.name}`);
  for (const baud of [115_200, 921_600]) {
    for (const direction of ["up", "down"] as const) {
      for (const size of [KB, 64 * KB]) {
        const { uartBytes, ms } = await transfer(direction, size, baud, setting);
        const label = `${size / KB} KB ${direction} at ${baud} baud, ${setting.name}`;
        report.row({ metric: `UART bytes per payload byte, ${label}`, value: uartBytes / size, unit: "" });
        const goal = setting.delayScale === 0 && size > KB ? { atLeast: direction === "up" ? 95 : 93 } : undefined;
        // 8 data bits, a start and a stop bit.
        const share = (size * 10 * 1000 * 100) / (ms * baud);
        report.row({ metric: `share of the line rate, ${label}`, value: share, unit: "%", ...(goal && { goal }) });
      }
    }
  }
}

/** Why each exchange on the way to an open socket is there, by how its command begins; longest match counts. */
const REASONS: readonly (readonly [prefix: string, reason: string])[] = [
  ["AT+CAOPEN", "the socket"],
  ["AT+CNACT=0,1", "an IP address"],
  ["AT+CNACT?", "is there an IP address already, and which"],
  ["AT+CEREG", "has the network taken the SIM"],
  ["AT+CSQ", "how well we hear the network, and which it is"],
  ["AT+CCLK", "the time, without which no certificate can be checked"],
  ["AT+CPIN", "is the SIM ready"],
  ["AT+CCID", "who we are"],
  ["AT+CGDCONT", "the APN"],
  ["AT+CFUN", "radio on"],
  ["AT+IPR", "what the modem has saved: it is written only where it differs"],
  ["AT+CACLOSE", "sockets of a life before"],
  ["ATE0", "echo off: no reset keeps it"],
  ["AT+CMEE", "errors as text, sockets that open without stopping the others: no reset keeps them"],
  ["+++", "leave data mode, if that is why it is silent"],
  ["AT", "is it on, and at this speed"],
];

const { total, exchanges, shares } = await powerOn(115_200);
report.title("AT exchanges from power-on to an open socket");
exchanges.forEach((text, i) => {
  const [, reason] = REASONS.find(([prefix]) => text.startsWith(prefix)) ?? ["", ""];
  report.note(`  ${String(i + 1).padStart(2)}  ${text.slice(0, 90).padEnd(92)} ${reason}`);
});
report.row({
  metric: "AT exchanges from power-on to an open socket",
  value: exchanges.length,
  unit: "",
  goal: { atMost: 20 },
});

report.title("From power-on to the first PUBACK, with realistic delays at 115200 baud");
const sum = shares.reduce((all, { ms }) => all + ms, 0);
for (const { stage, ms } of shares) {
  report.row({
    metric: `cannot be avoided: ${stage}`,
    value: Math.round(ms),
    unit: `ms, ${((100 * ms) / sum).toFixed(0)} %`,
  });
}
report.row({ metric: "cannot be avoided, together", value: Math.round(sum), unit: "ms" });
report.row({ metric: "power-on to first PUBACK", value: Math.round(total), unit: "ms" });
// Its goal stands in `npm run bench:device`.
report.row({ metric: "power-on to first PUBACK over what cannot be avoided", value: total / sum, unit: "" });
report.end();
