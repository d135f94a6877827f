// What the outbox and a persistent session ask of the flash.

import { SPAN } from "../../firmware/store/checkpoint.js";
import { Outbox } from "../../firmware/store/outbox.js";
import { Chronicle } from "../../host-sim/desk/chronicle.js";
import { Desk } from "../../host-sim/desk/desk.js";
import { NorFlash } from "../../host-sim/platform/nor-flash.js";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";
import { SEED } from "./yardstick.js";

const TOPIC = "8988280666000000015/telemetry";
const RECORD = new Uint8Array(230).fill(0x20);
export const BLOCK_BYTES = 4_096;

/** A partition that counts how often it is read. */
class CountingFlash extends NorFlash {
  reads = 0;

  override read(length: number, offset: number): Uint8Array {
    this.reads++;
    return super.read(length, offset);
  }
}

export interface OutboxReads {
  /** To open it. */
  open: number;
  /** To find a record that lies before the one that was read last, on the mean of several. */
  behind: number;
}

/** @param blocks of 4 KB: a partition full of records that wait */
export function outboxReads(blocks: number): OutboxReads {
  const flash = new CountingFlash({ blocks });
  const full = new Outbox(flash);
  while (full.dropped === 0) full.append(TOPIC, RECORD);
  flash.reads = 0;
  const outbox = new Outbox(flash);
  const open = flash.reads;
  const first = outbox.next(0)!.sequence;
  const shares = [0.1, 0.3, 0.5, 0.7, 0.9];
  // What lies further ahead than that is held back.
  const reach = Math.min(outbox.size, SPAN);
  let behind = 0;
  for (const share of shares) {
    if (outbox.next(first + reach - 2) === undefined) throw new Error("the outbox holds it back");
    flash.reads = 0;
    outbox.next(first + Math.floor(share * reach) - 1);
    behind += flash.reads;
  }
  return { open, behind: behind / shares.length };
}

export interface StoreWrites {
  writes: number;
  bytes: number;
  /** Bytes of a record's payload, all of its signal in it. */
  payload: number;
}

/** Writes to the key-value store for each record of a device that stays online, with a persistent session; and its records. */
export async function storeWrites(recordForm: "json" | "compact"): Promise<StoreWrites> {
  const world = new VirtualWorld({ seed: SEED });
  const chronicle = new Chronicle(world);
  const store = new CountingStore();
  const settings = { session: "persistent", telemetryIntervalS: 60, keepAliveS: 600, recordForm };
  const desk = new Desk({ seed: SEED, world, settings, watcher: chronicle, board: { keyValue: store } });
  desk.start();
  await desk.run(1_200_000);
  const before = chronicle.named("acked").length;
  store.writes = store.bytes = 0;
  await desk.run(3_600_000);
  const records = chronicle.named("acked").length - before;
  const payloads = chronicle.events("publish").filter(({ topic }) => topic === `${desk.iccid}/telemetry`);
  const payload = payloads.reduce((all, event) => all + event.payload.length, 0) / payloads.length;
  return { writes: store.writes / records, bytes: store.bytes / records, payload };
}

class CountingStore extends MemoryKeyValue {
  writes = 0;
  bytes = 0;

  override write(key: string, value: Uint8Array): void {
    this.writes++;
    this.bytes += value.length;
    super.write(key, value);
  }
}
