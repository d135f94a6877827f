// An update brings a firmware that notes what is under way, and may be undone: each reads what the other wrote, in any order,
// and no record is lost or comes twice for it. `before-notes` holds the code of before, unchanged.

import { expect, test } from "@jest/globals";
import { decodeSession, encodeSession } from "../../../firmware/mqtt/saved-session.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { NorFlash, PowerCut } from "../../../host-sim/platform/nor-flash.js";
import { Prng } from "../../../host-sim/world/prng.js";
import { Outbox as OutboxBefore } from "./before-notes/outbox.js";
import {
  decodeSession as decodeSessionBefore,
  encodeSession as encodeSessionBefore,
} from "./before-notes/saved-session.js";

type Either = Pick<Outbox, "append" | "delivered" | "next" | "nextSequence" | "size" | "dropped">;

/** All that an outbox tells. */
function told(outbox: Either): unknown {
  const records = [];
  for (let next = outbox.next(0); next; next = outbox.next(next.sequence))
    records.push([next.sequence, next.topic, Buffer.from(next.payload).toString("hex"), next.qos, next.retain]);
  return { records, next: outbox.nextSequence, size: outbox.size, dropped: outbox.dropped };
}

test("either firmware finds the same in a flash that both have written, in thousands of histories with power cuts", () => {
  let [switches, cuts, notes] = [0, 0, 0];
  for (let seed = 1; seed <= 1_000; seed++) {
    const random = new Prng(seed);
    const flash = new NorFlash({
      blocks: 3 + random.below(5),
      blockLength: 256,
      random: () => random.unit(),
      ...(random.chance(0.2) && { endurance: 4 }),
    });
    let isNew = random.chance(0.5);
    let outbox: Either = isNew ? new Outbox(flash) : new OutboxBefore(flash);
    const open = () => {
      isNew = random.chance(0.5);
      outbox = isNew ? new Outbox(flash) : new OutboxBefore(flash);
      switches++;
    };
    for (let i = 0; i < 60; i++) {
      try {
        if (random.chance(0.02)) flash.cutAfter(random.below(200));
        if (random.chance(0.5)) outbox.append("t", new Uint8Array(random.below(50)).fill(i));
        const first = outbox.next(0)?.sequence;
        if (first !== undefined && outbox instanceof Outbox && random.chance(0.7)) {
          const last = Math.min(first + random.below(3), outbox.nextSequence - 1);
          if (outbox.note({ session: 1, id: 1 + i, first, last, count: last - first + 1 })) notes++;
        }
        if (first !== undefined && random.chance(0.5)) outbox.delivered(first + random.below(3));
      } catch (error) {
        if (!(error instanceof PowerCut)) {
          // Worn out: neither can write to it any more.
          expect(error).toMatchObject({ code: "store-worn" });
          break;
        }
        cuts++;
        flash.powerOn();
        open();
      }
      if (!random.chance(0.15)) continue;
      flash.powerOn();
      try {
        // Opened by the one and by the other, the same stands there.
        const here = told(new OutboxBefore(flash));
        expect(told(new Outbox(flash))).toEqual(here);
        expect(told(new OutboxBefore(flash))).toEqual(here);
        open();
      } catch (error) {
        expect(error).toMatchObject({ code: "store-worn" });
        break;
      }
    }
  }
  expect(Math.min(switches, cuts, notes)).toBeGreaterThan(200);
});

test("a saved session is read by either: to the firmware before, what was noted was never sent", () => {
  const session = {
    received: [7],
    granted: [["a/#", 1]] as [string, 0 | 1 | 2][],
    known: true,
    unanswered: false,
    clientId: "c",
  };
  const flights = [{ id: 5, awaits: 5, sequence: 9 }];
  const saved = encodeSession({ ...session, flights, lastId: 4_097, session: 511 });
  expect(decodeSession(saved)).toEqual({ ...session, flights, lastId: 4_097, session: 511 });
  // And what the last id is in stands there as a request, which its first connection ends.
  const request = { id: 4_097, awaits: 4, sequence: 0 };
  expect(decodeSessionBefore(saved)).toMatchObject({ ...session, flights: [request, ...flights] });
  const before = encodeSessionBefore({ ...session, flights, lastId: 4_097 });
  expect(decodeSession(before)).toEqual({ ...session, flights, lastId: 4_097 });
  expect(encodeSession({ ...session, flights, lastId: 4_097 })).toEqual(before);
});
