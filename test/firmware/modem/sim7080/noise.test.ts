// A bad line: bytes turned over or lost both ways. Nothing may hang, and what comes up must work.

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Failure } from "../../../../firmware/platform/failure.js";
import { Faults } from "../../../../host-sim/modem/faults.js";
import { Rig } from "../rig.js";

/** Longest bring-up: every press of the key, the SIM's, the network's and the PDP context's limits. */
const UP_LIMIT_MS = 600_000;
/** Longest time until a socket has failed or has its bytes through: an open, a stall, and what the line costs. */
const SOCKET_LIMIT_MS = 400_000;

test("whatever the line does, up and sockets settle, and a clean line works again", async () => {
  const faults = fc.record({
    name: fc.constantFrom("garble" as const, "drop" as const, "garble-input" as const),
    every: fc.integer({ min: 20, max: 2000 }),
    times: fc.integer({ min: 1, max: 40 }),
    seed: fc.integer({ min: 1, max: 1000 }),
    poweredOn: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(faults, async ({ name, every, times, seed, poweredOn }) => {
      const noise = new Faults([{ name, value: every, times }]);
      const rig = new Rig({ sim: { seed, poweredOn, faults: noise } });
      const outcome = await rig.settle(
        rig.modem.up().catch((error) => error),
        UP_LIMIT_MS,
      );
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Failure);
      else {
        const client = rig.client();
        const bytes = new Uint8Array(4000).fill(0x42);
        let at = 0;
        client.onRoom = () => {
          const part = bytes.subarray(at, at + client.room);
          at += part.length;
          if (part.length > 0) client.write(part);
        };
        await rig.world.run(() => client.count >= bytes.length || client.error !== undefined, SOCKET_LIMIT_MS);
        if (client.error) expect(client.error).toBeInstanceOf(Failure);
        else expect(client.count).toBeGreaterThanOrEqual(bytes.length);
      }
      noise.clear(name);
      for (let i = 0; i < 3; i++) {
        const again = await rig.settle(
          rig.modem.up().catch((error) => error),
          UP_LIMIT_MS,
        );
        if (!(again instanceof Error)) break;
        await rig.settle(rig.modem.restart().catch(() => {}));
        expect(i).toBeLessThan(2);
      }
      const client = rig.client();
      await rig.world.run(() => client.room > 0, 120_000);
      client.write(Uint8Array.of(1, 2, 3));
      await rig.world.run(() => client.count === 3, 120_000);
      expect([...client.received]).toEqual([1, 2, 3]);
    }),
    { numRuns: 60 },
  );
}, 60_000);
