// Virtual time in step with a real clock, for people who look on: at its speed, faster or slower. Nothing on the desk differs.

import type { VirtualWorld } from "../world/virtual-world.js";

/** A real clock, as whoever has one hands it in. */
export interface RealTime {
  /** Milliseconds that only grow. */
  now(): number;
  /** Settles after so many milliseconds. */
  sleep(ms: number): Promise<void>;
}

/** The longest sleep, in milliseconds: what is done to the desk meanwhile waits for no more than this. */
const SLEEP_MAX_MS = 50;

/**
 * Lets time pass as `real` does until a condition holds. Where the simulation cannot keep up, its time falls behind,
 * and catches up later.
 * @param done asked before each event
 * @param speed virtual milliseconds to a real one, above 0; default 1
 */
export async function inStep(world: VirtualWorld, real: RealTime, done: () => boolean, speed = 1): Promise<void> {
  const begun = { real: real.now(), virtual: world.now };
  for (;;) {
    const due = begun.virtual + (real.now() - begun.real) * speed;
    if (await world.run(done, Math.max(0, due - world.now))) return;
    const left = world.scheduler.next === undefined ? SLEEP_MAX_MS : (world.scheduler.next - world.now) / speed;
    await real.sleep(Math.min(Math.max(left, 0), SLEEP_MAX_MS));
  }
}
