// Bytes and packets of each PDP context, as AT+CNII tells them (SIM7080 AT V1.07 §5.2.63). Packets are counted as if each
// transfer were cut into segments of the module's size.

import type { TrafficPart } from "./machine.js";
import { PDP_COUNT } from "./pdp.js";

const MTU = 1500;
const SEGMENT = 1460;

interface Counters {
  received: number;
  sent: number;
  packetsIn: number;
  packetsOut: number;
}

export class Traffic implements TrafficPart {
  #contexts: Counters[] = [];
  /** Bytes both ways since it was made, over all resets. */
  carried = 0;

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#contexts = Array.from({ length: PDP_COUNT }, () => ({ received: 0, sent: 0, packetsIn: 0, packetsOut: 0 }));
  }

  sent(pdp: number, bytes: number): void {
    const counters = this.#contexts[pdp];
    if (!counters) return;
    this.carried += bytes;
    counters.sent += bytes;
    counters.packetsOut += Math.ceil(bytes / SEGMENT);
  }

  received(pdp: number, bytes: number): void {
    const counters = this.#contexts[pdp];
    if (!counters) return;
    this.carried += bytes;
    counters.received += bytes;
    counters.packetsIn += Math.ceil(bytes / SEGMENT);
  }

  line(pdp: number): string {
    const { received, sent, packetsIn, packetsOut } = this.#contexts[pdp]!;
    return `+CNII: ${pdp},${MTU},${received},${sent},${packetsIn},${packetsOut},0,0`;
  }
}
