// A desk for the tests of an app: its device, the board with its parts, the modem and the cloud, in virtual time. An hour takes a
// moment, and the same seed gives the same run.

import { type DeviceApp, tableOf } from "../../firmware/compose.js";
import type { Phase } from "../../firmware/device/agent.js";
import { BOARDS } from "../../firmware/modem/boards.js";
import type { LogEvent } from "../../firmware/platform/events.js";
import { configure } from "../../firmware/settings/configure.js";
import type { BoardCore, Parts, standardParts } from "../board/board.js";
import { Chronicle, type Logged } from "../desk/chronicle.js";
import { Desk } from "../desk/desk.js";
import type { FaultValue } from "../desk/fault.js";
import type { Sim7080 } from "../modem/sim7080.js";
import { MemoryKeyValue } from "../world/key-value.js";
import { VirtualWorld } from "../world/virtual-world.js";
import { checkApp } from "./app-check.js";
import { addJwtCloud, type JwtCloud } from "./jwt-cloud.js";
import { boardOf, type Place, positionOf, STANDARD_WORLD, type World } from "./world.js";

type StandardParts = ReturnType<typeof standardParts>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The longest that something is waited for unless the caller says otherwise, in virtual milliseconds. */
const PATIENCE_MS = 10 * MINUTE_MS;
/** How long the board is without power, unless the caller says otherwise, in milliseconds. */
const CUT_MS = 3_000;

/** What was waited for did not come. */
export class DeskError extends Error {}

/** A fault that begins at a time: in milliseconds from power-on. `duration` 0 or left out: it lasts, or is over at once. */
export interface DeskFault {
  readonly at: number;
  readonly fault: string;
  readonly value?: FaultValue;
  readonly duration?: number;
}

/** What stands on a desk. */
export interface StartDeskOptions<Has extends Parts = Parts> {
  /** The module of the app: `import * as app from "./app.ts"`. */
  readonly app: DeviceApp;
  /** The parts on its board; left out: one of each there is. */
  readonly world?: World<Has>;
  /** A row of firmware/modem/boards.ts; left out: `esp32-breakout`, whatever simkey.json says. */
  readonly board?: keyof typeof BOARDS;
  /** Left out: 1NCE. A broker that takes a JWT knows the device by a key of its own, which is made for the run. */
  readonly cloud?: { readonly name: "1nce" } | JwtCloud;
  /** Settings of the device and of the app; left out: their defaults. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Faults, any of `simkey storm`'s, those of the broker are 1NCE's: by name from power-on, or with a time. */
  readonly faults?: readonly (string | DeskFault)[];
  /** All that is random comes from it. Default 1. */
  readonly seed?: number;
  /** Time passes only where something is awaited. */
  readonly time?: "virtual";
}

type Json = Record<string, unknown>;

/** A record as the cloud has it. */
export interface CloudRecord {
  readonly seq: number;
  /** What the app sampled, or published. */
  readonly app?: Json;
  readonly [field: string]: unknown;
}

/** The cloud, as a test sees it. */
export interface CloudView {
  /** Telemetry that came, oldest first; the app's sample is under `app`. */
  readonly records: readonly CloudRecord[];
  /** What came on `…/telemetry/SUFFIX`: records that the app published itself. */
  published(suffix: string): readonly CloudRecord[];
  /**
   * Sends a command, and waits for its answer.
   * @param command an `id` is added where it has none
   * @throws DeskError when no answer comes within ten minutes
   */
  command(command: {
    readonly cmd: string;
    readonly id?: string | number;
    readonly [arg: string]: unknown;
  }): Promise<Json>;
}

/** The device, as a test sees it. */
export interface DeviceView {
  readonly phase: Phase | "off";
  /** Starts so far, the first among them. */
  readonly boots: number;
  /** The settings in effect. */
  readonly settings: Readonly<Json>;
  /** Lines of its log of one event, oldest first: their fields. Events: docs/log.md. */
  log<E extends LogEvent>(event: E): readonly Logged<E>["fields"][];
}

/** What `startDesk` returns. */
export interface AppDesk<Has extends Parts> {
  readonly device: DeviceView;
  /** The simulated SIM7080G. */
  readonly modem: Sim7080;
  readonly cloud: CloudView;
  /** Puts the modem somewhere; from there it moves straight on. The device sees it with its next fix. */
  move(place: Place): void;
  /** The board and its parts by name: `desk.board.sht3x.temperature = 31`. */
  readonly board: BoardCore & Has;
  /** Until a record of this start has been acknowledged. @throws DeskError after `limitMs`, ten minutes unless said otherwise */
  online(limitMs?: number): Promise<void>;
  /** Until a condition holds. @throws DeskError after `limitMs`, ten minutes unless said otherwise */
  until(condition: () => boolean, limitMs?: number): Promise<void>;
  seconds(count: number): Promise<void>;
  minutes(count: number): Promise<void>;
  hours(count: number): Promise<void>;
  /** Takes the board's power away for so many milliseconds (3,000), and gives it back; the modem keeps its own. */
  cut(ms?: number): Promise<void>;
}

/**
 * Switches a device with an app on.
 *
 * @example
 * const desk = startDesk({ app, settings: { telemetryIntervalS: 10 } });
 * await desk.online();
 * desk.board.sht3x.temperature = 31;
 * await desk.minutes(1);
 * desk.cloud.published("alarm");                            // [{ app: { temperature: 31 }, … }]
 * await desk.cloud.command({ cmd: "led", on: true });       // { id: "1", ok: true }
 * @throws ConfigError for settings that are none, and for an app whose tables are wrong
 */
export function startDesk<Has extends Parts = StandardParts>(options: StartDeskOptions<Has>): AppDesk<Has> {
  const { app, seed = 1, settings = {}, faults = [], cloud = { name: "1nce" } } = options;
  checkApp(app);
  const world = new VirtualWorld({ seed });
  const chronicle = new Chronicle(world);
  const { scheduler } = world;
  const board = boardOf(options.world ?? (STANDARD_WORLD as unknown as World<Has>), {
    row: BOARDS[options.board ?? "esp32-breakout"],
    now: () => world.elapsed,
    later: (callback) => void scheduler.at(world.now, () => desk.unit.run(callback)),
    seed,
  });
  const place = options.world?.place;
  const keyValue = new MemoryKeyValue();
  const config = configure(settings, tableOf(app));
  const own = cloud.name === "jwt" ? addJwtCloud(world, cloud, config, keyValue, chronicle.cloud) : undefined;
  const desk: Desk = new Desk({
    seed,
    settings,
    world,
    firmware: { app },
    ...(own && { cloudParts: own.parts }),
    ...(place && { modem: { network: { position: positionOf(place, world.now) } } }),
    board: { keyValue },
    parts: board,
    watcher: { log: chronicle.log, cloud: chronicle.cloud },
  });
  desk.start();
  for (const each of faults) play(desk, typeof each === "string" ? { at: 0, fault: each } : each);
  const base = own?.topic ?? desk.iccid;
  const topic = `${base}/telemetry`;
  const answers = () => chronicle.published(`${base}/responses`);
  const send = own?.command ?? ((json: unknown) => desk.command(json));
  const until = async (condition: () => boolean, limitMs = PATIENCE_MS, what = "what was waited for") => {
    if (await desk.run(condition, limitMs)) return;
    const failure = chronicle.named("failure").at(-1)?.fields.message;
    const last = failure === undefined ? "" : `; the last failure: ${failure}`;
    throw new DeskError(
      `${what} did not come within ${limitMs / 1000} s; the device is ${desk.unit.device?.phase ?? "off"}${last}`,
    );
  };
  let commands = 0;
  return {
    device: {
      get phase() {
        return desk.unit.device?.phase ?? "off";
      },
      get boots() {
        return desk.unit.boots;
      },
      get settings() {
        return desk.unit.device?.settings ?? desk.config;
      },
      log: (event) => chronicle.named(event).map(({ fields }) => fields),
    },
    modem: desk.unit.modem,
    cloud: {
      get records() {
        return chronicle.published(topic) as unknown as CloudRecord[];
      },
      published: (suffix) => chronicle.published(`${topic}/${suffix}`) as unknown as CloudRecord[],
      command: async (command) => {
        const { id = String(++commands) } = command;
        const isIt = (answer: Json) => answer.id === id;
        const before = answers().filter(isIt).length;
        send({ ...command, id });
        await until(() => answers().filter(isIt).length > before, PATIENCE_MS, `an answer to ${command.cmd}`);
        return answers().findLast(isIt)!;
      },
    },
    move: (to) => {
      const position = positionOf(to, world.now);
      desk.unit.board.push(desk.unit.modem.setNetwork({ position }, world.now));
    },
    board,
    online: (limitMs) => until(() => (desk.unit.device?.counters.acked ?? 0) > 0, limitMs, "a first record"),
    until,
    seconds: (count) => desk.run(count * 1000).then(() => {}),
    minutes: (count) => desk.run(count * MINUTE_MS).then(() => {}),
    hours: (count) => desk.run(count * HOUR_MS).then(() => {}),
    cut: async (ms = CUT_MS) => {
      desk.dip(ms);
      await desk.run(ms);
    },
  };
}

function play(desk: Desk, { at, fault, value, duration = 0 }: DeskFault): void {
  const { scheduler, now } = desk.world;
  scheduler.at(now + at, () => desk.faults.begin(fault, value));
  if (duration > 0) scheduler.at(now + at + duration, () => desk.faults.end(fault));
}
