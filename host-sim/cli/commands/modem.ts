// `simkey modem`: the simulated SIM7080G on a TCP port, powered on, for other programs, until it is interrupted.

import { cloudAt } from "../../cloud/node/cloud.js";
import type { ModelName } from "../../modem/options.js";
import type { NameTable } from "../../world/core.js";
import type { LinkProfile } from "../../world/link.js";
import { deskEntry } from "../output/entry.js";
import { UsageError } from "../output/errors.js";
import { reporting } from "../output/report.js";
import { type Address, parseAddress } from "../parts/address.js";
import { commandList } from "../parts/commands.js";
import { simulatedModem } from "../parts/desk.js";
import { selectFaults } from "../parts/faults.js";
import { type SavedCa, saveCa } from "../parts/home.js";
import type { Surroundings } from "../parts/surroundings.js";
import { startOwnCloud } from "./cloud.js";

export interface ModemCommandOptions {
  model: ModelName;
  listen: string;
  cloud?: string;
  sim: number;
  fault: string[];
  delayScale: number;
  latency: number;
  bandwidth?: number;
  dial: string[];
  commands: boolean;
  json: boolean;
}

/** @throws UsageError; Node's error when the port is taken */
export async function modemCommand(options: ModemCommandOptions, around: Surroundings): Promise<void> {
  if (options.commands) {
    around.stdout(commandList());
    return;
  }
  const { report, elapsed } = reporting(options.json, around);
  const listen = parseAddress(options.listen, "--listen");
  const dialled = options.dial.map(parseDial);
  const faults = selectFaults(options.fault);
  const own = options.cloud === undefined ? await startOwnCloud({ faults: faults.cloud }, report, elapsed) : undefined;
  const cloud = own?.address ?? parseAddress(options.cloud!, "--cloud", 1);
  const names = joined(cloudAt(cloud), new Map(dialled));
  const modem = simulatedModem(faults, options.delayScale, true, {
    model: options.model,
    sim: options.sim,
    names,
    link: linkOf(options),
  });
  let ca: SavedCa | undefined;
  try {
    const { address, port } = await modem.listen(listen.host, listen.port);
    ca = own && saveCa(own.caPem, port, around.env);
    if (ca) report(deskEntry(elapsed(), "cloud-ready", { address: `${cloud.host}:${cloud.port}`, ca: ca.path }));
    report(
      deskEntry(elapsed(), "modem-ready", { modem: `simulated ${options.model}G, powered on, at ${address}:${port}` }),
    );
    await around.interrupted;
  } finally {
    ca?.drop();
    await modem.close();
    await own?.close();
  }
}

/** The radio as asked for; undefined: as if there were none. */
function linkOf({ latency, bandwidth }: ModemCommandOptions): LinkProfile | undefined {
  if (latency === 0 && bandwidth === undefined) return undefined;
  const bytesPerSecond = bandwidth ?? Number.POSITIVE_INFINITY;
  return { latencyMs: latency, jitterMs: 0, bytesPerSecond, loss: 0, recoveryMs: 0 };
}

/** `NAME=HOST:PORT`. @throws UsageError */
function parseDial(text: string): [name: string, to: Address] {
  const [name, to] = text.split("=", 2);
  if (!name || !to) throw new UsageError(`--dial must be NAME=HOST:PORT, not "${text}"`);
  return [name, parseAddress(to, "--dial", 1)];
}

/** The simulated cloud's names, and those that the user led elsewhere; these win. */
function joined(cloud: NameTable, dialled: ReadonlyMap<string, Address>): NameTable {
  return { lookup: (host, port) => dialled.get(host) ?? cloud.lookup(host, port) };
}
