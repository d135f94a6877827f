// The turns of a page's message port, on a port that behaves as the standard says: microtasks run between two listeners.

import { expect, test } from "@jest/globals";
import { Scheduler } from "../../../host-sim/world/scheduler.js";
import { type Channel, portTurn } from "../../../host-sim/world/turn.js";

/** Lets whatever promises are there settle. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A channel, and the messages it was given so far. */
function standardChannel(): Channel & { messages: () => number } {
  const listeners: (() => void)[] = [];
  let messages = 0;
  const dispatch = async () => {
    for (const listener of listeners) {
      listener();
      await settle();
    }
  };
  let busy: Promise<void> = Promise.resolve();
  return {
    port1: { addEventListener: (_, listener) => listeners.push(listener), start: () => {}, close: () => {} },
    port2: {
      postMessage: () => {
        messages++;
        busy = busy.then(settle).then(dispatch);
      },
    },
    messages: () => messages,
  };
}

test("all promises settle between two events, and one message serves many of them", async () => {
  const channel = standardChannel();
  const scheduler = new Scheduler(0, portTurn(channel));
  const ran: string[] = [];
  const chain = async (name: string) => {
    for (let i = 0; i < 30; i++) await Promise.resolve();
    ran.push(name);
  };
  for (let i = 0; i < 200; i++) scheduler.at(i, () => void chain(`settled ${i}`));
  for (let i = 0; i < 200; i++) scheduler.at(i, () => ran.push(`next ${i}`));
  await scheduler.run(1_000);
  expect(ran.slice(0, 4)).toEqual(["settled 0", "next 0", "settled 1", "next 1"]);
  expect(ran).toHaveLength(400);
  expect(channel.messages()).toBeLessThan(20);
  expect(await scheduler.run(() => false, 2_000)).toBe(false);
});
