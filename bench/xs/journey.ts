// Records a program's journey: runs it in Node with the simulated modem, network and cloud around it, and keeps what came in
// and went out. On XS the engine replays it, so that the simulation takes none of the memory that is measured.
//
// The connections are without TLS: the cloud's cores are told that a handshake has been.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { build } from "esbuild";
import type { SerialPort } from "../../firmware/platform/io.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import { NorFlash } from "../../host-sim/platform/nor-flash.js";
import type { Hello, ServerCore } from "../../host-sim/world/core.js";
import { DEFAULT_SIM, sourceAddressOf } from "../../host-sim/world/sims.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";
import { ESBUILD, sdkModules, type Variant, variantOf } from "./program.js";

/** A cloud for a program: its servers, and what it does while the program runs. */
export interface Cloud {
  servers: readonly { host: string; port: number; core: ServerCore; hello?: Partial<Hello> }[];
  /** Called between events, and at least every so many milliseconds. */
  everyMs?: number;
  act?: (push: (server: number, actions: ReturnType<ServerCore["poll"]>) => void, now: number) => void;
}

const SEED = 6;
const LIMIT_MS = 30 * 60_000;
const TO_MODEM = 1;
let runs = 0;

/**
 * Runs the program `main` and writes what `engine/host.c` reads: `journey`, `sent`, `random` and the values that were in its
 * key-value store, into `directory`.
 * @param variant how it is otherwise than it is written
 * @param inputs files that it reads
 * @returns what the program printed
 * @throws Error when it does not end
 */
export async function recordJourney(
  directory: string,
  main: string,
  cloud: Cloud,
  values: Readonly<Record<string, Uint8Array>> = {},
  variant: Variant = {},
  inputs: Readonly<Record<string, Uint8Array>> = {},
): Promise<Record<string, unknown>[]> {
  const world = new VirtualWorld({ seed: SEED });
  const servers = cloud.servers.map(({ host, port, core, hello }) =>
    world.server({ core: hello === undefined ? core : greeted(core, hello), at: [{ host, port }] }),
  );
  const device = world.device({
    name: "device",
    modem: new Sim7080({ seed: SEED, sim: DEFAULT_SIM }),
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
  });
  const record = new Recording(world, device.boot(), values, inputs);
  const { outputFiles } = await build({ ...ESBUILD, entryPoints: [main], plugins: [sdkModules, variantOf(variant)] });
  // Node runs a module once: each run gets one of its own.
  const program = `${outputFiles[0]!.text}\n// ${runs++}`;
  (globalThis as { host?: unknown }).host = record;
  let failure: unknown;
  world.scheduler.at(world.now, () => {
    import(`data:text/javascript;base64,${Buffer.from(program).toString("base64")}`).catch((error) => {
      failure = error;
    });
  });
  await world.run(0);
  await new Promise((resolve) => setImmediate(resolve));
  const act = () => {
    cloud.act?.((server, actions) => servers[server]!.push(actions), world.now);
    return record.ended || failure !== undefined;
  };
  const { everyMs } = cloud;
  const tick = () => void world.scheduler.at(world.now + everyMs!, tick);
  if (everyMs !== undefined) tick();
  await world.run(act, LIMIT_MS);
  if (failure !== undefined) throw failure;
  if (!record.ended)
    throw new Error(`${main}: not done after ${LIMIT_MS} ms; it printed ${JSON.stringify(record.printed)}`);
  record.write(directory, values);
  return record.printed;
}

function greeted(core: ServerCore, hello: Partial<Hello>): ServerCore {
  return {
    open: (connection, about, now) => core.open(connection, { ...about, ...hello }, now),
    receive: (connection, bytes, now) => core.receive(connection, bytes, now),
    closed: (connection, now) => core.closed(connection, now),
    poll: (now) => core.poll(now),
    nextDeadline: () => core.nextDeadline(),
  };
}

type Board = ReturnType<ReturnType<VirtualWorld["device"]>["boot"]>;

/** The global `host` (guests/host.d.ts) in Node. */
class Recording {
  readonly printed: Record<string, unknown>[] = [];
  ended = false;
  readonly #world: VirtualWorld;
  readonly #board: Board;
  readonly #start: number;
  readonly #flash = new NorFlash();
  readonly #values: Map<string, Uint8Array>;
  readonly #inputs: Readonly<Record<string, Uint8Array>>;
  readonly #pipes: Buffer[] = [Buffer.alloc(0), Buffer.alloc(0)];
  readonly #arrivals: Buffer[] = [];
  readonly #sent: Buffer[] = [];
  readonly #random: Buffer[] = [];
  #serial: SerialPort | undefined;
  #onArrival: () => void = () => {};

  constructor(
    world: VirtualWorld,
    board: Board,
    values: Readonly<Record<string, Uint8Array>>,
    inputs: Readonly<Record<string, Uint8Array>>,
  ) {
    this.#inputs = inputs;
    this.#world = world;
    this.#board = board;
    this.#start = world.now;
    this.#values = new Map(Object.entries(values).map(([key, value]) => [key, Uint8Array.from(value)]));
  }

  print = (line: string) => void this.printed.push(JSON.parse(line));
  meter = () => 0;
  input = (file: string, offset: number, length: number): ArrayBuffer | undefined => {
    const bytes = this.#inputs[file]!.subarray(offset, offset + length);
    return bytes.length > 0 ? Uint8Array.from(bytes).buffer : undefined;
  };
  census = () => {};
  end = () => {
    this.ended = true;
  };
  now = () => Math.floor(this.#world.now - this.#start);
  setTimer = (callback: (id: object) => void, ms: number) => {
    const id: { timer?: unknown } = {};
    id.timer = this.#board.timer.set(() => callback(id), ms);
    return id;
  };
  clearTimer = (id: { timer?: unknown }) => this.#board.timer.clear(id.timer);

  pipe = () => this.#pipes.push(Buffer.alloc(0)) - 1;
  unpipe = (pipe: number) => {
    this.#pipes[pipe] = Buffer.alloc(0);
  };
  put = (pipe: number, bytes: ArrayBuffer | Uint8Array) => {
    const copy = Buffer.from(new Uint8Array(bytes));
    if (pipe !== TO_MODEM) {
      this.#pipes[pipe] = Buffer.concat([this.#pipes[pipe]!, copy]);
      return;
    }
    this.#sent.push(copy);
    this.#serial!.write(copy);
  };
  take = (pipe: number, most: number): ArrayBuffer | undefined => {
    const held = this.#pipes[pipe]!;
    const taken = held.subarray(0, most);
    this.#pipes[pipe] = held.subarray(taken.length);
    return taken.length > 0 ? new Uint8Array(taken).buffer : undefined;
  };
  size = (pipe: number) => this.#pipes[pipe]!.length;
  onArrival = (callback: () => void) => {
    this.#onArrival = callback;
  };
  setBaud = (baud: number) => {
    if (this.#serial === undefined) this.#open(baud);
    else this.#serial.setBaud(baud);
  };
  key = (level: 0 | 1) => this.#board.powerKey!.write(level);

  random = (into: Uint8Array) => {
    this.#board.random(into);
    this.#random.push(Buffer.from(into));
  };
  kvRead = (key: string) => this.#values.get(key)?.slice().buffer;
  kvWrite = (key: string, value: Uint8Array) => void this.#values.set(key, value.slice());
  kvDelete = (key: string) => void this.#values.delete(key);
  flashRead = (length: number, offset: number) => new Uint8Array(this.#flash.read(length, offset)).buffer;
  flashWrite = (bytes: Uint8Array, offset: number) => this.#flash.write(bytes, offset);
  flashErase = (block: number) => this.#flash.eraseBlock(block);
  crc32 = (bytes: Uint8Array) => crc32(bytes);

  write(directory: string, values: Readonly<Record<string, Uint8Array>>): void {
    mkdirSync(directory, { recursive: true });
    const put = (name: string, bytes: Uint8Array) => writeFileSync(join(directory, name), bytes);
    put("journey", Buffer.concat(this.#arrivals));
    put("sent", Buffer.concat(this.#sent));
    put("random", Buffer.concat(this.#random));
    for (const [key, value] of Object.entries(values)) put(`kv-${key}`, value);
  }

  #open(baud: number): void {
    const serial = new this.#board.Serial({
      baud,
      onReadable: () => {
        const bytes = Buffer.from(serial.read()!);
        const head = Buffer.alloc(12);
        head.writeDoubleLE(this.#world.now - this.#start);
        head.writeUInt32LE(bytes.length, 8);
        this.#arrivals.push(head, bytes);
        this.#pipes[0] = Buffer.concat([this.#pipes[0]!, bytes]);
        this.#onArrival();
      },
    });
    this.#serial = serial;
  }
}
