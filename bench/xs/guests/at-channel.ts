// The AT channel on the native UART: a modem is switched on, reports signal and registration, and moves bytes over a socket.

import { Channel } from "../../../firmware/modem/at/channel.js";
import { delay } from "../../../firmware/modem/at/wait.js";
import { echoOff, probe, verboseErrors } from "../../../firmware/modem/sim7080/commands/basic.js";
import {
  isRegistered,
  readRegistration,
  reportRegistration,
  setPdp,
} from "../../../firmware/modem/sim7080/commands/network.js";
import { readStrength } from "../../../firmware/modem/sim7080/commands/signal.js";
import {
  asyncOpen,
  close,
  MAX_TRANSFER_BYTES,
  open,
  receive,
  send,
} from "../../../firmware/modem/sim7080/commands/socket.js";
import {
  DATA,
  OPEN_RESULT,
  PDP_CHANGES,
  REGISTRATION_CHANGE,
  URCS,
  type UrcTarget,
} from "../../../firmware/modem/sim7080/urcs.js";
import { xsTimer } from "../../../firmware/platform/moddable/clock.js";
import { nativeSerial } from "../../../firmware/platform/native/uart/serial.js";
import { Port } from "./native/port.js";

const WIRING = { port: 1, tx: 17, rx: 18 };
const PRESS_MS = 1500;
const BOOT_MS = 5000;
const WAIT_MS = 60_000;
const REQUEST = new Uint8Array(160).fill(1);
const TRANSFERS = 3;

function fault(error: unknown): void {
  host.print(JSON.stringify({ fault: String(error) }));
  host.end();
}

const timer = xsTimer(fault);
let urcs = 0;
const heard = () => {
  urcs++;
};
const sockets = { openEnded: heard, dataWaits: heard, peerEnded: heard, bufferFull: heard };
const driver: UrcTarget = {
  sockets,
  onBoot: heard,
  onPowerDown: heard,
  onSupplyWarning: heard,
  onPdp: heard,
  onPin: heard,
  onAsleep: heard,
};
const channel = new Channel({
  Serial: nativeSerial(Port, WIRING, timer, fault),
  timer,
  baud: 115_200,
  urcs: URCS,
  target: driver,
  onClosed: fault,
});

async function main(): Promise<void> {
  host.key(1);
  await delay(timer, PRESS_MS);
  host.key(0);
  await delay(timer, BOOT_MS);
  await channel.run(probe(WAIT_MS));
  await channel.run(echoOff);
  await channel.run(verboseErrors);

  const registered = channel.waitFor([REGISTRATION_CHANGE], WAIT_MS, isRegistered);
  await channel.run(reportRegistration);
  const strength = [];
  if (!isRegistered(await channel.run(readRegistration))) {
    strength.push((await channel.run(readStrength)).rssiDbm);
    await registered.said;
  }
  registered.cancel();
  strength.push((await channel.run(readStrength)).rssiDbm);

  const active = channel.waitFor(PDP_CHANGES, WAIT_MS, (change) => change === "active");
  await channel.run(setPdp(1));
  await active.said;
  await channel.run(asyncOpen);
  let received = 0;
  for (let i = 0; i < TRANSFERS; i++) {
    const opened = channel.waitFor([OPEN_RESULT], WAIT_MS);
    await channel.run(open(0, "transfer.test", 9));
    await opened.said;
    const arrived = channel.waitFor([DATA], WAIT_MS);
    await channel.run(send(0, REQUEST));
    await arrived.said;
    const answer = await channel.run(receive(0, MAX_TRANSFER_BYTES));
    received += answer?.length ?? 0;
    await channel.run(close(0));
  }
  host.print(JSON.stringify({ strength, urcs, received }));
  channel.close();
  host.end();
}

main().catch(fault);
