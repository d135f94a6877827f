// An upload beside the best that one AT command at a time allows: each AT+CASEND with its delays on the mean, the bytes of its
// exchange on the line, and the way of the last bytes to the peer; no look at the acknowledgements, no pause.

import { MAX_TRANSFER_BYTES } from "../firmware/modem/sim7080/commands/socket.js";
import { DELAYS } from "../host-sim/modem/delays.js";
import { KB, REALISTIC, transfer } from "./transfer.js";

/** Least share that the best is of what it takes. */
export const UPLOAD_GOAL = 0.92;

const SIZE = 64 * KB;
const BAUD = 921_600;
const SEEDS = [1, 2, 3, 4];
/** 8 data bits, a start and a stop bit. */
const BITS = 10;
/** Bytes of an exchange besides its payload. */
const COMMAND_BYTES = "AT+CASEND=0,1460,2000\r".length + "\r\n> ".length + "\r\nOK\r\n".length;

/** Milliseconds that an upload of 64 KB takes on the mean of several seeds, and at best. */
export async function uploadOverBest(): Promise<{ ms: number; bestMs: number }> {
  let ms = 0;
  for (const seed of SEEDS) ms += (await transfer("up", SIZE, BAUD, REALISTIC, seed)).ms / SEEDS.length;
  return { ms, bestMs: bestMs() };
}

function bestMs(): number {
  const exchanges = Math.ceil(SIZE / MAX_TRANSFER_BYTES);
  const last = SIZE % MAX_TRANSFER_BYTES;
  const onLine = ((SIZE + exchanges * COMMAND_BYTES) * BITS * 1_000) / BAUD;
  const waits = mean("command") + mean("prompt") + mean("sent");
  const { latencyMs, jitterMs, bytesPerSecond } = REALISTIC.link;
  // The last bytes are on their way while their OK is.
  return onLine + exchanges * waits - mean("sent") + latencyMs + jitterMs / 2 + (last * 1_000) / bytesPerSecond;
}

function mean(name: "command" | "prompt" | "sent"): number {
  const [least, most] = DELAYS[name];
  return (least + most) / 2;
}
