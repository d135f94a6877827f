// Whatever the host, the key, the supply and the network do, in any order: the core neither throws nor spins, keeps its
// books on receive windows, and does the same again from the same seed.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FAULTS } from "../../../host-sim/modem/faults.js";
import { Sim7080 } from "../../../host-sim/modem/sim7080.js";
import type { ModemAction, NetworkEvent } from "../../../host-sim/world/core.js";
import { bytes, START } from "./desk.js";

const LINES = [
  "AT\r",
  "ATE0\r",
  "AT+CNACT=0,1\r",
  "AT+CNACT=0,0\r",
  'AT+CAOPEN=0,0,"TCP","h",80\r',
  'AT+CAOPEN=1,0,"TCP","h",80,1\r',
  'AT+CACFG="ASYNCOPEN",1\r',
  "AT+CASEND=0,5\rhello",
  "AT+CASEND=0,5\rhe",
  "AT+CARECV=0,1000\r",
  "AT+CARECV?\r",
  "AT+CACLOSE=0\r",
  "AT+CFUN=0\r",
  "AT+CFUN=1\r",
  "AT+CFUN=1,1\r",
  "AT+CPOWD=1\r",
  "AT+CPOWD=0\r",
  "ATD*99#\r",
  "+++",
  'AT+CPSMS=1,,,"00100001","00000001"\r',
  'AT+CEDRXS=1,4,"0000"\r',
  "AT+COPS=2\r",
  "AT+COPS=0\r",
  "AT+CNTP\r",
  'AT+CDNSGIP="h"\r',
  "\x00\xff\r",
];

type Step =
  | { do: "say"; line: string }
  | { do: "wait"; ms: number }
  | { do: "key"; ms: number }
  | { do: "supply" }
  | { do: "net"; event: NetworkEvent["event"]; cid: number; count: number }
  | { do: "network"; access: "home" | "none" | "denied" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...LINES).map((line) => ({ do: "say", line }) as const) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 100_000 }).map((ms) => ({ do: "wait", ms }) as const) },
  { weight: 1, arbitrary: fc.constantFrom(500, 1100, 1300, 13_000).map((ms) => ({ do: "key", ms }) as const) },
  { weight: 1, arbitrary: fc.constant({ do: "supply" } as const) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("net" as const),
      event: fc.constantFrom(
        "connected" as const,
        "failed" as const,
        "data" as const,
        "acked" as const,
        "closed" as const,
      ),
      cid: fc.integer({ min: 0, max: 2 }),
      count: fc.integer({ min: 1, max: 3000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("home" as const, "none" as const, "denied" as const)
      .map((access) => ({ do: "network", access }) as const),
  },
);

/** Plays the steps. @returns everything the modem did, as text */
function play(steps: readonly Step[], faults: readonly string[], delayScale: number): string {
  const modem = new Sim7080({ poweredOn: true, delayScale, seed: 5 });
  for (const name of faults) modem.setFault(name as never);
  const windows = new Map<number, number>();
  const log: string[] = [];
  let now = START;
  const take = (actions: ModemAction[]) => {
    for (const action of actions) {
      if (action.do === "connect") windows.set(action.cid, 0);
      if (action.do === "window") windows.set(action.cid, windows.get(action.cid)! + action.bytes);
      if (action.do === "close") windows.delete(action.cid);
      log.push(JSON.stringify(action));
    }
  };
  const pass = (ms: number) => {
    const end = now + ms;
    let spins = 0;
    for (let next = modem.nextDeadline(); next !== undefined && next <= end; next = modem.nextDeadline()) {
      spins = next <= now ? spins + 1 : 0;
      expect(spins).toBeLessThan(50);
      now = Math.max(now, next);
      take(modem.poll(now));
    }
    now = end;
  };
  for (const item of steps) {
    if (item.do === "say") take(modem.uart(bytes(item.line), now));
    else if (item.do === "wait") pass(item.ms);
    else if (item.do === "network") take(modem.setNetwork({ access: item.access }, now));
    else if (item.do === "supply") {
      take(modem.supply(0, now));
      take(modem.supply(1, now));
    } else if (item.do === "key") {
      take(modem.powerKey(1, now));
      pass(item.ms);
      take(modem.powerKey(0, now));
    } else if (windows.has(item.cid)) {
      const { cid, count } = item;
      const event: string = item.event;
      if (event === "connected" || event === "closed") take(modem.network({ event, cid }, now));
      else if (event === "failed") take(modem.network({ event, cid, reason: "refused" }, now));
      else if (event === "acked") take(modem.network({ event, cid, count }, now));
      else if (event === "data") {
        const room = Math.min(count, windows.get(cid)!);
        if (room === 0) continue;
        windows.set(cid, windows.get(cid)! - room);
        take(modem.network({ event, cid, bytes: new Uint8Array(room).fill(0x41) }, now));
      }
    }
  }
  pass(400_000);
  return log.join("\n");
}

describe("in any order of events", () => {
  test.each([0, 1])("the core holds, and repeats itself (delay scale %i)", (scale) => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.subarray(
          FAULTS.map(({ name }) => name),
          { maxLength: 4 },
        ),
        (steps, faults) => {
          expect(play(steps, faults, scale)).toBe(play(steps, faults, scale));
        },
      ),
      { numRuns: 150 },
    );
  });
});
