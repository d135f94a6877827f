// TLS sessions over sleeps and restarts: one slot for each host, in memory that lasts as long as the chip has power, or in the
// key-value store where that is encrypted.
//
// Rules: what is read back is one host's own or nothing: another format, another host or a wrong checksum is no session. One that
// was offered is forgotten unless the server went on from it. Behind a start that nobody foresaw all are forgotten: what the chip
// was killed by may have been one of them, or what lies in memory now.

import { crc32 } from "../bytes/crc32.js";
import { sameBytes } from "../bytes/equal.js";
import { encodeUtf8 } from "../bytes/utf8.js";
import type { Platform } from "../platform/platform.js";
import type { KeptSlots, ResetCause } from "../platform/system.js";
import type { TlsSessions } from "../platform/tls.js";
import type { Config } from "../settings/table.js";
import { drop, keep, type Memory } from "./memory.js";

/** Of a slot's bytes: version, length of the host's name, the name, the session, CRC-32 over all before it. */
const VERSION = 1;
const HEAD_BYTES = 2;
const CRC_BYTES = 4;
const HOST_MAX = 253;

/** A session that is larger is not kept: one with the server's certificate in it has about 1,800. */
const SLOT_BYTES = 2_048;
/** Onboarding host and broker. */
const STORE_KEYS: readonly string[] = ["tls0", "tls1"];

/** Starts that nobody foresaw. */
const UNFORESEEN: readonly ResetCause[] = ["panic", "watchdog", "brown-out", "unknown"];

/** Who counts connections that went on from an earlier session. */
export interface ResumeMeter {
  resumed(): void;
}

type SessionPlatform = Memory & Pick<Platform, "keptSlots" | "resetMemory" | "storeIsEncrypted">;

/** The sessions as a device keeps them by its settings; undefined: it keeps none. */
export function sessionsOf(
  platform: SessionPlatform,
  { tlsSessions }: Pick<Config, "tlsSessions">,
  meter: ResumeMeter,
): TlsSessions | undefined {
  const { keptSlots, resetMemory, storeIsEncrypted } = platform;
  const stored = storeIsEncrypted ? new StoredSlots(platform, keptSlots?.crc32) : undefined;
  // What an earlier setting has left behind is a secret that nobody needs.
  if (stored && tlsSessions !== "flash") wipe(stored);
  if (tlsSessions === "off") {
    if (keptSlots) wipe(keptSlots);
    return undefined;
  }
  const slots = (tlsSessions === "flash" ? stored : undefined) ?? keptSlots;
  if (slots === undefined) return undefined;
  if (UNFORESEEN.includes(resetMemory?.cause ?? "power")) wipe(slots);
  return new KeptSessions(slots, meter);
}

/** One session for each of as many hosts as there are slots; the host that was not spoken to last gives way. */
export class KeptSessions implements TlsSessions {
  readonly #slots: KeptSlots;
  readonly #meter: ResumeMeter;
  /** Of the host that was spoken to last. */
  #last: number;
  /** Of the session that was offered, until it is known what became of it; -1: none. */
  #offered = -1;

  constructor(slots: KeptSlots, meter: ResumeMeter) {
    this.#slots = slots;
    this.#meter = meter;
    this.#last = slots.count - 1;
  }

  take(host: string): Uint8Array | undefined {
    const name = encodeUtf8(host);
    this.forgetOffered();
    const slot = this.slotOf(name);
    if (slot < 0) return undefined;
    this.#last = this.#offered = slot;
    const bytes = this.#slots.read(slot)!;
    const end = bytes.length - CRC_BYTES;
    const crc = new DataView(bytes.buffer, bytes.byteOffset).getUint32(end);
    if (crc !== this.crcOf(bytes.subarray(0, end))) return undefined;
    return bytes.subarray(HEAD_BYTES + name.length, end);
  }

  keep(host: string, session: Uint8Array): void {
    const name = encodeUtf8(host);
    const from = HEAD_BYTES + name.length;
    const length = from + session.length + CRC_BYTES;
    if (name.length > HOST_MAX || length > this.#slots.size) return;
    const bytes = new Uint8Array(length);
    bytes[0] = VERSION;
    bytes[1] = name.length;
    bytes.set(name, HEAD_BYTES);
    bytes.set(session, from);
    const end = length - CRC_BYTES;
    new DataView(bytes.buffer).setUint32(end, this.crcOf(bytes.subarray(0, end)));
    const own = this.slotOf(name);
    this.#last = own >= 0 ? own : this.free();
    if (this.#offered === this.#last) this.#offered = -1;
    this.#slots.write(this.#last, bytes);
  }

  opened(resumed: boolean): void {
    if (resumed) {
      this.#offered = -1;
      this.#meter.resumed();
    } else this.forgetOffered();
  }

  private crcOf(bytes: Uint8Array): number {
    return (this.#slots.crc32 ?? crc32)(bytes);
  }

  private forgetOffered(): void {
    if (this.#offered >= 0) this.#slots.write(this.#offered, NOTHING);
    this.#offered = -1;
  }

  /** Of a host; -1: it has none. */
  private slotOf(name: Uint8Array): number {
    for (let slot = 0; slot < this.#slots.count; slot++) {
      const bytes = this.#slots.read(slot);
      if (bytes === undefined || bytes.length <= HEAD_BYTES + name.length + CRC_BYTES) continue;
      if (bytes[0] !== VERSION || bytes[1] !== name.length) continue;
      if (sameBytes(bytes.subarray(HEAD_BYTES, HEAD_BYTES + name.length), name)) return slot;
    }
    return -1;
  }

  private free(): number {
    const { count } = this.#slots;
    for (let slot = 0; slot < count; slot++) if (this.#slots.read(slot) === undefined) return slot;
    return (this.#last + 1) % count;
  }
}

const NOTHING = new Uint8Array(0);

/** The key-value store as slots. */
class StoredSlots implements KeptSlots {
  readonly crc32: KeptSlots["crc32"];
  readonly #memory: Memory;

  constructor(memory: Memory, crc: KeptSlots["crc32"]) {
    this.#memory = memory;
    this.crc32 = crc;
  }
  get count(): number {
    return STORE_KEYS.length;
  }
  get size(): number {
    return SLOT_BYTES;
  }
  read(slot: number): Uint8Array | undefined {
    return this.#memory.keyValue.read(STORE_KEYS[slot]!);
  }
  write(slot: number, bytes: Uint8Array): void {
    const key = STORE_KEYS[slot]!;
    if (bytes.length > 0) keep(this.#memory, key, bytes);
    else drop(this.#memory, key);
  }
}

function wipe(slots: KeptSlots): void {
  for (let slot = 0; slot < slots.count; slot++) if (slots.read(slot) !== undefined) slots.write(slot, NOTHING);
}
