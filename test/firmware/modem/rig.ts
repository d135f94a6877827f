// A driver on a simulated modem in a virtual world, with an echo server: what most tests of the driver stand on.

import { createModem, type Modem, type ModemOptions } from "../../../firmware/modem/modem.js";
import type { ByteStream, TcpClass } from "../../../firmware/platform/io.js";
import { bytesOf } from "../../../firmware/platform/io.js";
import type { Platform } from "../../../firmware/platform/platform.js";
import { Sim7080, type Sim7080Options } from "../../../host-sim/modem/sim7080.js";
import type { Hello, ServerAction, ServerCore } from "../../../host-sim/world/core.js";
import type { DeviceOptions, VirtualDevice } from "../../../host-sim/world/device.js";
import { sourceAddressOf } from "../../../host-sim/world/sims.js";
import { VirtualWorld } from "../../../host-sim/world/virtual-world.js";

export const ECHO_HOST = "echo.example.com";
export const ECHO_PORT = 7;

/** Sends back what it gets; the bytes `quit` end the connection behind the answer. */
export class EchoServer implements ServerCore {
  connections = 0;
  readonly received = new Map<number, number[]>();
  open(connection: number, _hello: Hello): ServerAction[] {
    this.connections++;
    this.received.set(connection, []);
    return [];
  }
  receive(connection: number, bytes: Uint8Array): ServerAction[] {
    this.received.get(connection)!.push(...bytes);
    const quits = String.fromCharCode(...bytes.subarray(-4)) === "quit";
    return [{ do: "send", connection, bytes: bytes.slice() }, ...(quits ? [{ do: "close", connection } as const] : [])];
  }
  closed(): ServerAction[] {
    return [];
  }
  poll(): ServerAction[] {
    return [];
  }
  nextDeadline(): undefined {
    return undefined;
  }
}

export interface RigOptions {
  sim?: Sim7080Options;
  modem?: Partial<ModemOptions>;
  device?: Partial<DeviceOptions>;
  server?: ServerCore;
}

export class Rig {
  readonly world = new VirtualWorld({ seed: 7 });
  readonly sim: Sim7080;
  readonly device: VirtualDevice;
  readonly platform: Platform;
  readonly modem: Modem;
  /** The AT lines, `> ` sent and `< ` received. */
  readonly lines: string[] = [];
  readonly stages: string[] = [];
  readonly losses: Error[] = [];
  readonly echo = new EchoServer();

  constructor(options: RigOptions = {}) {
    this.sim = new Sim7080(options.sim);
    this.world.server({ core: options.server ?? this.echo, at: [{ host: ECHO_HOST, port: ECHO_PORT }] });
    this.device = this.world.device({
      name: "rig",
      modem: this.sim,
      sourceAddress: sourceAddressOf(1),
      ...options.device,
    });
    this.platform = this.device.boot();
    this.modem = this.make(options.modem);
  }

  /** Another driver on the same modem, as after a restart of the chip. */
  make(options: Partial<ModemOptions> = {}): Modem {
    const { Serial, clock, timer, log, powerKey } = this.platform;
    return createModem({
      Serial,
      clock,
      timer,
      log,
      powerKey,
      trace: (direction, text) => this.lines.push(`${direction === "tx" ? ">" : "<"} ${text}`),
      onStage: (stage) => {
        if (this.stages.at(-1) !== stage) this.stages.push(stage);
      },
      onLost: (error) => this.losses.push(error),
      ...options,
    });
  }

  /** Runs until a promise settles, at most `limitMs`; its value or error is the result. */
  async settle<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    let done = false;
    const mark = () => {
      done = true;
    };
    promise.then(mark, mark);
    if (!(await this.world.run(() => done, limitMs))) throw new Error(`not settled within ${limitMs} ms`);
    return promise;
  }

  /** Commands sent, without the `> `. */
  get sent(): string[] {
    return this.lines.filter((line) => line.startsWith("> ")).map((line) => line.slice(2));
  }

  client(host = ECHO_HOST, port = ECHO_PORT): Client {
    return new Client(this.modem.TCP, host, port);
  }
}

/** A socket that keeps what happens to it. */
export class Client {
  readonly socket: ByteStream;
  readonly chunks: Uint8Array[] = [];
  readonly events: string[] = [];
  room = 0;
  error: (Error & { code?: string }) | undefined;
  onRoom: (() => void) | undefined;
  reading = true;

  constructor(TCP: TcpClass, host: string, port: number) {
    this.socket = new TCP({
      host,
      port,
      onWritable: (room) => {
        this.events.push("writable");
        this.room = room;
        this.onRoom?.();
      },
      onReadable: () => {
        this.events.push("readable");
        if (this.reading) this.read();
      },
      onError: (error) => {
        this.events.push("error");
        this.error = error;
      },
    });
  }

  read(): void {
    const chunk = this.socket.read();
    if (chunk) this.chunks.push(bytesOf(chunk));
  }

  write(bytes: Uint8Array): void {
    this.room = this.socket.write(bytes);
  }

  get received(): Uint8Array {
    return Uint8Array.from(this.chunks.flatMap((chunk) => [...chunk]));
  }

  get text(): string {
    return String.fromCharCode(...this.received);
  }
}
