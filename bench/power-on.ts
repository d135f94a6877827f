// The way from power-on to the first PUBACK, and the waits in it that nobody can avoid. Virtual time, one seed.

import { configure } from "../firmware/settings/configure.js";
import { Sim7080 } from "../host-sim/modem/sim7080.js";
import { composeOneNce } from "../host-sim/simulation/one-nce.js";
import { addCloud } from "../host-sim/simulation/virtual-cloud.js";
import { type LinkProfile, LTE_M } from "../host-sim/world/link.js";
import { DEFAULT_SIM, sourceAddressOf } from "../host-sim/world/sims.js";
import { VirtualWorld } from "../host-sim/world/virtual-world.js";
import { ObservedModem, type Share } from "./observed-modem.js";

const LIMIT_MS = 600_000;

/** From power-on to the first PUBACK, onboarding included, as the modem has seen it. */
export interface PowerOn {
  /** Milliseconds in all. */
  total: number;
  /** Lines of the AT channel until a socket was open. */
  exchanges: readonly string[];
  /** What nobody can avoid. */
  shares: readonly Share[];
}

/**
 * Switches a device on whose modem has the APN saved and whose token is over.
 * @param modemBaud speed of the line
 */
export async function powerOn(modemBaud: number): Promise<PowerOn> {
  const world = new VirtualWorld({ seed: 1 });
  // The token of the first life is over in the second one, so that onboarding is part of the way.
  addCloud(world, { tokenLifeSeconds: 120 });
  const link: LinkProfile = { ...LTE_M, jitterMs: 0 };
  const core = new ObservedModem(new Sim7080({ seed: 1, sim: DEFAULT_SIM, network: { registrationMs: 4_000 } }), 4_000);
  const board = world.device({ name: "device", modem: core, sourceAddress: sourceAddressOf(DEFAULT_SIM), up: link });
  const config = configure({ modemBaud });
  // A first life leaves the APN in the modem's flash, as in the field.
  const first = composeOneNce(board.boot(), { config });
  first.device.start();
  await world.run(() => first.device.firstPubackAt !== undefined, LIMIT_MS);
  first.device.stop();
  await world.run(60_000);
  await world.run(() => core.off(world.now), LIMIT_MS);
  board.off();
  for (const level of [1, 0] as const) {
    board.push(core.powerKey(level, world.now));
    await world.run(2_000);
  }
  await world.run(150_000);
  core.begin();
  const exchanges: string[] = [];
  let opened = 0;
  const { device, link: modem } = composeOneNce(board.boot(), {
    config,
    trace: (direction, text) => {
      if (direction === "tx" && opened === 0) exchanges.push(text.trim());
      if (direction === "rx" && text.startsWith("+CAOPEN")) opened ||= exchanges.length;
    },
  });
  device.start();
  await world.run(() => device.firstPubackAt !== undefined, LIMIT_MS);
  const total = device.firstPubackAt ?? Number.NaN;
  const { uartTxBytes, uartRxBytes } = modem.counters();
  return { total, exchanges: exchanges.slice(0, opened), shares: core.unavoidable(uartTxBytes + uartRxBytes) };
}
