// Restart of the chip alone, as a watchdog or an update does it: the modem stays on, the token is kept.

import { Chronicle } from "../../host-sim/desk/chronicle.js";
import { Desk } from "../../host-sim/desk/desk.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";
import { RADIO, SEED } from "./yardstick.js";

const RESTARTS = 8;
const LIMIT_MS = 120_000;

/** Mean milliseconds from the firmware's first line to the first PUBACK behind it. */
export async function restartToPuback(modemBaud: number): Promise<number> {
  const world = new VirtualWorld({ seed: SEED });
  const chronicle = new Chronicle(world);
  const settings = { modemBaud };
  const desk = new Desk({ seed: SEED, world, settings, watcher: chronicle, bootRecord: false, board: { up: RADIO } });
  desk.start();
  let sum = 0;
  for (let i = 0; i <= RESTARTS; i++) {
    const { boots } = desk.unit;
    if (i > 0) {
      desk.unit.dip(0);
      await desk.run(() => desk.unit.boots > boots, LIMIT_MS);
    }
    const from = world.now;
    const seen = chronicle.named("acked").length;
    if (!(await desk.run(() => chronicle.named("acked").length > seen, LIMIT_MS)))
      throw new Error("no PUBACK after a restart");
    if (i > 0) sum += world.now - from;
    await desk.run(30_000);
  }
  return sum / RESTARTS;
}
