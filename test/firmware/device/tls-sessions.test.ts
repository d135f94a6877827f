import { describe, expect, test } from "@jest/globals";
import { KeptSessions, sessionsOf } from "../../../firmware/device/tls-sessions.js";
import type { KeptSlots, ResetCause } from "../../../firmware/platform/system.js";
import { configure, safeConfig } from "../../../firmware/settings/configure.js";
import { BoardMemory } from "../../../host-sim/platform/reset-memory.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";

const [A, B, C] = ["a.example", "b.example", "c.example"] as const;
const bytes = (...values: number[]) => Uint8Array.from(values);
const nobody = { resumed: () => {} };

/** Slots whose bytes a test may look at and spoil. */
class Slots implements KeptSlots {
  readonly count = 2;
  readonly size = 2_048;
  readonly held: (Uint8Array | undefined)[] = [];
  read(slot: number): Uint8Array | undefined {
    return this.held[slot]?.slice();
  }
  write(slot: number, value: Uint8Array): void {
    this.held[slot] = value.length > 0 ? value.slice() : undefined;
  }
}

function kept(...hosts: string[]) {
  const slots = new Slots();
  const sessions = new KeptSessions(slots, nobody);
  for (const [i, host] of hosts.entries()) sessions.keep(host, bytes(i, 7));
  return { slots, sessions };
}

describe("a TLS session that is kept", () => {
  test("is given to its host alone, also by who comes after a restart", () => {
    const { slots } = kept(A, B);
    const later = new KeptSessions(slots, nobody);
    expect(later.take("A.example")).toBeUndefined();
    expect(later.take("a.exampl")).toBeUndefined();
    expect(later.take(B)).toEqual(bytes(1, 7));
    later.opened(true);
    expect(later.take(A)).toEqual(bytes(0, 7));
  });

  test("is given again where the server went on from it, and never where it did not, or the handshake failed", () => {
    const { slots, sessions } = kept(A, B);
    for (let i = 0; i < 3; i++) {
      expect(sessions.take(A)).toEqual(bytes(0, 7));
      sessions.opened(true);
    }
    sessions.take(A);
    sessions.opened(false);
    expect(slots.held[0]).toBeUndefined();
    sessions.take(B);
    expect(sessions.take(B)).toBeUndefined();
    expect(slots.held).toEqual([undefined, undefined]);
    // A failure at another host says nothing of this one, and what came in its place is new.
    sessions.keep(A, bytes(5));
    sessions.take(A);
    sessions.opened(false);
    sessions.keep(A, bytes(6));
    sessions.take("elsewhere.example");
    expect(sessions.take(A)).toEqual(bytes(6));
  });

  test("gives way to a newer one of its host, and to another host's where it was not spoken to last", () => {
    const { sessions } = kept(A, B);
    sessions.keep(A, bytes(9));
    sessions.keep(C, bytes(8));
    expect(sessions.take(B)).toBeUndefined();
    expect(sessions.take(A)).toEqual(bytes(9));
    sessions.opened(true);
    expect(sessions.take(C)).toEqual(bytes(8));
  });

  test("is not kept where it does not fit, nor for a name that is too long", () => {
    const { slots, sessions } = kept();
    const overhead = 2 + A.length + 4;
    sessions.keep(A, new Uint8Array(slots.size - overhead + 1));
    sessions.keep("h".repeat(254), bytes(1));
    expect(slots.held).toEqual([]);
    sessions.keep(A, new Uint8Array(slots.size - overhead).fill(3));
    expect(sessions.take(A)).toHaveLength(slots.size - overhead);
  });

  test("is none where a bit of it has turned over, wherever, or where it ends too soon", () => {
    const { slots } = kept(A);
    const whole = slots.held[0]!;
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const spoilt = whole.slice();
      spoilt[bit >> 3]! ^= 1 << (bit & 7);
      slots.held[0] = spoilt;
      expect(new KeptSessions(slots, nobody).take(A)).toBeUndefined();
    }
    for (let length = 1; length < whole.length; length++) {
      slots.held[0] = whole.slice(0, length);
      expect(new KeptSessions(slots, nobody).take(A)).toBeUndefined();
    }
  });

  test("that went on is counted", () => {
    let count = 0;
    const sessions = new KeptSessions(new Slots(), { resumed: () => count++ });
    for (const resumed of [false, true, true]) sessions.opened(resumed);
    expect(count).toBe(2);
  });
});

describe("where sessions are kept", () => {
  const memory = new BoardMemory();
  const keyValue = new MemoryKeyValue();
  const on = () => true;
  const start = (cause: ResetCause, tlsSessions: "off" | "memory" | "flash", storeIsEncrypted = false) => {
    const resetMemory = memory.boot(cause, on);
    const platform = { keyValue, log: () => {}, resetMemory, keptSlots: memory.slots(on), storeIsEncrypted };
    return sessionsOf(platform, configure({ tlsSessions }), nobody);
  };

  test("memory: over sleep and restart, not over the loss of power", () => {
    start("power", "memory")!.keep(A, bytes(1));
    const asleep = start("sleep", "memory")!;
    expect(asleep.take(A)).toEqual(bytes(1));
    asleep.keep(A, bytes(2));
    expect(start("software", "memory")!.take(A)).toEqual(bytes(2));
    start("software", "memory")!.keep(A, bytes(3));
    expect(start("power", "memory")!.take(A)).toBeUndefined();
    expect(keyValue.read("tls0")).toBeUndefined();
  });

  test.each(["panic", "watchdog", "brown-out", "unknown"] as const)("a start by %s leaves none", (cause) => {
    start("power", "memory")!.keep(A, bytes(1));
    expect(start(cause, "memory")!.take(A)).toBeUndefined();
    start("power", "flash", true)!.keep(A, bytes(1));
    expect(start(cause, "flash", true)!.take(A)).toBeUndefined();
  });

  test("flash: over the loss of power, where it is encrypted; elsewhere as memory", () => {
    start("power", "flash", true)!.keep(A, bytes(4));
    expect(keyValue.read("tls0")).toBeDefined();
    const later = start("power", "flash", true)!;
    expect(later.take(A)).toEqual(bytes(4));
    later.opened(false);
    expect(keyValue.read("tls0")).toBeUndefined();
    start("power", "flash")!.keep(A, bytes(5));
    expect(keyValue.read("tls0")).toBeUndefined();
    expect(start("sleep", "flash")!.take(A)).toEqual(bytes(5));
  });

  test("what an earlier setting has left behind is wiped", () => {
    start("power", "flash", true)!.keep(A, bytes(4));
    start("power", "memory", true)!.keep(B, bytes(5));
    expect(keyValue.read("tls0")).toBeUndefined();
    expect(start("software", "off", true)).toBeUndefined();
    expect(memory.slots(on).read(0)).toBeUndefined();
  });

  test("a safe start has none, and a platform without a place for them neither", () => {
    expect(safeConfig(configure()).tlsSessions).toBe("off");
    expect(sessionsOf({ keyValue, log: () => {} }, configure(), nobody)).toBeUndefined();
  });

  test("a store that is full or broken costs the session, no more", () => {
    const said: string[] = [];
    const full = new MemoryKeyValue();
    full.write = () => {
      throw new Error("full");
    };
    const platform = {
      keyValue: full,
      log: (_: unknown, event: string) => void said.push(event),
      storeIsEncrypted: true,
    };
    const sessions = sessionsOf(platform, configure({ tlsSessions: "flash" }), nobody)!;
    sessions.keep(A, bytes(1));
    expect(sessions.take(A)).toBeUndefined();
    expect(said).toEqual(["not-remembered"]);
  });
});
