// A whole world in one process and in virtual time: servers, devices, the network between them, from one seed.
// The same seed and the same program give the same trace to the byte.

import type { TcpClass } from "../../firmware/platform/io.js";
import type { Platform } from "../../firmware/platform/platform.js";
import { type BoardClock, powerOn, seededRandom } from "./board.js";
import type { ServerCore } from "./core.js";
import { type DeviceOptions, VirtualDevice } from "./device.js";
import { FAST, type LinkProfile, Path } from "./link.js";
import { VirtualNetwork } from "./network.js";
import { Prng } from "./prng.js";
import { Scheduler } from "./scheduler.js";
import { Server } from "./server.js";
import { modelTls } from "./tls-client.js";
import type { TlsFrontOptions } from "./tls-server.js";
import { Trace } from "./trace.js";
import type { Turn } from "./turn.js";
import { virtualTcp } from "./virtual-tcp.js";

/** 2026-01-01T00:00:00Z. */
export const DEFAULT_START_MS = 1_767_225_600_000;

export interface VirtualWorldOptions {
  seed: string | number;
  /** Where time begins, milliseconds since 1970. Default: DEFAULT_START_MS. */
  startMs?: number;
  /** Takes each line of the trace; left out: only its hash is kept. */
  trace?: (line: string) => void;
  /** Turns of the engine that runs it; left out: Node's. */
  turn?: Turn;
}

export interface ServerOptions {
  core: ServerCore;
  /** Where it stands: host names and ports. */
  at: readonly { host: string; port: number }[];
  /** Modelled TLS in front of the core; left out: plain TCP. */
  tls?: TlsFrontOptions;
}

/** A host on the network without a modem. */
export type Host = Pick<Platform, "clock" | "timer" | "random" | "TLS"> & { TCP: TcpClass; path: Path };

/** The world. Everything in it is made before or while `run` runs; nothing happens outside of `run`. */
export class VirtualWorld {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly network: VirtualNetwork;
  /** The root of all random numbers; `split` it by name. */
  readonly random: Prng;
  /** When time began, milliseconds since 1970. */
  readonly startMs: number;

  constructor(options: VirtualWorldOptions) {
    const startMs = options.startMs ?? DEFAULT_START_MS;
    this.startMs = startMs;
    this.scheduler = new Scheduler(startMs, options.turn);
    this.trace = new Trace(startMs, options.trace);
    this.random = new Prng(options.seed);
    this.network = new VirtualNetwork(this.scheduler, this.trace);
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.scheduler.now;
  }

  /** Milliseconds since time began. */
  get elapsed(): number {
    return this.now - this.startMs;
  }

  /** Adds a server. */
  server(options: ServerOptions): Server {
    const server = new Server(options.core, this.scheduler, options.tls);
    for (const { host, port } of options.at) this.network.listen(host, port, server);
    return server;
  }

  /** Adds a device; `boot` it to get its platform. */
  device(options: DeviceOptions): VirtualDevice {
    return new VirtualDevice(this, options);
  }

  /** Adds a host with plain TCP and no modem: for what runs over TCP alone. Its clock is right unless told otherwise. */
  host(name: string, address: string, link: LinkProfile = FAST, clock: BoardClock = { wall: "true" }): Host {
    const random = this.random.split(name);
    const path = new Path(this.scheduler, random.split("path"), link);
    const TCP = virtualTcp(this.network, { name, address, path, impure: true });
    const { clock: boardClock, timer } = powerOn(this.scheduler, clock);
    return { TCP, TLS: modelTls(), clock: boardClock, timer, random: seededRandom(random.split("board")), path };
  }

  /**
   * Lets time pass, see `Scheduler.run`.
   * @param goal how many milliseconds, or a condition
   * @param limitMs for a condition: the most milliseconds to wait for it
   * @returns whether the goal was reached
   */
  run(goal: number | (() => boolean), limitMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (typeof goal === "number") return this.scheduler.run(this.now + goal);
    return this.scheduler.run(goal, this.now + limitMs);
  }
}
