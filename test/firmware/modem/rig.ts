// A driver on a simulated modem in a virtual world, with an echo server: what most tests of the driver stand on.

import { encodeUtf8, latin1 } from "../../../firmware/bytes/utf8.js";
import { createModem, type Modem, type ModemOptions } from "../../../firmware/modem/modem.js";
import {
  type BufferLike,
  type ByteStream,
  bytesOf,
  type SerialClass,
  type SerialOptions,
  type TcpClass,
} from "../../../firmware/platform/io.js";
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
  /** Changes lines on their way to the modem, to make it a modem that does not know some command. */
  filter?: (line: string) => string;
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
  /** Stage and detail of each report. */
  readonly details: string[] = [];
  /** Level and event of each log line. */
  readonly logs: string[] = [];
  readonly losses: Error[] = [];
  readonly echo = new EchoServer();
  /** When time began. */
  readonly started = this.world.now;
  readonly #filter: ((line: string) => string) | undefined;
  #unplug: ((error: Error) => void) | undefined;

  constructor(options: RigOptions = {}) {
    this.#filter = options.filter;
    this.sim = new Sim7080(options.sim);
    this.world.server({ core: options.server ?? this.echo, at: [{ host: ECHO_HOST, port: ECHO_PORT }] });
    this.device = this.world.device({
      name: "rig",
      modem: this.sim,
      sourceAddress: sourceAddressOf(1),
      log: (level, event) => this.logs.push(`${level} ${event}`),
      ...options.device,
    });
    this.platform = this.device.boot();
    this.modem = this.make(options.modem);
  }

  /** Another driver on the same modem, as after a restart of the chip: give it what `device.boot()` gave. */
  make(options: Partial<ModemOptions> = {}, filter = this.#filter): Modem {
    const { Serial, clock, timer, log, powerKey } = this.platform;
    const given = { Serial, clock, timer, log, powerKey, ...options };
    return createModem({
      trace: (direction, text) => this.lines.push(`${direction === "tx" ? ">" : "<"} ${text}`),
      onStage: (stage, detail) => {
        if (this.stages.at(-1) !== stage) this.stages.push(stage);
        this.details.push(`${stage} ${detail}`);
      },
      onLost: (error) => this.losses.push(error),
      ...given,
      Serial: tapped(given.Serial, filter, (fail) => {
        this.#unplug = fail;
      }),
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

  /** The serial line is gone, as a USB modem that is unplugged; it can be opened again at once. */
  unplug(): void {
    this.#unplug?.(new Error("unplugged"));
  }

  /** Commands sent, without the `> `. */
  get sent(): string[] {
    return this.lines.filter((line) => line.startsWith("> ")).map((line) => line.slice(2));
  }

  client(host = ECHO_HOST, port = ECHO_PORT): Client {
    return new Client(this.modem.TCP, host, port);
  }
}

/**
 * A serial class through which each command line goes as `filter` changes it.
 * @param onOpen gets what ends the line from outside
 */
function tapped(
  Serial: SerialClass,
  filter: ((line: string) => string) | undefined,
  onOpen: (fail: (error: Error) => void) => void,
): SerialClass {
  return class extends Serial {
    constructor(options: SerialOptions) {
      super(options);
      onOpen((error) => options.onError?.(error));
    }
    override write(bytes: BufferLike): number {
      const text = latin1(bytesOf(bytes));
      if (!filter || !/^AT.*\r$/.test(text)) return super.write(bytes);
      return super.write(encodeUtf8(`${filter(text.slice(0, -1))}\r`));
    }
  };
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

  get count(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  get received(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return String.fromCharCode(...this.received);
  }
}
