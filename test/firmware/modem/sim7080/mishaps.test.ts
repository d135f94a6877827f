// Several things at once: faults in combination, mishaps and restarts of the chip in the middle of whatever the driver does.
// Every promise settles, with a typed failure at worst; no byte is wrong; in the end the modem works, and nothing is left.

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Modem } from "../../../../firmware/modem/modem.js";
import type { Timer } from "../../../../firmware/platform/clock.js";
import { Failure } from "../../../../firmware/platform/failure.js";
import type { Platform } from "../../../../firmware/platform/platform.js";
import { FAULTS, type FaultName, Faults } from "../../../../host-sim/modem/faults.js";
import type { Mishap } from "../../../../host-sim/modem/sim7080.js";
import { Client, ECHO_HOST, ECHO_PORT, Rig } from "../rig.js";

/** Without those that only a person can mend, and those that spoil bytes of a body, which TCP over a UART cannot notice. */
const EXCLUDED = new Set(["sim-puk", "no-sim", "sim-failure", "sim-pin", "garble", "drop", "garble-input"]);
const FAULT_NAMES = FAULTS.map(({ name }) => name).filter((name) => !EXCLUDED.has(name)) as FaultName[];
const MISHAPS: Mishap[] = ["restart", "freeze", "zombie", "pdp-drop", "under-voltage", "sim-lost", "power-loss"];
const RUNGS = ["renewPdp", "radioCycle", "restart", "powerCycle"] as const;
/** The longest that one call may take: a bring-up with every press of the key and every limit, behind a rung on a dead modem. */
const CALL_LIMIT_MS = 700_000;

type Step =
  | { do: "up"; sockets: number }
  | { do: "rung"; rung: (typeof RUNGS)[number] }
  | { do: "ask" }
  | { do: "mishap"; mishap: Mishap }
  | { do: "restart-chip" }
  | { do: "unplug" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("up" as const), sockets: fc.integer({ min: 0, max: 14 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("rung" as const), rung: fc.constantFrom(...RUNGS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("mishap" as const), mishap: fc.constantFrom(...MISHAPS) }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: "ask" } as const, { do: "unplug" } as const) },
  { weight: 1, arbitrary: fc.constant({ do: "restart-chip" } as const) },
);

/** One modem, and the chips that drive it one after another. */
class Bench {
  readonly rig: Rig;
  modem: Modem;
  /** Timers of the chip that runs now. */
  #timers = new Set<unknown>();
  #clients: { client: Client; written: number[] }[] = [];

  constructor(seed: number, poweredOn: boolean, delayScale: number, faults: Faults) {
    this.rig = new Rig({ sim: { seed, poweredOn, delayScale, faults } });
    this.modem = this.#make(this.rig.platform);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** @returns the failure of a call, if it failed with one */
  async settle(call: Promise<unknown>): Promise<Failure | undefined> {
    const error = await this.rig.settle(
      call.then(
        () => undefined,
        (reason: unknown) => reason,
      ),
      CALL_LIMIT_MS,
    );
    if (error !== undefined) expect(error).toBeInstanceOf(Failure);
    return error as Failure | undefined;
  }

  async play(item: Step): Promise<void> {
    const { rig, modem } = this;
    if (item.do === "mishap") rig.device.push(rig.sim.mishap(item.mishap, rig.world.now));
    else if (item.do === "unplug") rig.unplug();
    else if (item.do === "rung") await this.settle(modem[item.rung]!());
    else if (item.do === "ask") await this.settle(Promise.all([modem.status(), modem.time()]));
    else if (item.do === "restart-chip") {
      const platform = rig.device.boot();
      this.forget();
      await rig.world.run(400);
      this.modem = this.#make(platform);
    } else if ((await this.settle(modem.up())) === undefined) {
      for (let i = 0; i < item.sockets; i++) this.#open(i);
    }
  }

  /** What was received is the beginning of what was written, and each owner was told of the end at most once. */
  verify(): void {
    for (const { client, written } of this.#clients) {
      expect([...client.received]).toEqual(written.slice(0, client.count));
      expect(client.events.filter((event) => event === "error").length).toBeLessThanOrEqual(1);
    }
  }

  forget(): void {
    for (const { client } of this.#clients) client.socket.close();
    this.#clients = [];
  }

  /** A byte there and back, after what the driver's own advice says to do about failures. */
  async works(): Promise<void> {
    for (const rung of [...RUNGS, ...RUNGS]) {
      let failure = await this.settle(this.modem.up());
      if (failure === undefined) {
        const client = new Client(this.modem.TCP, ECHO_HOST, ECHO_PORT);
        await this.rig.world.run(() => client.room > 0 || client.error !== undefined, 200_000);
        if (client.room > 0) client.write(Uint8Array.of(7));
        await this.rig.world.run(() => client.count > 0 || client.error !== undefined, 200_000);
        if (client.count > 0) return;
        failure = client.error as Failure;
      }
      if (failure.advice === "reset-modem") await this.settle(this.modem[rung]!());
      await this.rig.world.run(60_000);
    }
    throw new Error(`does not work again: ${this.rig.lines.slice(-10).join(" | ")}`);
  }

  #open(i: number): void {
    const client = new Client(this.modem.TCP, ECHO_HOST, i % 5 === 4 ? ECHO_PORT + 1 : ECHO_PORT);
    const written: number[] = [];
    const size = i % 3 === 0 ? 10_000 : 100;
    client.reading = i % 4 !== 3;
    client.onRoom = () => {
      while (client.room > 0 && written.length < size) {
        const part = Uint8Array.from({ length: Math.min(client.room, size - written.length) }, (_, at) => at + i);
        written.push(...part);
        client.write(part);
      }
    };
    this.#clients.push({ client, written });
  }

  #make({ Serial, clock, timer, log, powerKey }: Platform): Modem {
    const timers = new Set<unknown>();
    this.#timers = timers;
    const counted: Timer = {
      set: (callback, ms) => {
        const id = timer.set(() => {
          timers.delete(id);
          callback();
        }, ms);
        timers.add(id);
        return id;
      },
      clear: (id) => {
        timers.delete(id);
        timer.clear(id);
      },
    };
    return this.rig.make({ Serial, clock, timer: counted, log, powerKey });
  }
}

test("whatever goes wrong together, every call settles, no byte is wrong, and the modem works in the end", async () => {
  const scenes = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    poweredOn: fc.boolean(),
    delayScale: fc.constantFrom(0, 0.3, 1),
    faults: fc.subarray(FAULT_NAMES, { maxLength: 3 }),
    steps: fc.array(fc.record({ item: step, thenMs: fc.constantFrom(0, 30, 700, 20_000) }), {
      minLength: 2,
      maxLength: 8,
    }),
  });
  await fc.assert(
    fc.asyncProperty(scenes, async ({ seed, poweredOn, delayScale, faults, steps }) => {
      const set = new Faults(faults.map((name) => ({ name })));
      const bench = new Bench(seed, poweredOn, delayScale, set);
      for (const { item, thenMs } of steps) {
        await bench.play(item);
        await bench.rig.world.run(thenMs);
        bench.verify();
      }
      for (const name of faults) set.clear(name);
      bench.forget();
      await bench.works();
      expect(await bench.settle(bench.modem.down())).toBeUndefined();
      expect(bench.timers).toBe(0);
    }),
    { numRuns: 40 },
  );
}, 60_000);
