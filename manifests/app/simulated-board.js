// The board of a project on platform lin, which has none: the project's world, with its parts simulated.

import { boardOf } from "host-sim/testing/world";
import Timer from "timer";
import world from "world";

/** @param now milliseconds that never go back */
export function boardOn(now) {
  const board = boardOf(world, { now });
  world.live?.(board, (ms, callback) => Timer.repeat(callback, ms));
  return board;
}
