// What a run finds on the desk: a modem, and behind a simulated one a simulated cloud.

import { realpathSync } from "node:fs";
import { builtInRoots } from "../../../firmware/cloud/roots.js";
import type { SerialClass } from "../../../firmware/platform/io.js";
import type { DigitalOut } from "../../../firmware/platform/pins.js";
import type { CloudFaults } from "../../cloud/faults.js";
import type { Network } from "../../modem/network.js";
import { NodeModem, type NodeModemOptions } from "../../modem/node-modem.js";
import type { ModelName } from "../../modem/options.js";
import { Sim7080 } from "../../modem/sim7080.js";
import { serialOver } from "../../platform/serial.js";
import { uartOnDevice } from "../../platform/serial-device.js";
import { uartOverTcp } from "../../platform/uart-tcp.js";
import type { NameTable, UartEnd } from "../../world/core.js";
import { DEFAULT_SIM } from "../../world/sims.js";
import { type Address, isLoopback, type ModemAddress } from "./address.js";
import { greetingCloud, type SimulatedCloud } from "./clouds.js";
import { type Controlled, obey } from "./control-port.js";
import type { FaultSwitch, SelectedFaults } from "./faults.js";
import { rootsOf, savedRoots } from "./home.js";

export interface DeskOptions {
  modem: ModemAddress;
  faults: SelectedFaults;
  delayScale: number;
  /** Starts the cloud behind a simulated modem; left out: 1NCE's onboarding and AWS IoT Core. */
  simulate?: ((faults: CloudFaults) => Promise<SimulatedCloud>) | undefined;
  /** A host outside, which the simulated network leads to, whatever name it has. Without `simulate` there is no cloud then. */
  outside?: Address | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** Listens to the line, for a record of it. */
  listen?: ((end: UartEnd) => UartEnd) | undefined;
  /** Of the simulated network. */
  network?: Partial<Network> | undefined;
  /** The simulated modem is on from the start; default: off, until PWRKEY is pressed. */
  poweredOn?: boolean;
}

/** What can be done to a simulated desk. */
export interface DeskReach extends FaultSwitch {
  /** Does a wish, as the control port of `simkey modem` takes it. @throws ControlError */
  wish(wish: unknown): Readonly<Record<string, unknown>>;
  /** Sends the device a command. Absent: there is no simulated cloud. @returns false: it is not connected */
  command?: (command: unknown) => boolean;
}

export interface Desk {
  Serial: SerialClass;
  powerKey?: DigitalOut;
  /** Trust anchors for the onboarding host, where it is a simulated one. */
  roots?: readonly Uint8Array[];
  /** For people: what is there. */
  description: string;
  /** Where modem and cloud are simulated: how they are reached while a run is on. */
  reach?: DeskReach;
  close(): Promise<void>;
}

/** Makes what `options.modem` names. @throws Error when it can't be reached */
export async function openDesk(options: DeskOptions): Promise<Desk> {
  const { modem, listen = (end) => end } = options;
  if (modem.kind === "sim") return simulatedDesk(options);
  if (modem.kind === "serial") {
    const uart = await uartOnDevice(modem.path, modem.baud);
    // A pseudo terminal is a program's: simkey modem --pty.
    const roots = isPseudoTerminal(modem.path) ? rootsNearby(options.env) : undefined;
    return lineDesk(listen(uart), `a modem on ${modem.path} at ${modem.baud} baud`, roots);
  }
  const uart = await uartOverTcp(modem.host, modem.port);
  const roots = isLoopback(modem.host) ? rootsNearby(options.env) : undefined;
  return lineDesk(listen(uart), `a modem at ${modem.host}:${modem.port}`, roots);
}

/**
 * Whom a modem behind a program of this machine may be before: a simulated cloud that runs here, or, where that program is a
 * bridge to a modem's own port, the true ones.
 */
function rootsNearby(env: DeskOptions["env"]): Desk["roots"] {
  const saved = savedRoots(env);
  return saved && [...builtInRoots(), ...saved];
}

/** Whether a path leads to a pseudo terminal, as no modem's own port does. */
function isPseudoTerminal(path: string): boolean {
  try {
    return /^\/dev\/(pts\/\d+|ttys\d+)$/.test(realpathSync(path));
  } catch {
    return false;
  }
}

/**
 * A desk with a modem at the end of a line, and no wire to its power key.
 * @param roots of the simulated clouds that run on this machine, where the modem may be before one of them
 */
function lineDesk(uart: UartEnd, place: string, roots: Desk["roots"]): Desk {
  const description = roots ? `${place}, before a simulated cloud` : place;
  return { Serial: serialOver(() => uart), description, close: async () => uart.close(), ...(roots && { roots }) };
}

async function simulatedDesk(options: DeskOptions): Promise<Desk> {
  const { faults, delayScale, outside } = options;
  // A modem in a data call is one that outlived its host: it is on. A slow boot is one that can be seen.
  const poweredOn = (options.poweredOn === true && !faults.modem.has("boot-slow")) || faults.modem.has("data-mode");
  const simulate = options.simulate ?? (outside ? undefined : (set: CloudFaults) => greetingCloud({ faults: set }));
  const cloud = await simulate?.(faults.cloud);
  const names: NameTable = {
    lookup: (host, port) =>
      outside && host === outside.host && port === outside.port ? outside : cloud?.nameTable.lookup(host, port),
  };
  const { core, modem } = controlledModem(faults, delayScale, poweredOn, {
    sim: DEFAULT_SIM,
    names,
    ...(options.network && { network: options.network }),
  });
  const uart = options.listen?.(modem.uart) ?? modem.uart;
  const beyond = cloud
    ? `simulated cloud at ${cloud.address.host}:${cloud.address.port}`
    : `broker at ${outside?.host}:${outside?.port}`;
  return {
    Serial: serialOver(() => uart),
    powerKey: { write: (level) => modem.powerKey(level) },
    ...(cloud && { roots: rootsOf(cloud.caPem, "the simulated cloud") }),
    description: `simulated SIM7080G; ${beyond}`,
    reach: {
      modem: core,
      run: (act) => modem.run(act),
      cloud: faults.cloud,
      wish: (wish) => obey([{ core, modem }], wish),
      ...(cloud && { command: (command) => cloud.command(command) }),
    },
    close: async () => {
      await modem.close();
      await cloud?.close();
    },
  };
}

/** What a simulated modem in real time is made of. */
export type MadeOptions = NodeModemOptions & {
  sim: number;
  model?: ModelName;
  identity?: string | undefined;
  network?: Partial<Network>;
};

/** A simulated modem in real time, with its core, for whoever controls it. */
export function controlledModem(
  faults: SelectedFaults,
  delayScale: number,
  poweredOn: boolean,
  options: MadeOptions,
): Controlled {
  const { sim, model, identity, network } = options;
  const seed = Date.now() % 0x7fff_ffff;
  const core = new Sim7080({ model, identity, sim, seed, delayScale, poweredOn, faults: faults.modem, network });
  return { core, modem: new NodeModem(core, options) };
}
